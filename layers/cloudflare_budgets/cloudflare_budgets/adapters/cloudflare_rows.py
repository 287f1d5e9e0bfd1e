"""Rows of Cloudflare's usage API, Version 2, as charges.

Columns and their names on the wire: https://developers.cloudflare.com/api/resources/billing/subresources/usage/
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum, auto
from typing import Any, TypeVar

from cloudflare_budgets.adapters.cloudflare_values import (
    WrongValueError,
    instant_of,
    number_of,
    shown,
    text_of,
)
from cloudflare_budgets.domain.charge import Charge
from cloudflare_budgets.errors import UsageUnreadableError

K = TypeVar("K")
V = TypeVar("V")


class _Kind(Enum):
    TEXT = auto()
    INSTANT = auto()
    NUMBER = auto()


_COLUMNS = {
    "BillingAccountId": ("billing_account_id", _Kind.TEXT),
    "BillingAccountName": ("billing_account_name", _Kind.TEXT),
    "ChargeCategory": ("charge_category", _Kind.TEXT),
    "ChargeClass": ("charge_class", _Kind.TEXT),
    "ChargeDescription": ("charge_description", _Kind.TEXT),
    "ChargeFrequency": ("charge_frequency", _Kind.TEXT),
    "ChargePeriodStart": ("charge_period_start", _Kind.INSTANT),
    "ChargePeriodEnd": ("charge_period_end", _Kind.INSTANT),
    "ConsumedQuantity": ("consumed_quantity", _Kind.NUMBER),
    "ConsumedUnit": ("consumed_unit", _Kind.TEXT),
    "HostProviderName": ("host_provider_name", _Kind.TEXT),
    "InvoiceIssuerName": ("invoice_issuer_name", _Kind.TEXT),
    "ServiceProviderName": ("service_provider_name", _Kind.TEXT),
    "BilledCost": ("billed_cost", _Kind.NUMBER),
    "BillingCurrency": ("billing_currency", _Kind.TEXT),
    "BillingPeriodStart": ("billing_period_start", _Kind.INSTANT),
    "BillingPeriodEnd": ("billing_period_end", _Kind.INSTANT),
    "ContractedCost": ("contracted_cost", _Kind.NUMBER),
    "ContractedUnitPrice": ("contracted_unit_price", _Kind.NUMBER),
    "EffectiveCost": ("effective_cost", _Kind.NUMBER),
    "ListCost": ("list_cost", _Kind.NUMBER),
    "ListUnitPrice": ("list_unit_price", _Kind.NUMBER),
    "PricingQuantity": ("pricing_quantity", _Kind.NUMBER),
    "PricingUnit": ("pricing_unit", _Kind.TEXT),
    "RegionId": ("region_id", _Kind.TEXT),
    "RegionName": ("region_name", _Kind.TEXT),
    "SubAccountId": ("sub_account_id", _Kind.TEXT),
    "SubAccountName": ("sub_account_name", _Kind.TEXT),
    "x_BillableMetricId": ("x_billable_metric_id", _Kind.TEXT),
    "x_BillableMetricName": ("x_billable_metric_name", _Kind.TEXT),
    "x_ProductFamilyName": ("x_product_family_name", _Kind.TEXT),
    "x_ZoneId": ("x_zone_id", _Kind.TEXT),
    "x_ZoneName": ("x_zone_name", _Kind.TEXT),
}
_REQUIRED = ("ChargePeriodStart", "ChargePeriodEnd", "ConsumedQuantity")
_CORRECTION = "Correction"
# Rows repeat each other in most of their values. Each is kept once, as long as there are not more than this.
_MAX_KEPT = 8192


class RowReader:
    """Turns the rows of one answer into charges, and sees that no row comes twice.

    Args:
        account_id: The account that was asked for; no row may name another.
    """

    def __init__(self, account_id: str) -> None:
        self._account_id = account_id
        self._number = 0
        self._seen: set[int] = set()
        self._texts: dict[str, str] = {}
        self._instants: dict[str, datetime] = {}
        self._numbers: dict[Decimal, Decimal] = {}

    def read(self, row: object) -> Charge:
        """Read the next row.

        Raises:
            UsageUnreadableError: it breaks a rule; the text names the row, the column and the rule.
        """
        self._number += 1
        if not isinstance(row, dict):
            raise self._refused(f"is {shown(row)}, but must be an object")
        charge = self._charge(row)
        identity = _identity(row)
        if identity in self._seen:
            raise self._refused("is equal to an earlier row in every column: added up, it would count twice")
        self._seen.add(identity)
        return charge

    def _charge(self, row: Mapping[str, object]) -> Charge:
        values = self._values(row)
        for column in _REQUIRED:
            if _COLUMNS[column][0] not in values:
                raise self._refused(f"has no {column}")
        values["consumed_unit"] = values.get("consumed_unit") or values.get("pricing_unit")
        if not values["consumed_unit"]:
            raise self._refused("has neither a ConsumedUnit nor a PricingUnit")
        charge = Charge(**values)
        self._check(charge)
        return charge

    def _values(self, row: Mapping[str, object]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        signed = row.get("ChargeClass") == _CORRECTION
        column = ""
        try:
            for column, value in row.items():
                known = _COLUMNS.get(column)
                if known is None or value is None:
                    continue
                attribute, kind = known
                if kind is _Kind.TEXT:
                    values[attribute] = self._text(value)
                elif kind is _Kind.INSTANT:
                    values[attribute] = self._instant(value)
                else:
                    values[attribute] = self._amount(value, signed=signed)
        except WrongValueError as error:
            raise self._refused(f"has {column} {shown(row[column])}, but it must be {error}") from None
        return values

    def _text(self, value: object) -> str:
        text = self._texts.get(value) if type(value) is str else None
        if text is None:
            text = text_of(value)
            _keep(self._texts, text, text)
        return text

    def _instant(self, value: object) -> datetime:
        instant = self._instants.get(value) if type(value) is str else None
        if instant is None:
            instant = instant_of(value)
            _keep(self._instants, str(value), instant)
        return instant

    def _amount(self, value: object, *, signed: bool) -> Decimal:
        number = number_of(value)
        if number < 0 and not signed:
            raise WrongValueError("at least 0, for the row is no correction")
        known = self._numbers.get(number)
        if known is None:
            _keep(self._numbers, number, number)
            return number
        return known

    def _check(self, charge: Charge) -> None:
        if charge.charge_period_start >= charge.charge_period_end:
            raise self._refused("has a ChargePeriodEnd that is not after its ChargePeriodStart")
        start, end = charge.billing_period_start, charge.billing_period_end
        if start and end and start >= end:
            raise self._refused("has a BillingPeriodEnd that is not after its BillingPeriodStart")
        if charge.billing_account_id and charge.billing_account_id != self._account_id:
            other = shown(charge.billing_account_id)
            raise self._refused(f"has BillingAccountId {other}, but {self._account_id} was asked for")
        if not charge.metric_id:
            raise self._refused("has neither an x_BillableMetricId nor an x_BillableMetricName")

    def _refused(self, reason: str) -> UsageUnreadableError:
        return UsageUnreadableError(f"row {self._number} of Cloudflare's answer {reason}")


def _keep(known: dict[K, V], key: K, value: V) -> None:
    if len(known) >= _MAX_KEPT:
        known.clear()
    known[key] = value


def _identity(row: Mapping[str, object]) -> int:
    try:
        return hash(frozenset(row.items()))
    except TypeError:  # a column nobody knows holds a list or an object
        return hash(frozenset((column, repr(value)) for column, value in row.items()))
