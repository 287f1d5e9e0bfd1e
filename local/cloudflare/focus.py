"""Rows as V2 writes them: FOCUS 1.3 columns, Cloudflare's own with an `x_` before them.

Source: the reference page of GET /accounts/{account_id}/billable/usage, and the official SDK 5.9.0.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from local.cloudflare.account import GivenRows
from local.cloudflare.metering import DayOfUse, days_of_use
from local.cloudflare.pricing import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloudflare.account import Account
    from local.cloudflare.json_text import Json, Row

_REGION_NAMES = {"EEUR": "Eastern Europe"}


def rows(account: Account, first: date, last: date, now: datetime) -> Iterator[Row]:
    """List the account's rows from `first` to `last`, both included, as far as they exist at `now`."""
    if isinstance(account.source, GivenRows):
        return (row for row in account.source.rows if falls_between(row, first, last))
    return (_row(account, used) for used in days_of_use(account, first, last, now))


def falls_between(row: Row, first: date, last: date) -> bool:
    """Tell whether a row's day is one of these; one without a readable day always is."""
    try:
        start = datetime.fromisoformat(str(row.get("ChargePeriodStart")))
    except ValueError:
        return True
    return first <= start.date() <= last


def midnight(day: date) -> str:
    """Write the first moment of a UTC day as the API does."""
    return datetime.combine(day, time(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _row(account: Account, used: DayOfUse) -> Row:
    metric = used.metric
    columns: dict[str, Json] = {
        "BillingAccountId": account.id,
        "BillingAccountName": account.name,
        "ChargeCategory": "Usage",
        "ChargeDescription": f"{metric.name} — daily usage",
        "ChargeFrequency": "Usage-Based",
        "ChargePeriodEnd": midnight(used.day + timedelta(days=1)),
        "ChargePeriodStart": midnight(used.day),
        "ConsumedQuantity": plain(used.quantity),
        "ConsumedUnit": metric.unit,
        "HostProviderName": "Cloudflare",
        "InvoiceIssuerName": "Cloudflare",
        "ServiceProviderName": "Cloudflare",
        "SubAccountId": used.subscription.id,
        "SubAccountName": used.subscription.name,
        "x_BillableMetricId": metric.id,
        "x_BillableMetricName": metric.name,
        "x_ProductCategoryName": metric.category,
        "x_ProductFamilyId": metric.family.lower().replace(" ", "_"),
        "x_ProductFamilyName": metric.family,
    }
    return columns | _place(used) | (_cost(used) if account.rated else {})


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
    after_allowance = plain(used.cost)
    return {
        "BilledCost": after_allowance,
        "BillingCurrency": "USD",
        "BillingPeriodEnd": midnight(used.cycle.end),
        "BillingPeriodStart": midnight(used.cycle.start),
        "ContractedCost": before_allowance,
        "ContractedUnitPrice": plain(price.per_unit),
        "EffectiveCost": after_allowance,
        "ListCost": before_allowance,
        "ListUnitPrice": plain(price.per_unit),
        "PricingQuantity": plain(used.quantity),
        "PricingUnit": used.metric.unit,
    }
