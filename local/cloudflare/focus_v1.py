"""Rows as V1 writes them: FOCUS 1.3 columns and Cloudflare's own, none with an `x_` before it.

Source: the specification of GET /accounts/{account_id}/billable-usage and the official SDK 5.9.0; what they
leave open is as seen in answers to real accounts.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from local.cloudflare.focus import midnight
from local.cloudflare.pricing import Total, plain

if TYPE_CHECKING:
    from local.cloudflare.account import Account
    from local.cloudflare.catalog import Metric
    from local.cloudflare.json_text import Json, Row
    from local.cloudflare.metering import DayOfUse

_PROVIDER = "Cloudflare, Inc."
_COUNT = "Count"


def row(account: Account, used: DayOfUse) -> Row:
    """Write one day of one service."""
    numbers = _numbers(used, priced=account.v1.prices_storage or not used.metric.steady)
    if account.v1.numbers_as_text:
        numbers = {column: str(number) for column, number in numbers.items()}
    return _words(account, used) | numbers | _place(used)


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
    """Write quantities and costs, all cost columns the same; what is not priced is shown at zero."""
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


def _place(used: DayOfUse) -> dict[str, Json]:
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
