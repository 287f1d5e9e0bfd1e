"""The example of the API page, read by our parser and by the official SDK's model.

https://developers.cloudflare.com/api/resources/billing/subresources/usage/methods/get/
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

from cloudflare.types.billing.usage_get_account_usage_v2_response import (
    UsageGetAccountUsageV2ResponseItem as SdkRow,
)

from cloudflare_budgets.adapters.cloudflare.usage.answers import read_charges
from cloudflare_budgets.domain.usage.charge import Charge
from tests.contract.witness import PAGE_EXAMPLE
from tests.support.builders import NOT_NEEDED

_ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
_COMMON = set(Charge._fields) & set(SdkRow.model_fields)


def test_every_field_of_the_example_that_is_needed_is_read() -> None:
    assert _read(PAGE_EXAMPLE) == [
        Charge(
            charge_period_start=datetime(2025, 5, 1, tzinfo=UTC),
            charge_period_end=datetime(2025, 5, 2, tzinfo=UTC),
            consumed_quantity=Decimal(150000),
            consumed_unit="Requests",
            billing_account_id="023e105f4ecef8ad9ca31a8372d0c353",
            billing_account_name="My Account",
            charge_class="Correction",
            billed_cost=Decimal(0),
            billing_currency="USD",
            billing_period_start=datetime(2025, 5, 1, tzinfo=UTC),
            billing_period_end=datetime(2025, 6, 1, tzinfo=UTC),
            contracted_cost=Decimal("0.75"),
            effective_cost=Decimal(0),
            list_cost=Decimal("0.75"),
            pricing_unit="Requests",
            region_id="EEUR",
            region_name="Eastern Europe",
            sub_account_id="c9bd752d-9ca8-411d-b804-be44a758057f",
            sub_account_name="My Subscription",
            x_billable_metric_id="workers_standard_requests",
            x_billable_metric_name="Workers Standard Requests",
            x_product_family_name="Workers",
            x_zone_id="023e105f4ecef8ad9ca31a8372d0c353",
            x_zone_name="example.com",
        )
    ]


def test_the_sdk_reads_the_same_from_the_example() -> None:
    (charge,) = _read(PAGE_EXAMPLE)
    sdk_row = SdkRow.model_validate(json.loads(PAGE_EXAMPLE)["result"][0])
    for name in _COMMON:
        ours, theirs = getattr(charge, name), getattr(sdk_row, name)
        assert ours == (Decimal(str(theirs)) if isinstance(ours, Decimal) else theirs), name


def test_every_documented_column_of_the_sdk_is_read_or_listed_as_not_needed() -> None:
    later_than_the_page = {"tags", "x_product_category_name", "x_product_family_id"}
    not_needed = {name for name, field in SdkRow.model_fields.items() if field.alias in NOT_NEEDED}
    assert set(SdkRow.model_fields) - later_than_the_page == _COMMON | not_needed
    assert _COMMON.isdisjoint(not_needed)


def _read(body: str) -> list[Charge]:
    return read_charges(iter([body.encode()]), _ACCOUNT)
