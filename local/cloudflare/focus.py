"""Rows as V2 writes them: FOCUS 1.3 columns, Cloudflare's own with an `x_` before them.

Source: the reference page of GET /accounts/{account_id}/billable/usage, and the official SDK 5.9.0.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from itertools import product
from typing import TYPE_CHECKING

from local.cloudflare.accounts import Crowd, GivenRows, Zone
from local.cloudflare.catalog import METRICS
from local.cloudflare.pricing import cost_of_a_day, plain
from local.cloudflare.usage import DayOfUse, days_of_use, noise

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloudflare.accounts import Account
    from local.cloudflare.json_text import Json, Row

_REGION_NAMES = {"EEUR": "Eastern Europe"}


def rows(account: Account, first: date, last: date, now: datetime) -> Iterator[Row]:
    """List the account's rows from `first` to `last`, both included, as far as they exist at `now`."""
    match account.source:
        case GivenRows(given):
            yield from (row for row in given if _falls_between(row, first, last))
        case Crowd(rows_per_month):
            for used in _crowd(rows_per_month, first, last, now):
                yield _row(account, used)
        case metered:
            for used in days_of_use(metered, first, last, now):
                yield _row(account, used)


def _falls_between(row: Row, first: date, last: date) -> bool:
    try:
        start = datetime.fromisoformat(str(row.get("ChargePeriodStart")))
    except ValueError:
        return True
    return first <= start.date() <= last


def _crowd(rows_per_month: int, first: date, last: date, now: datetime) -> Iterator[DayOfUse]:
    last = min(last, now.date())
    for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
        days = now.day if (day.year, day.month) == (now.year, now.month) else _days_in_month(day)
        count = rows_per_month // days + (day.day <= rows_per_month % days)
        zones = (Zone(f"{number:032x}", f"zone-{number}.example.com", 100) for number in range(1, count + 1))
        for (zone, metric), _ in zip(product(zones, METRICS), range(count), strict=False):
            quantity = (metric.per_day * noise(f"{metric.id}/{zone.id}/{day}", 150) / 1000).quantize(
                metric.step
            )
            yield DayOfUse(metric, zone, day, quantity, Decimal(0))


def _days_in_month(day: date) -> int:
    return (_next_month(day) - timedelta(days=1)).day


def _next_month(day: date) -> date:
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def _midnight(day: date) -> str:
    return datetime.combine(day, time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(account: Account, used: DayOfUse) -> Row:
    metric = used.metric
    columns: dict[str, Json] = {
        "BillingAccountId": account.id,
        "BillingAccountName": account.name,
        "ChargeCategory": "Usage",
        "ChargeDescription": f"{metric.name} — daily usage",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": _midnight(used.day + timedelta(days=1)),
        "ChargePeriodStart": _midnight(used.day),
        "ConsumedQuantity": plain(used.quantity),
        "ConsumedUnit": metric.unit,
        "HostProviderName": "Cloudflare",
        "InvoiceIssuerName": "Cloudflare",
        "ServiceProviderName": "Cloudflare",
        "SubAccountId": _subscription_id(account.id, metric.category),
        "SubAccountName": f"{metric.category} Subscription",
        "x_BillableMetricId": metric.id,
        "x_BillableMetricName": metric.name,
        "x_ProductCategoryName": metric.category,
        "x_ProductFamilyId": metric.family.lower().replace(" ", "_"),
        "x_ProductFamilyName": metric.family,
    }
    return columns | _place(used) | (_cost(used) if account.rated else {})


@cache
def _subscription_id(account_id: str, category: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{account_id}/{category}"))


def _place(used: DayOfUse) -> dict[str, Json]:
    columns: dict[str, Json] = {}
    if used.zone:
        columns |= {"x_ZoneId": used.zone.id, "x_ZoneName": used.zone.name}
    if used.metric.region:
        columns |= {"RegionId": used.metric.region, "RegionName": _REGION_NAMES[used.metric.region]}
    return columns


def _cost(used: DayOfUse) -> dict[str, Json]:
    """Price one day; as in the page's example, list and contracted cost know of no allowance."""
    price = used.metric.price
    before_allowance = plain(price.per_unit * used.quantity)
    after_allowance = cost_of_a_day(price, used.earlier_this_month, used.quantity)
    return {
        "BilledCost": after_allowance,
        "BillingCurrency": "USD",
        "BillingPeriodEnd": _midnight(_next_month(used.day)),
        "BillingPeriodStart": _midnight(used.day.replace(day=1)),
        "ContractedCost": before_allowance,
        "ContractedUnitPrice": plain(price.per_unit),
        "EffectiveCost": after_allowance,
        "ListCost": before_allowance,
        "ListUnitPrice": plain(price.per_unit),
        "PricingQuantity": plain(used.quantity),
        "PricingUnit": used.metric.unit,
    }
