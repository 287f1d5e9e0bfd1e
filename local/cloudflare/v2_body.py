"""The body of POST /accounts/{account_id}/billable/usage, read as strictly as it is specified."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from local.cloudflare.json_text import Json, parse

if TYPE_CHECKING:
    from collections.abc import Collection

LONGEST_PERIOD_DAYS = 31
_FIELDS = frozenset({"Metric", "TimePeriod", "FilterBy", "GroupBy"})
DIMENSIONS = ("account_id", "zone_id", "region")


class NotSupportedError(Exception):
    """The body is in order and asks for what these data lack."""


@dataclass(frozen=True, slots=True)
class Query:
    """What a body asks for.

    `period` is half-open, None when none is given; of the filters, None lets everything through.
    """

    costs: bool
    period: tuple[datetime, datetime] | None
    metric_ids: tuple[str, ...] | None
    family_ids: tuple[str, ...] | None
    dimensions: tuple[str, ...]


def query_of(body: bytes, *, knows_metric: bool = True) -> Query:
    """Read a body; none at all is the same as an empty object. Older texts know no field `Metric`.

    Raises:
        ValueError: It is not what the specification allows.
        NotSupportedError: It names a tag, or a dimension that is not here.
    """
    fields = _FIELDS if knows_metric else _FIELDS - {"Metric"}
    document = _object(parse(body) if body else {}, fields)
    metric = document.get("Metric", "usage")
    if metric not in ("usage", "cost"):
        raise ValueError("Metric must be usage or cost")
    filters = _object(document.get("FilterBy", {}), {"BillableMetricIds", "ProductFamilyIds", "Tags"})
    families = _texts(filters, "ProductFamilyIds", 10)
    for family in families or ():
        uuid.UUID(family)
    if _list(filters.get("Tags", []), 10):
        raise NotSupportedError("these data have no tags")
    return Query(
        costs=metric == "cost",
        period=_period(document["TimePeriod"]) if "TimePeriod" in document else None,
        metric_ids=_texts(filters, "BillableMetricIds", 20),
        family_ids=families,
        dimensions=tuple(_dimension(group) for group in _list(document.get("GroupBy", []), 2)),
    )


def _period(value: Json) -> tuple[datetime, datetime] | None:
    period = _object(value, {"From", "To"})
    if not period:
        return None
    if len(period) == 1:
        raise ValueError("From and To must be given together")
    start, end = _moment(period["From"]), _moment(period["To"])
    if not start < end or (end - start).total_seconds() > LONGEST_PERIOD_DAYS * 86400:
        raise ValueError(f"From must lie before To, at most {LONGEST_PERIOD_DAYS} days")
    return start, end


def _moment(value: Json) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) and "T" in value else None
    if moment is None or moment.tzinfo is None:
        raise ValueError("From and To must be moments such as 2026-11-01T00:00:00Z")
    return moment


def _dimension(value: Json) -> str:
    group = _object(value, {"Type", "Key"})
    kind, key = group.get("Type"), group.get("Key")
    if kind not in ("DIMENSION", "TAG") or not isinstance(key, str):
        raise ValueError("GroupBy takes objects with Type and Key")
    if kind == "TAG" or key not in DIMENSIONS:
        raise NotSupportedError(f"these data have no {str(kind).lower()} {key}")
    return key


def _object(value: Json, allowed: Collection[str]) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise ValueError("an object was expected")  # noqa: TRY004 - the caller tells a body by its value
    unknown = value.keys() - allowed
    if unknown:
        raise ValueError(f"unknown field {min(unknown)}")
    return value


def _texts(filters: dict[str, Json], name: str, most: int) -> tuple[str, ...] | None:
    if name not in filters:
        return None
    values = _list(filters[name], most)
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"{name} takes texts")
    return tuple(str(value) for value in values)


def _list(value: Json, most: int) -> list[Json]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"a list of at most {most} was expected")
    return value
