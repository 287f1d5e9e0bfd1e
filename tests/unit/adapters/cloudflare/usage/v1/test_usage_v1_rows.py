"""Rows of Version 1, one by one; tests name the trap of the API that they are about."""

from decimal import Decimal
from typing import Any

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.columns import V1
from cloudflare_budgets.adapters.cloudflare.usage.rows import RowReader
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.errors import UsageUnreadableError
from tests.support.builders import ACCOUNT_ID, NOT_NEEDED, day
from tests.support.canned_api import CPU, v1_row

ZONE = "023e105f4ecef8ad9ca31a8372d0c353"
NUMBERS = {**V1.quantities, **V1.costs}


def read(**columns: Any) -> Charge:  # noqa: ANN401 - any JSON
    charge = RowReader(ACCOUNT_ID, V1).read(v1_row(**columns))
    assert charge is not None
    return charge


def without(column: str) -> dict[str, Any]:
    return {name: value for name, value in v1_row().items() if name != column}


def test_every_column_of_a_row_that_is_needed_is_read() -> None:
    assert read(cost="0.02", ZoneId=ZONE, ZoneName="example.com") == Charge(
        charge_period_start=day("2026-11-17"),
        charge_period_end=day("2026-11-18"),
        consumed_quantity=Decimal(2400000),
        consumed_unit="Count",
        billing_account_id=ACCOUNT_ID,
        billing_account_name="Example account",
        billed_cost=Decimal("0.02"),
        billing_currency="USD",
        billing_period_start=day("2026-11-05"),
        contracted_cost=Decimal("0.02"),
        effective_cost=Decimal("0.02"),
        list_cost=Decimal("0.02"),
        pricing_unit="Count",
        cumulated_contracted_cost=Decimal("0.02"),
        service_name=CPU,
        service_family_name="Workers",
        subscription_id="SUB-A",
        zone_id=ZONE,
        zone_name="example.com",
    )


def test_every_column_read_is_a_field_of_a_charge() -> None:
    attributes = {*V1.texts.values(), *V1.instants.values(), *NUMBERS.values(), *V1.required}
    assert attributes <= set(Charge._fields)


@pytest.mark.parametrize(
    "column",
    [
        "BillingCurrency",
        "BillingPeriodStart",
        "ChargePeriodEnd",
        "ChargePeriodStart",
        "ConsumedQuantity",
        "ServiceName",
    ],
)
def test_trap_23_a_row_that_lost_a_column_which_is_needed_is_refused(column: str) -> None:
    for row in (without(column), v1_row() | {column: None}):
        with pytest.raises(UsageUnreadableError, match=f"^row 1 of Cloudflare's answer has no {column}$"):
            RowReader(ACCOUNT_ID, V1).read(row)


@pytest.mark.parametrize("column", sorted(NUMBERS))
def test_trap_23_numbers_may_be_texts(column: str) -> None:
    assert getattr(read(**{column: "0.075"}), NUMBERS[column]) == Decimal("0.075")


@pytest.mark.parametrize("column", sorted(NUMBERS))
@pytest.mark.parametrize("value", [True, "", "NaN", "1,000", [1], {"n": 1}, 10**24, "1e-300000000"])
def test_trap_23_what_cannot_be_summed_is_refused(column: str, value: object) -> None:
    with pytest.raises(UsageUnreadableError, match=f"^row 1 of Cloudflare's answer has {column} "):
        read(**{column: value})


@pytest.mark.parametrize("column", [*V1.texts, *V1.instants])
@pytest.mark.parametrize("value", [1, True, ["a"], {"a": "b"}])
def test_trap_23_a_column_of_another_type_is_refused(column: str, value: object) -> None:
    with pytest.raises(UsageUnreadableError, match=f"^row 1 of Cloudflare's answer has {column} "):
        read(**{column: value})


@pytest.mark.parametrize("column", NOT_NEEDED)
@pytest.mark.parametrize("value", [True, -1, "NaN", "", 10**24, ["a"], {"a": [1]}])
def test_trap_23_a_strange_value_that_is_not_needed_is_ignored(column: str, value: object) -> None:
    assert read(**{column: value}) == read()


def test_trap_23_new_columns_are_no_harm() -> None:
    assert read(ServiceCategory="Compute", x_Later={"nested": [1]}) == read()


def test_trap_15_the_quantity_is_what_was_consumed_and_not_what_is_priced() -> None:
    charge = read(ConsumedQuantity=2400000, PricingQuantity=900000)
    assert charge.consumed_quantity == Decimal(2400000)
    assert charge == read(ConsumedQuantity=2400000, PricingQuantity=0)


def test_trap_21_a_count_without_a_unit_is_in_its_pricing_unit() -> None:
    assert read(ConsumedUnit="", PricingUnit="Count").consumed_unit == "Count"
    assert read(ConsumedUnit="GB-months", PricingUnit="Count").consumed_unit == "GB-months"
    with pytest.raises(UsageUnreadableError, match="neither a ConsumedUnit nor a PricingUnit"):
        read(ConsumedUnit="", PricingUnit="")


def test_trap_22_the_scale_in_a_name_stays_in_the_metric() -> None:
    assert read(ServiceName="Images Delivered (in hundred thousands)").metric_id == (
        "images_delivered_in_hundred_thousands"
    )


def test_trap_24_the_allowance_is_no_part_of_the_metric_and_stays_in_its_name() -> None:
    names = ("D1 - Rows Read (first 25 billion included)", "D1 - Rows Read (First 50 billion are included)")
    assert [read(ServiceName=name).metric_id for name in names] == ["d1_rows_read", "d1_rows_read"]
    assert [read(ServiceName=name).metric_name for name in names] == list(names)


@pytest.mark.parametrize("name", ["", " ", "(first 10 included)", "—"])
def test_trap_24_a_name_that_names_nothing_is_refused(name: str) -> None:
    with pytest.raises(UsageUnreadableError, match="has no letter or digit in its ServiceName"):
        read(ServiceName=name)


def test_trap_28_a_cost_that_is_absent_is_not_zero() -> None:
    assert getattr(RowReader(ACCOUNT_ID, V1).read(without("BilledCost")), "billed_cost", 0) is None
    assert read(BilledCost=None).billed_cost is None
    assert read(BilledCost=0).billed_cost == 0


def test_trap_31_the_zone_is_read_where_there_is_one() -> None:
    assert (read().zone_id, read().zone_name) == (None, None)
    assert (read(ZoneId=None).zone_id, read(ZoneId=ZONE).zone_id) == (None, ZONE)


def test_a_row_of_another_account_is_refused() -> None:
    with pytest.raises(UsageUnreadableError, match="BillingAccountId"):
        read(BillingAccountId="0" * 32)


def test_trap_5_several_rows_of_a_day_are_several_even_if_they_are_equal() -> None:
    reader = RowReader(ACCOUNT_ID, V1)
    rows = [v1_row(), v1_row(ConsumedQuantity=7), v1_row(SubscriptionId="SUB-B"), v1_row()]
    assert len([reader.read(row) for row in rows]) == len(rows)


def test_what_only_version_2_has_is_not_read_from_version_1() -> None:
    assert read(x_BillableMetricId="workers_standard_requests").metric_id == "workers_cpu_ms"
