"""The schema of the analytics API, from the datasets; graphql-core rejects the rest.

Names of fields and dimensions are those of an introspection of 2026-08-18 and of public code.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from graphql import GraphQLSchema, build_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Dataset(TypedDict):
    """The fields of a dataset."""

    dimensions: list[str]
    time: list[str]
    sum: list[str]
    max: list[str]


@cache
def datasets() -> Mapping[str, Dataset]:
    """Return the datasets by name."""
    found: dict[str, Dataset] = json.loads(Path(__file__).with_name("datasets.json").read_text("utf-8"))
    return found


@cache
def schema() -> GraphQLSchema:
    """Return the schema."""
    return build_schema("\n".join(_definitions()))


def _definitions() -> Iterable[str]:
    yield "scalar Date scalar Time scalar number"
    yield "type Query { viewer: Viewer, cost: number }"
    yield "type Viewer { accounts(filter: AccountFilter!): [Account!], budget: number }"
    yield "input AccountFilter { accountTag: String }"
    yield "type Interval { estimate: number, lower: number, upper: number, sampleSize: number }"
    yield "type Setting { enabled: Boolean, maxDuration: number, maxPageSize: number, notOlderThan: number,"
    yield "availableFields: [String!] }"
    yield f"type Settings {{ {' '.join(f'{name}: Setting' for name in datasets())} }}"
    nodes = "".join(
        f" {name}(limit: Int!, filter: {name}Filter!, orderBy: [{name}Order!]): [{name}!]"
        for name in datasets()
    )
    yield f"type Account {{ settings: Settings{nodes} }}"
    for name, dataset in datasets().items():
        yield from _dataset(name, dataset)


def _dataset(name: str, dataset: Dataset) -> Iterable[str]:
    confident = "Adaptive" in name and bool(dataset["sum"])
    members = [f"dimensions: {name}Dimensions"]
    texts = [f"{field}: String" for field in dataset["dimensions"]]
    times = [f"{field}: {'Date' if field == 'date' else 'Time'}" for field in dataset["time"]]
    yield f"type {name}Dimensions {{ {' '.join((*texts, *times))} }}"
    for aggregate in ("sum", "max"):
        fields = _fields(dataset, aggregate)
        if fields:
            members.append(f"{aggregate}: {name}{aggregate.title()}")
            yield f"type {name}{aggregate.title()} {{ {' '.join(f'{field}: number' for field in fields)} }}"
    if confident:
        members.append(f"confidence(level: Float!): {name}Confidence")
        intervals = " ".join(f"{field}: Interval" for field in dataset["sum"])
        yield f"type {name}ConfidenceSum {{ {intervals} }}"
        yield f"type {name}Confidence {{ sum: {name}ConfidenceSum }}"
    yield f"type {name} {{ {' '.join(members)} }}"
    filters = [
        f"{field}{suffix}: String" for field in dataset["dimensions"] for suffix in ("", "_in", "_neq")
    ]
    filters += [
        f"{field}{suffix}: {'Date' if field == 'date' else 'Time'}"
        for field in dataset["time"]
        for suffix in ("", "_geq", "_gt", "_leq", "_lt")
    ]
    yield f"input {name}Filter {{ {' '.join(filters)} }}"
    orders = [
        f"{field}_{way}" for field in (*dataset["dimensions"], *dataset["time"]) for way in ("ASC", "DESC")
    ]
    orders += [
        f"{aggregate}_{field}_{way}"
        for aggregate in ("sum", "max")
        for field in _fields(dataset, aggregate)
        for way in ("ASC", "DESC")
    ]
    yield f"enum {name}Order {{ {' '.join(orders)} }}"


def _fields(dataset: Dataset, aggregate: str) -> list[str]:
    found: Any = dataset
    fields: list[str] = found[aggregate]
    return fields
