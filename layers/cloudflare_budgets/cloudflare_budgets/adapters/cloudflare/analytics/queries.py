"""Writes GraphQL requests: daily totals of datasets, and the largest users of one field."""

from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Any

from cloudflare_budgets.adapters.cloudflare.analytics.datasets import Dataset
from cloudflare_budgets.domain.primitives.period import Period, utc_text

# Cloudflare's limit wherever it was seen; as many rows mean that the answer is cut.
MAX_ROWS = 10_000
MAX_RESOURCES = 20
_LEVEL = "0.95"


def totals_query(
    datasets: Sequence[Dataset], account_id: str, window: Period, confident: Container[str] = ()
) -> dict[str, Any]:
    """Return the request that reads the daily totals of datasets.

    `confident` are fields (`dataset.field`) whose confidence interval is offered, beside those of a dataset.
    """
    nodes = " ".join(_totals(dataset, confident) for dataset in datasets)
    return _request(nodes, datasets, account_id, window)


def resources_query(dataset: Dataset, field: str, account_id: str, window: Period) -> dict[str, Any]:
    """Return the request for the largest users of one field of a dataset with resources."""
    dimension = dataset.resource[0] if dataset.resource else ""
    arguments = f"limit: {MAX_RESOURCES}, filter: {_filter(dataset)}, orderBy: [sum_{field}_DESC]"
    node = f"{dataset.name}({arguments}) {{ dimensions {{ {dimension} }} sum {{ {field} }} }}"
    return _request(node, (dataset,), account_id, window)


def access_query(names: Iterable[str], account_id: str) -> dict[str, Any]:
    """Return the request that reads which datasets the account's plan and the token open."""
    settings = " ".join(f"{name} {{ enabled availableFields }}" for name in names)
    accounts = f"accounts(filter: {{accountTag: $account}}) {{ settings {{ {settings} }} }}"
    query = f"query Access($account: String!) {{ viewer {{ {accounts} }} }}"
    return {"query": query, "variables": {"account": account_id}}


def _totals(dataset: Dataset, confident: Container[str]) -> str:
    arguments = f"limit: {MAX_ROWS}, filter: {_filter(dataset)}, orderBy: [date_ASC]"
    return f"{dataset.name}({arguments}) {{ {' '.join(_selections(dataset, confident))} }}"


def _selections(dataset: Dataset, confident: Container[str]) -> Iterator[str]:
    yield f"dimensions {{ {' '.join(('date', *dataset.by))} }}"
    if dataset.sums:
        yield f"sum {{ {' '.join(dataset.sums)} }}"
    if dataset.maxima:
        yield f"max {{ {' '.join(dataset.maxima)} }}"
    known = [field for field in dataset.sums if f"{dataset.name}.{field}" in confident]
    if fields_known := dict.fromkeys((*dataset.confident, *known)):
        fields = " ".join(f"{field} {{ lower sampleSize }}" for field in fields_known)
        yield f"confidence(level: {_LEVEL}) {{ sum {{ {fields} }} }}"


def _filter(dataset: Dataset) -> str:
    if dataset.by_time:
        return "{datetime_geq: $since, datetime_lt: $through}"
    return "{date_geq: $first, date_leq: $last}"


def _request(nodes: str, datasets: Sequence[Dataset], account_id: str, window: Period) -> dict[str, Any]:
    # GraphQL refuses a variable that no node uses. Names of input types are not stable: filters stay inline.
    values: dict[str, tuple[str, str]] = {"account": ("String!", account_id)}
    if any(dataset.by_time for dataset in datasets):
        values |= {"since": ("Time!", utc_text(window.start)), "through": ("Time!", utc_text(window.end))}
    if not all(dataset.by_time for dataset in datasets):
        values |= {
            "first": ("Date!", f"{window.start:%Y-%m-%d}"),
            "last": ("Date!", f"{window.end:%Y-%m-%d}"),
        }
    declared = ", ".join(f"${name}: {kind}" for name, (kind, _) in values.items())
    accounts = f"accounts(filter: {{accountTag: $account}}) {{ {nodes} }}"
    return {
        "query": f"query Usage({declared}) {{ viewer {{ {accounts} }} }}",
        "variables": {name: value for name, (_, value) in values.items()},
    }
