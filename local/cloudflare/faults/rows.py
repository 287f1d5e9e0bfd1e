"""Faults in rows of both API versions. An answer without rows stays unchanged."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeAlias

from local.cloudflare.http import Json, parse, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.cloudflare.http import Breakage, Reply


_Rows: TypeAlias = list[dict[str, Json]]

COSTS = ("BilledCost", "ContractedCost", "EffectiveCost", "ListCost")
_OPTIONAL = (
    *COSTS,
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeClass",
    "ContractedUnitPrice",
    "ListUnitPrice",
    "PricingQuantity",
    "PricingUnit",
    "RegionId",
    "RegionName",
    "x_ZoneId",
    "x_ZoneName",
)
_OPTIONAL_IN_V1 = (
    "BillingAccountName",
    "ChargeClass",
    "ChargeDescription",
    "SubscriptionId",
    "ZoneId",
    "ZoneName",
)
_PLACE_OF_THE_FIELD = "the field goes here"


def on_rows(change: Callable[[_Rows, str], _Rows]) -> Breakage:
    """Turn a change of rows into a change of replies."""

    def breakage(reply: Reply, argument: str) -> Reply:
        document = parse(reply.body)
        if (
            not isinstance(document, dict)
            or not isinstance(document["result"], list)
            or not document["result"]
        ):
            return reply
        changed = document | {"result": change(document["result"], argument)}
        return replace(reply, body=render(changed).encode())

    return breakage


def empty_result(_rows: _Rows, _argument: str) -> _Rows:
    """Leave out every row."""
    return []


def duplicate_row(rows: _Rows, _argument: str) -> _Rows:
    """Repeat the first row at the end."""
    return [*rows, rows[0]]


def field(reply: Reply, argument: str) -> Reply:
    """Write any text where the first row's column had its value, JSON or not."""
    column, text = argument.split("=", 1)
    marked = on_rows(lambda rows, _: [rows[0] | {column: _PLACE_OF_THE_FIELD}, *rows[1:]])(reply, "")
    return replace(marked, body=marked.body.replace(f'"{_PLACE_OF_THE_FIELD}"'.encode(), text.encode()))


def field_missing(rows: _Rows, column: str) -> _Rows:
    """Leave one column out of every row."""
    return [_without(row, column) for row in rows]


def cost_missing(rows: _Rows, _argument: str) -> _Rows:
    """Leave the costs out of the first row."""
    return [_without(rows[0], *COSTS), *rows[1:]]


def mixed_units(rows: _Rows, unit: str) -> _Rows:
    """Repeat the first row in another unit."""
    return [*rows, rows[0] | {"ConsumedUnit": unit}]


def another_account(rows: _Rows, account_id: str) -> _Rows:
    """Put another account's name on every row."""
    return [row | {"BillingAccountId": account_id} for row in rows]


def days_not_asked_for(rows: _Rows, days: str) -> _Rows:
    """Add a row dated this number of days before the first."""
    earlier = {
        column: _earlier(str(rows[0][column]), int(days))
        for column in ("ChargePeriodStart", "ChargePeriodEnd")
    }
    return [*rows, rows[0] | earlier]


def nulls(rows: _Rows, _argument: str) -> _Rows:
    """Set every optional column to null."""
    return [row | dict.fromkeys(_OPTIONAL_IN_V1 if "ServiceName" in row else _OPTIONAL) for row in rows]


def unknown_fields(rows: _Rows, _argument: str) -> _Rows:
    """Add an unknown column."""
    return [row | {"x_Tomorrow": {"nested": [1, "two"]}} for row in rows]


def _earlier(moment: str, days: int) -> str:
    start = datetime.fromisoformat(moment) - timedelta(days=days)
    return start.strftime("%Y-%m-%dT%H:%M:%SZ")


def _without(row: dict[str, Json], *columns: str) -> dict[str, Json]:
    return {column: value for column, value in row.items() if column not in columns}
