"""POST /accounts/{account_id}/billable/usage: version 2 with a request body, and with costs.

Rows contain zone, region and account only if the body groups by them.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.cloudflare.accounts.account import Crowd, V2Post
from local.cloudflare.api.focus import rows
from local.cloudflare.api.parameters import Days, Invalid
from local.cloudflare.api.v2 import NOT_OPEN, month_to_date
from local.cloudflare.http import Json, Reply, Request, failure, parse, success_with_rows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from local.cloudflare.accounts.account import Account
    from local.cloudflare.http import Json, Row


LONGEST_PERIOD_DAYS = 31
_FIELDS = frozenset({"Metric", "TimePeriod", "FilterBy", "GroupBy"})
DIMENSIONS = ("account_id", "zone_id", "region")


class NotSupportedError(Exception):
    """The body is valid and requests what these data lack."""


@dataclass(frozen=True, slots=True)
class Query:
    """The request of a body.

    `period` is half-open, None when none is given; of the filters, None lets everything through.
    """

    costs: bool
    period: tuple[datetime, datetime] | None
    metric_ids: tuple[str, ...] | None
    family_ids: tuple[str, ...] | None
    dimensions: tuple[str, ...]


def query_of(body: bytes, *, knows_metric: bool = True) -> Query:
    """Parse a body, empty for an empty object; older specifications have no field `Metric`.

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
        raise ValueError("GroupBy must contain objects with Type and Key")
    if kind == "TAG" or key not in DIMENSIONS:
        raise NotSupportedError(f"these data have no {str(kind).lower()} {key}")
    return key


def _object(value: Json, allowed: Collection[str]) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise ValueError("an object was expected")  # noqa: TRY004 - the caller handles one error type for bodies
    unknown = value.keys() - allowed
    if unknown:
        raise ValueError(f"unknown field {min(unknown)}")
    return value


def _texts(filters: dict[str, Json], name: str, most: int) -> tuple[str, ...] | None:
    if name not in filters:
        return None
    values = _list(filters[name], most)
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"{name} must contain texts")
    return tuple(str(value) for value in values)


def _list(value: Json, most: int) -> list[Json]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError(f"a list of at most {most} was expected")
    return value


_DAY = timedelta(days=1)
_COLUMNS_OF_DIMENSIONS = {
    "account_id": ("BillingAccountId", "BillingAccountName"),
    "zone_id": ("x_ZoneId", "x_ZoneName"),
    "region": ("RegionId", "RegionName"),
}
_NOT_ALLOWED: Json = {"message": "Method not allowed"}
_SUMS = ("ConsumedQuantity", "PricingQuantity", "BilledCost", "ContractedCost", "EffectiveCost", "ListCost")


def post_usage(request: Request, account: Account, now: datetime) -> Reply:
    """Answer with the rows that the body requests, month to date and all of them without one."""
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
    return (_rendered_once if isinstance(account.source, Crowd) else _rendered)(query, account, now)


def _rendered(query: Query, account: Account, now: datetime) -> Reply:
    return success_with_rows(_grouped(_asked_for(query, account, now), query.dimensions))


_rendered_once = lru_cache(maxsize=8)(_rendered)  # so that a benchmark measures its reader, not this writer


def product_family_id(name: str) -> str:
    """Return the UUID by which the body filters a product family; rows have its slug."""
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
    """Leave out the columns of dimensions that are not grouped by, and add up equal rows."""
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
