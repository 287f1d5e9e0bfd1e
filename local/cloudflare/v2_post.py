"""POST /accounts/{account_id}/billable/usage: Version 2 with a body, and with costs for who asks for them.

Zone, region and account are in the rows only when the body groups by them.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.cloudflare.calls import Reply, Request, failure, success_with_rows
from local.cloudflare.focus import rows
from local.cloudflare.parameters import Days, Invalid
from local.cloudflare.v2 import NOT_OPEN, month_to_date
from local.cloudflare.v2_body import NotSupportedError, Query, query_of
from local.cloudflare.versions import V2Post

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from local.cloudflare.account import Account
    from local.cloudflare.json_text import Json, Row

_DAY = timedelta(days=1)
_COLUMNS_OF_DIMENSIONS = {
    "account_id": ("BillingAccountId", "BillingAccountName"),
    "zone_id": ("x_ZoneId", "x_ZoneName"),
    "region": ("RegionId", "RegionName"),
}
_NOT_ALLOWED: Json = {"message": "Method not allowed"}
_SUMS = ("ConsumedQuantity", "PricingQuantity", "BilledCost", "ContractedCost", "EffectiveCost", "ListCost")


def post_usage(request: Request, account: Account, now: datetime) -> Reply:
    """Answer with the rows that the body asks for, month to date and all of them without one."""
    if account.v2_post is V2Post.NOT_ALLOWED:
        return failure(HTTPStatus.METHOD_NOT_ALLOWED, _NOT_ALLOWED).with_header("Allow", "GET")
    if account.v2_post is V2Post.FORBIDDEN or not account.v2_open:
        return failure(HTTPStatus.FORBIDDEN, NOT_OPEN)
    try:
        query = query_of(request.body, knows_metric=account.v2_post is not V2Post.NO_METRIC)
    except NotSupportedError as error:
        return failure(HTTPStatus.BAD_REQUEST, {"message": str(error)})
    except (ValueError, RecursionError) as error:
        return Invalid(str(error)).refusal()
    return success_with_rows(_grouped(_asked_for(query, account, now), query.dimensions))


def product_family_id(name: str) -> str:
    """Tell the UUID by which the body filters a product family; rows carry its slug."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def _asked_for(query: Query, account: Account, now: datetime) -> Iterator[Row]:
    days = _days(query.period) if query.period else month_to_date(now.date())
    rated = replace(account, rated=query.costs and account.v2_post is V2Post.COSTS)
    for row in rows(rated, days.first, days.last, now):
        family = product_family_id(str(row.get("x_ProductFamilyName")))
        if (query.metric_ids is None or row.get("x_BillableMetricId") in query.metric_ids) and (
            query.family_ids is None or family in query.family_ids
        ):
            yield row


def _days(period: tuple[datetime, datetime]) -> Days:
    """Choose the days that begin in the period."""
    start, end = period
    return Days(_first_day_from(start), _first_day_from(end) - _DAY)


def _first_day_from(moment: datetime) -> date:
    day = moment.astimezone(UTC).date()
    return day if datetime.combine(day, time(), UTC) >= moment else day + _DAY


def _grouped(found: Iterable[Row], dimensions: tuple[str, ...]) -> list[Row]:
    """Leave out the columns of dimensions nobody grouped by, and add up what is then the same."""
    left_out = {
        column
        for dimension, columns in _COLUMNS_OF_DIMENSIONS.items()
        if dimension not in dimensions
        for column in columns
    }
    groups: dict[tuple[tuple[str, Json], ...], dict[str, Json]] = {}
    for row in found:
        kept = {column: value for column, value in row.items() if column not in left_out}
        key = tuple((column, value) for column, value in kept.items() if column not in _SUMS)
        groups[key] = _added(groups[key], kept) if key in groups else kept
    return list(groups.values())


def _added(group: dict[str, Json], row: dict[str, Json]) -> dict[str, Json]:
    sums = {
        column: Decimal(str(group[column])) + Decimal(str(row[column])) for column in _SUMS if column in row
    }
    return group | sums
