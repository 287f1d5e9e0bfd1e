"""Rows of Cloudflare's usage API, one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudflare_budgets.adapters.cloudflare.usage.rows import RowReader
from cloudflare_budgets.domain.primitives.amount import is_bounded
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.errors import UsageUnreadableError
from tests.support.builders import NOT_NEEDED

_ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
_SMALLEST: dict[str, object] = {
    "ChargePeriodStart": "2026-11-01T00:00:00Z",
    "ChargePeriodEnd": "2026-11-02T00:00:00Z",
    "ConsumedQuantity": 12,
    "ConsumedUnit": "Requests",
    "x_BillableMetricId": "workers_standard_requests",
}
_OPTIONAL = (
    "BillingAccountId",
    "BillingAccountName",
    "ChargeClass",
    "BilledCost",
    "BillingCurrency",
    "BillingPeriodStart",
    "BillingPeriodEnd",
    "PricingUnit",
    "x_BillableMetricName",
    "x_ZoneName",
)
_DAY = datetime(2026, 11, 1, tzinfo=UTC)


def test_the_smallest_row_makes_a_charge_and_what_is_absent_stays_absent() -> None:
    assert _charge() == Charge(
        charge_period_start=_DAY,
        charge_period_end=_DAY + timedelta(days=1),
        consumed_quantity=Decimal(12),
        consumed_unit="Requests",
        x_billable_metric_id="workers_standard_requests",
    )


def test_null_is_absent() -> None:
    assert _charge(**dict.fromkeys(_OPTIONAL)) == _charge()


def test_unknown_columns_are_ignored() -> None:
    assert _charge(x_Tomorrow={"nested": [1, None]}, Tags={"team": "web"}, Count=True) == _charge()


@pytest.mark.parametrize("column", NOT_NEEDED)
@pytest.mark.parametrize(
    "value", [True, -1, "NaN", "", 10**24, Decimal("1e-61"), ["a"], {"a": [1]}, "x" * 9999]
)
def test_trap_23_a_strange_value_that_is_not_needed_is_ignored(column: str, value: object) -> None:
    assert _charge(**{column: value}) == _charge()


def test_absent_cost_is_not_zero() -> None:
    assert _charge().billed_cost is None
    assert _charge(BilledCost=0).billed_cost == 0


@pytest.mark.parametrize("end", ["2026-11-01T00:00:00Z", "2026-10-31"])
def test_a_period_that_does_not_end_after_its_start_is_refused(end: str) -> None:
    with pytest.raises(UsageUnreadableError, match="ChargePeriodEnd that is not after its ChargePeriodStart"):
        _charge(ChargePeriodEnd=end)
    with pytest.raises(
        UsageUnreadableError, match="BillingPeriodEnd that is not after its BillingPeriodStart"
    ):
        _charge(BillingPeriodStart="2026-11-01", BillingPeriodEnd=end)


@pytest.mark.parametrize("column", ["ChargePeriodStart", "ChargePeriodEnd", "ConsumedQuantity"])
def test_a_row_without_what_every_row_needs_is_refused(column: str) -> None:
    without = {name: value for name, value in _SMALLEST.items() if name != column}
    for row in (without, without | {column: None}):
        with pytest.raises(UsageUnreadableError, match=f"row 1 of Cloudflare's answer has no {column}"):
            RowReader(_ACCOUNT).read(row)


def test_without_a_consumed_unit_the_pricing_unit_is_the_unit() -> None:
    assert _charge(ConsumedUnit="", PricingUnit="Count").consumed_unit == "Count"
    assert _charge(ConsumedUnit=None, PricingUnit="Count").consumed_unit == "Count"
    with pytest.raises(UsageUnreadableError, match="neither a ConsumedUnit nor a PricingUnit"):
        _charge(ConsumedUnit="", PricingUnit="")


def test_without_a_metric_id_the_name_identifies_the_metric() -> None:
    name = "R2 Data Storage (First 10GB-Month included)"
    assert _charge(x_BillableMetricId=None, x_BillableMetricName=name).metric_id == "r2_data_storage"
    for absent in (None, ""):
        with pytest.raises(UsageUnreadableError, match="neither an x_BillableMetricId nor"):
            _charge(x_BillableMetricId=absent, x_BillableMetricName=absent)


def test_a_row_of_another_account_is_refused() -> None:
    assert _charge(BillingAccountId=_ACCOUNT).billing_account_id == _ACCOUNT
    with pytest.raises(
        UsageUnreadableError, match=f'BillingAccountId "{"f" * 32}", but {_ACCOUNT} was requested'
    ):
        _charge(BillingAccountId="f" * 32)


@pytest.mark.parametrize("row", [None, 1, "row", True, [1], Decimal("1.5")])
def test_a_row_that_is_no_object_is_refused(row: object) -> None:
    with pytest.raises(
        UsageUnreadableError, match=r"row 1 of Cloudflare's answer is .*, but must be an object"
    ):
        RowReader(_ACCOUNT).read(row)


def test_equal_rows_are_several_rows_of_tiers_or_places_that_cloudflare_does_not_name() -> None:
    reader = RowReader(_ACCOUNT)
    for row in (_SMALLEST, dict(reversed(_SMALLEST.items())), _SMALLEST | {"Tags": {"a": "2"}}):
        assert reader.read(row) == reader.read(row) == _charge()


@pytest.mark.parametrize(
    "column", ["Id", "ChargeId", "x_ChargeId", "RecordId", "x_LineItemId", "x_UsageRecordId"]
)
def test_a_row_that_repeats_the_id_of_an_earlier_row_is_refused(column: str) -> None:
    reader = RowReader(_ACCOUNT)
    reader.read(_SMALLEST | {column: "c-1"})
    reader.read(_SMALLEST | {column: "c-2"})
    with pytest.raises(UsageUnreadableError, match=rf"row 3 .*has the {column} of an earlier row"):
        reader.read({column: "c-1"} | _SMALLEST)


@pytest.mark.parametrize(
    "column", ["SubAccountId", "x_ZoneId", "x_BillableMetricId", "BillingAccountId", "x_GridId"]
)
def test_an_id_of_something_else_is_no_id_of_a_row(column: str) -> None:
    reader = RowReader(_ACCOUNT)
    row = _SMALLEST | {column: _ACCOUNT}
    assert reader.read(row) == reader.read(row)


@pytest.mark.parametrize("category", ["Tax", "Purchase", "Credit", "Adjustment", "tax"])
def test_a_row_that_is_no_usage_is_left_out(category: str) -> None:
    assert (
        RowReader(_ACCOUNT).read(_SMALLEST | {"ChargeCategory": category, "ConsumedQuantity": None}) is None
    )


@pytest.mark.parametrize("category", [None, "Usage", "usage", "Usage-Based", ["a list"]])
def test_a_row_of_an_unknown_category_counts(category: object) -> None:
    assert _charge(ChargeCategory=category) == _charge()


@pytest.mark.parametrize(
    ("end", "clamped"),
    [
        ("2026-11-02T00:00:00Z", "2026-11-02T00:00:00Z"),
        ("2026-11-01T06:00:00Z", "2026-11-01T06:00:00Z"),
        ("2026-11-02T00:00:01Z", "2026-11-02T00:00:00Z"),
        ("2026-12-01T00:00:00Z", "2026-11-02T00:00:00Z"),
        ("9999-12-31T23:59:59Z", "2026-11-02T00:00:00Z"),
    ],
)
def test_a_charge_period_is_at_most_a_day_so_that_no_row_hides_missing_days(end: str, clamped: str) -> None:
    assert _charge(ChargePeriodEnd=end).charge_period_end == datetime.fromisoformat(clamped)


_values = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals()
    | st.text(max_size=9)
    | st.lists(st.none(), max_size=1)
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # on a busy machine, drawing decimals is
@given(st.dictionaries(st.sampled_from([*_SMALLEST, *_OPTIONAL]), _values, max_size=6))
def test_any_row_becomes_a_charge_that_can_be_summed_or_is_refused(row: dict[str, object]) -> None:
    try:
        charge = RowReader(_ACCOUNT).read(_SMALLEST | row)
    except UsageUnreadableError as refusal:
        str(refusal).encode()
        return
    assert charge is not None
    values = list(charge)
    assert all(is_bounded(value) for value in values if isinstance(value, Decimal))
    assert charge == Charge(*charge)


def _charge(**columns: Any) -> Charge:  # noqa: ANN401 - any JSON
    charge = RowReader(_ACCOUNT).read(_SMALLEST | columns)
    assert charge is not None
    return charge
