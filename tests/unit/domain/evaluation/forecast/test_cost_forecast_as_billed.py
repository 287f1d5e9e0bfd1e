"""Forecasts of what is billed: each metric goes on as it is billed, whatever the others are."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import AS_OF, charge, each_day, judged, price, prices, usage_since

SPEND = '{"limit": "280 USD", "thresholds": ["100% forecast"]}'
R2 = "r2_storage_class_a_operations"
BOTH = prices(price(), price(metric=R2))
FIFTH = datetime(2026, 11, 5, 10, tzinfo=UTC)


def forecast(*rows: Charge, listed: PriceList = BOTH, as_of: datetime = AS_OF, **more: Any) -> BudgetForecast:  # noqa: ANN401 - for `evaluation_context`
    evaluation = judged(SPEND, usage_since("2026-11-01", *rows, as_of=as_of), as_of, prices=listed, **more)
    assert evaluation.forecast is not None, evaluation.reason
    return evaluation.forecast


def billed(quantity: str, cost: str, metric: str = R2, last: str = "2026-11-21") -> list[Charge]:
    return each_day("2026-11-01", last, quantity, cost, metric=metric)


def test_a_metric_billed_at_nothing_does_not_make_another_one_cheaper() -> None:
    found = forecast(*billed("1", "1", "workers_standard_requests"), *billed("4", "0"))
    assert found.expected == 30 + 9 * 4


def test_two_metrics_under_different_contracts_go_on_each_under_its_own() -> None:
    found = forecast(*billed("10", "5", "workers_standard_requests"), *billed("4", "12"))
    assert found.expected == 30 * (5 + 12)


def test_many_small_metrics_under_a_contract_go_on_under_it() -> None:
    names = [f"metric_{index}" for index in range(40)]
    rows = [row for name in names for row in billed("0.5", "0.25", name, "2026-11-04")]
    found = forecast(*rows, listed=prices(*(price(metric=name) for name in names)), as_of=FIFTH)
    assert found.expected == 40 * 30 * Decimal("0.25")


@pytest.mark.parametrize("listed", [BOTH, prices()])
@pytest.mark.parametrize("newest", ["0", "3"])
def test_a_cost_that_is_missing_so_far_does_not_make_the_future_days_cheaper(
    newest: str, listed: PriceList
) -> None:
    rows = [*billed("10", "10", last="2026-11-03"), charge("2026-11-04", "10", newest, metric=R2)]
    found = forecast(*rows, listed=listed, as_of=FIFTH)
    assert found.expected == 30 + int(newest) + 26 * 10


def test_a_contract_is_followed_from_its_first_bill_on_and_a_future_cost_is_absent() -> None:
    history = forecast(*billed("10", "5", last="2026-11-03"), as_of=datetime(2026, 11, 4, 10, tzinfo=UTC))
    assert history.expected == 30 * 5
    rows = [charge("2026-11-01", "10", "0", metric=R2), *each_day("2026-11-02", "2026-11-03", "10", "5", R2)]
    late = forecast(*rows, charge("2026-11-04", "10", "0", metric=R2), as_of=FIFTH)
    assert late.expected == 10 + 26 * 5


def test_an_allowance_larger_than_the_lists_does_not_make_what_follows_it_cheaper() -> None:
    rows = [
        *each_day("2026-11-01", "2026-11-15", "10", "0", R2),
        *each_day("2026-11-16", "2026-11-21", "10", "10", R2),
    ]
    assert forecast(*rows).expected == 60 + 90


def test_an_allowance_smaller_than_the_lists_does_not_make_what_follows_it_dearer() -> None:
    rows = billed("10", "10")
    assert forecast(*rows, listed=prices(price("1", "150", metric=R2))).expected == 210 + 90


def test_what_was_billed_at_nothing_until_yesterday_is_no_contract() -> None:
    rows = [*billed("10", "0", last="2026-11-20"), charge("2026-11-21", "10", "1", metric=R2)]
    assert forecast(*rows).expected == 1 + 9 * 10


@given(
    st.integers(1, 1000),
    st.decimals("0.1", 10, places=2),
    st.decimals("0.1", 10, places=2),
    st.integers(1, 1000),
)
def test_the_account_is_expected_to_cost_what_its_metrics_are_together(
    one: int, one_ratio: Decimal, other_ratio: Decimal, other: int
) -> None:
    workers = billed(str(10 * one), str(10 * one * one_ratio), "workers_standard_requests")
    r2 = billed(str(10 * other), str(10 * other * other_ratio))
    apart = forecast(*workers).expected + forecast(*r2).expected
    # A margin of one dollar is shared, which may let one be scaled that alone would not be.
    assert abs(forecast(*workers, *r2).expected - apart) <= 1


def test_what_is_billed_within_the_lists_allowance_continues_to_be_billed() -> None:
    found = forecast(*billed("10", "10"), listed=prices(price("1", "1000", metric=R2)))
    assert (found.expected, found.left_out) == (Decimal(300), ())
    assert found.low is not None
    assert found.high is not None
    assert found.low < 300 < found.high


def test_what_is_billed_at_a_list_price_of_nothing_continues_to_be_billed() -> None:
    assert forecast(*billed("10", "10"), listed=prices(price("0", metric=R2))).expected == 300


def test_a_zone_that_is_billed_within_the_lists_allowance_continues_by_its_own_use() -> None:
    zones = [
        *each_day("2026-11-01", "2026-11-21", "10", "10", x_zone_id="a", x_zone_name="a"),
        *each_day("2026-11-01", "2026-11-21", "70", "70", x_zone_id="b", x_zone_name="b"),
    ]
    found = judged(
        '{"limit": "280 USD", "scope": {"zone": ["a"]}}',
        usage_since("2026-11-01", *zones),
        prices=prices(price("1", "9000")),
    )
    assert found.forecast is not None
    assert found.forecast.expected == 300


def test_less_than_a_dollar_billed_within_the_allowance_is_no_contract() -> None:
    assert forecast(*billed("10", "0.04"), listed=prices(price("1", "1000", metric=R2))).expected == Decimal(
        "0.84"
    )


def test_a_metric_that_got_another_id_continues_by_what_it_is_billed_under_both() -> None:
    listed = PriceList({R2: price("1", "1000", metric=R2)}, {"r2_class_a": R2})
    rows = [
        *each_day("2026-11-01", "2026-11-10", "10", "10", R2),
        *each_day("2026-11-11", "2026-11-21", "10", "10", "r2_class_a"),
    ]
    found = forecast(*rows, listed=listed)
    assert (found.expected, found.left_out) == (Decimal(300), ())
