"""Usage rows of both API versions: FOCUS 1.3 columns plus Cloudflare's extensions.

Source: the API reference and the official SDK 5.9.0; what they leave open follows observed responses.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from local.cloudflare.accounts.account import GivenRows
from local.cloudflare.accounts.metering import DayOfUse, Total, days_of_use, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloudflare.accounts.account import Account
    from local.cloudflare.accounts.catalog import Metric
    from local.cloudflare.accounts.metering import DayOfUse
    from local.cloudflare.http import Json, Row


_REGION_NAMES = {"EEUR": "Eastern Europe"}


def rows(account: Account, first: date, last: date, now: datetime) -> Iterator[Row]:
    """List the account's rows from `first` to `last`, both included, that exist at `now`."""
    if isinstance(account.source, GivenRows):
        return (row for row in account.source.rows if falls_between(row, first, last))
    return (_row(account, used) for used in days_of_use(account, first, last, now))


def falls_between(row: Row, first: date, last: date) -> bool:
    """Return whether a row's day is within the range; a row without a readable day always is."""
    try:
        start = datetime.fromisoformat(str(row.get("ChargePeriodStart")))
    except ValueError:
        return True
    return first <= start.date() <= last


@lru_cache(maxsize=4096)
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
    """Price one day; as in the page's example, list and contracted cost ignore the allowance."""
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


_PROVIDER = "Cloudflare, Inc."
_COUNT = "Count"


def row(account: Account, used: DayOfUse) -> Row:
    """Write one day of one service."""
    numbers = _numbers(used, priced=account.v1.prices_storage or not used.metric.steady)
    if account.v1.numbers_as_text:
        numbers = {column: str(number) for column, number in numbers.items()}
    return _words(account, used) | numbers | _place_of_v1(used)


def _words(account: Account, used: DayOfUse) -> dict[str, Json]:
    name, unit = used.metric.service_name, _unit(used.metric)
    named = account.v1.names_account
    return {
        "ServiceProviderName": _PROVIDER,
        "InvoiceIssuerName": _PROVIDER,
        "HostProviderName": _PROVIDER,
        "BillingAccountId": account.id,
        "BillingAccountName": account.name if named else None,
        "ServiceName": name,
        "ServiceFamilyName": used.metric.family,
        "ChargeCategory": "Usage",
        "ChargeClass": None,
        "ChargeDescription": f"{name} usage measured in {unit or _COUNT}" if named else None,
        "ChargePeriodStart": midnight(used.day),
        "ChargePeriodEnd": midnight(used.day + timedelta(days=1)),
        "BillingPeriodStart": midnight(used.cycle.start),
        "BillingCurrency": "USD",
        "ConsumedUnit": unit,
        "PricingUnit": unit or _COUNT,
    }


def _numbers(used: DayOfUse, *, priced: bool) -> dict[str, Json]:
    """Write quantities and costs, all cost columns alike; usage without a price costs zero."""
    scale = used.metric.counts_by
    before, after = (used.before, used.after) if priced else (Total(), Total())
    cost = plain(after.cost - before.cost)
    return {
        "ConsumedQuantity": plain(used.quantity / scale),
        "PricingQuantity": _whole(after.billable / scale) - _whole(before.billable / scale),
        "CumulatedPricingQuantity": _whole(after.billable / scale),
        "ListCost": cost,
        "ContractedCost": cost,
        "EffectiveCost": cost,
        "BilledCost": cost,
        "CumulatedContractedCost": plain(after.cost),
    }


def _place_of_v1(used: DayOfUse) -> dict[str, Json]:
    columns: dict[str, Json] = {"SubscriptionId": used.subscription.id}
    if used.zone:
        columns |= {"ZoneId": used.zone.id, "ZoneName": used.zone.name}
    return columns


def _unit(metric: Metric) -> str:
    """Name the unit; what is merely counted has none, and shares of stored amounts do."""
    if metric.step == 1 and not metric.steady:
        return ""
    head, *tail = metric.unit.split("-")
    return "-".join([head, *(word.lower() for word in tail)])


def _whole(quantity: Decimal) -> int:
    return int(quantity.to_integral_value(ROUND_FLOOR))
