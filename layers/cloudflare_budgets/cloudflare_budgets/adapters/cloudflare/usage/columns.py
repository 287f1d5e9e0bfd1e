"""Columns of the usage API that are parsed: their JSON names, and attributes of `Charge`.

Other columns are ignored, so that an unexpected value there has no effect.
https://developers.cloudflare.com/api/resources/billing/subresources/usage/
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one version of the API, by the type of their values.

    Attributes:
        required: Columns that every row must have, by attribute.
        nameless: What an error says about a row without an identifiable metric.
    """

    texts: Mapping[str, str]
    instants: Mapping[str, str]
    quantities: Mapping[str, str]
    costs: Mapping[str, str]
    required: Mapping[str, str]
    nameless: str


_TEXTS = {
    "BillingAccountId": "billing_account_id",
    "BillingAccountName": "billing_account_name",
    "BillingCurrency": "billing_currency",
    "ChargeClass": "charge_class",
    "ConsumedUnit": "consumed_unit",
    "PricingUnit": "pricing_unit",
}
_INSTANTS = {
    "ChargePeriodStart": "charge_period_start",
    "ChargePeriodEnd": "charge_period_end",
    "BillingPeriodStart": "billing_period_start",
}
_QUANTITIES = {"ConsumedQuantity": "consumed_quantity"}
_COSTS = {
    "BilledCost": "billed_cost",
    "ContractedCost": "contracted_cost",
    "EffectiveCost": "effective_cost",
    "ListCost": "list_cost",
}
_REQUIRED = {
    "charge_period_start": "ChargePeriodStart",
    "charge_period_end": "ChargePeriodEnd",
    "consumed_quantity": "ConsumedQuantity",
}

# Only the cycle of the subscription and the name of the service identify the series of a row of Version 1.
V1 = Columns(
    texts=_TEXTS
    | {
        "ServiceFamilyName": "service_family_name",
        "ServiceName": "service_name",
        "SubscriptionId": "subscription_id",
        "ZoneId": "zone_id",
        "ZoneName": "zone_name",
    },
    instants=_INSTANTS,
    quantities=_QUANTITIES,
    costs=_COSTS | {"CumulatedContractedCost": "cumulated_contracted_cost"},
    required=_REQUIRED
    | {
        "billing_currency": "BillingCurrency",
        "billing_period_start": "BillingPeriodStart",
        "service_name": "ServiceName",
    },
    nameless="no letter or digit in its ServiceName outside parentheses",
)

V2 = Columns(
    texts=_TEXTS
    | {
        "RegionId": "region_id",
        "RegionName": "region_name",
        "SubAccountId": "sub_account_id",
        "SubAccountName": "sub_account_name",
        "x_BillableMetricId": "x_billable_metric_id",
        "x_BillableMetricName": "x_billable_metric_name",
        "x_ProductFamilyName": "x_product_family_name",
        "x_ZoneId": "x_zone_id",
        "x_ZoneName": "x_zone_name",
    },
    instants=_INSTANTS | {"BillingPeriodEnd": "billing_period_end"},
    quantities=_QUANTITIES,
    costs=_COSTS,
    required=_REQUIRED,
    nameless="neither an x_BillableMetricId nor an x_BillableMetricName",
)
