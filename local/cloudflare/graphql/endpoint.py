"""POST /graphql: limits, refusals, and the rows of datasets, grouped as the query requests."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, graphql_sync
from graphql.language import FieldNode

from local.cloudflare.api.access import admit
from local.cloudflare.graphql.schema import datasets, schema
from local.cloudflare.graphql.usage import Row, rows_of
from local.cloudflare.http import Reply, Request, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from graphql import GraphQLResolveInfo

    from local.cloudflare.accounts.account import Account

PATH = "/client/v4/graphql"
_MAX_AGE = timedelta(days=31)
_MAX_ROWS = 10_000
_LOWER = Decimal("0.98")


def answer(request: Request, accounts: Iterable[Account], now: datetime) -> Reply:
    """Answer a GraphQL request as it stands at `now`."""
    known = {account.id: account for account in accounts}
    try:
        body: Any = json.loads(request.body)
        tag = body["variables"]["account"]
        query = str(body["query"])
    except (ValueError, LookupError, TypeError):
        return _failed(HTTPStatus.BAD_REQUEST, 'error parsing args for "accounts"')
    match admit(request, str(tag), known.values()):
        case Reply() as refusal:
            return refusal
        case account if not account.analytics.permitted:
            return _failed(HTTPStatus.FORBIDDEN, "not authorized for that account")
        case account:
            return _execute(query, body["variables"], account, now)


def _execute(query: str, variables: Mapping[str, Any], account: Account, now: datetime) -> Reply:
    if account.analytics.is_rate_limited:
        text = f"Account {account.id} has exceeded its rate limit. Please try again after 5 minutes."
        return _failed(HTTPStatus.OK, text, {"code": "budget"})
    missing = next((name for name in account.analytics.unknown_fields if name in query), None)
    if missing:
        return _failed(HTTPStatus.BAD_REQUEST, f'unknown field "{missing}"')
    root = {"viewer": {"accounts": lambda _info, **_filter: [_AccountNode(account, now)]}}
    result = graphql_sync(schema(), query, root, variable_values=dict(variables), field_resolver=_resolve)
    if result.errors:
        return _failed(HTTPStatus.BAD_REQUEST, result.errors[0].message)
    return Reply(HTTPStatus.OK, render({"data": result.data, "errors": None}).encode())


def _failed(status: HTTPStatus, message: str, extensions: Mapping[str, str] | None = None) -> Reply:
    error = {"message": message, "path": None, "extensions": {"timestamp": "2026-01-01T00:00:00Z"}}
    if extensions:
        error["extensions"] = {**extensions, "timestamp": "2026-01-01T00:00:00Z"}
    return Reply(status, json.dumps({"data": None, "errors": [error]}).encode())


class _AccountNode:
    """The account of a query: its settings, and a method-like access to each dataset."""

    def __init__(self, account: Account, now: datetime) -> None:
        self.account = account
        self.now = now


def _resolve(source: Any, info: GraphQLResolveInfo, **arguments: Any) -> Any:  # noqa: ANN401 - any value
    if isinstance(source, _AccountNode):
        if info.field_name == "settings":
            return {name: _setting(source.account, name) for name in datasets()}
        return _rows(source, info, arguments)
    found = source.get(info.field_name) if isinstance(source, dict) else None
    return found(info, **arguments) if callable(found) else found


def _setting(account: Account, name: str) -> dict[str, Any]:
    is_open = name not in account.analytics.closed_datasets
    joined = account.analytics.joins_fields_by
    fields = [joined.join(("sum", field)) for field in datasets()[name]["sum"]]
    known = (each for each in datasets()[name]["dimensions"] if each not in account.analytics.unknown_fields)
    fields += [joined.join(("dimensions", each)) for each in known]
    if name in account.analytics.confident_datasets:
        sums = [joined.join(("sum", field)) for field in datasets()[name]["sum"]]
        fields += [joined.join(("confidence", each, "lower")) for each in sums]
    return {
        "enabled": is_open,
        "maxDuration": 2_764_800,
        "maxPageSize": _MAX_ROWS,
        "notOlderThan": 2_764_800,
        "availableFields": fields,
    }


def _rows(node: _AccountNode, info: GraphQLResolveInfo, arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    name, limit = info.field_name, arguments["limit"]
    if name in node.account.analytics.closed_datasets:
        message = f"does not have access to the path: {name}"
        raise GraphQLError(message)
    if not 0 < limit <= _MAX_ROWS:
        message = f"limit must be positive number and not greater than {_MAX_ROWS}"
        raise GraphQLError(message)
    since, through = _window(arguments["filter"], node.now)
    if node.now - since > _MAX_AGE:
        message = f"cannot request data older than {int(_MAX_AGE.total_seconds())}s"
        raise GraphQLError(message)
    lagging = min(through, node.now - timedelta(minutes=node.account.analytics.delay_minutes))
    grouped = _grouped(rows_of(node.account, name, since, lagging), _dimensions(info))
    return _ordered(grouped, arguments.get("orderBy") or [])[:limit]


def _window(filters: Mapping[str, str], now: datetime) -> tuple[datetime, datetime]:
    if "datetime_geq" in filters:
        return _instant(filters["datetime_geq"]), min(now, _instant(filters.get("datetime_lt", "")) or now)
    first = datetime.fromisoformat(filters["date_geq"]).replace(tzinfo=UTC)
    last = datetime.fromisoformat(filters["date_leq"]).replace(tzinfo=UTC)
    return first, min(now, datetime.combine(last, time(), UTC) + timedelta(days=1))


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _dimensions(info: GraphQLResolveInfo) -> tuple[str, ...]:
    nodes = info.field_nodes[0].selection_set
    for selection in nodes.selections if nodes else ():
        if isinstance(selection, FieldNode) and selection.name.value == "dimensions":
            chosen = selection.selection_set.selections if selection.selection_set else ()
            return tuple(each.name.value for each in chosen if isinstance(each, FieldNode))
    return ()


def _grouped(rows: Iterable[Row], dimensions: tuple[str, ...]) -> list[dict[str, Any]]:
    """Sum rows by the query's dimensions; the default status and model stand for all."""
    defaults = {"status": "success", "usageModel": "standard"}
    sums: dict[tuple[str, ...], defaultdict[str, Decimal]] = {}
    for row in rows:
        values = {**defaults, **row.dimensions, "date": f"{row.day:%Y-%m-%d}"}
        numbers = sums.setdefault(tuple(values.get(each, "") for each in dimensions), defaultdict(Decimal))
        for field, number in row.numbers.items():
            numbers[field] += number
    return [_node(dict(zip(dimensions, key, strict=True)), numbers) for key, numbers in sums.items()]


def _node(dimensions: dict[str, str], numbers: Mapping[str, Decimal]) -> dict[str, Any]:
    whole = defaultdict(Decimal, {field: _counted(number) for field, number in numbers.items()})
    intervals = defaultdict(
        lambda: {"estimate": 0, "lower": 0, "upper": 0, "sampleSize": 1000},
        {
            field: {"estimate": number, "lower": number * _LOWER, "upper": number, "sampleSize": 1000}
            for field, number in whole.items()
        },
    )
    return {
        "dimensions": dimensions,
        "sum": _Numbers(whole),
        "max": _Numbers(whole),
        "confidence": {"sum": _Numbers(intervals)},
    }


def _counted(number: Decimal) -> Decimal:
    return number.quantize(Decimal("0.000001")).normalize() if number % 1 else Decimal(int(number))


class _Numbers(dict[str, Any]):
    """Fields of an aggregate; one that nothing fills is zero."""

    def __init__(self, found: defaultdict[str, Any]) -> None:
        super().__init__(found)
        self._found = found

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - as in dict
        del default
        return self._found[key]


def _ordered(rows: list[dict[str, Any]], order: list[str]) -> list[dict[str, Any]]:
    for each in reversed(order):
        name, _, way = each.rpartition("_")
        aggregate, _, field = name.partition("_")
        if aggregate in ("sum", "max"):
            rows.sort(key=lambda row: row[aggregate].get(field), reverse=way == "DESC")
        else:
            rows.sort(key=lambda row: row["dimensions"].get(name, ""), reverse=way == "DESC")
    return rows
