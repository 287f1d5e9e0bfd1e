"""What a budget's amount is expected to be when its period ends."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.pricing.price import IncludedPer, Rounding
from cloudflare_budgets.domain.usage.history import records_of
from tests.support.builders import (
    AS_OF,
    charge,
    day,
    each_day,
    judged,
    price,
    prices,
    usage_since,
)
from tests.unit.domain.evaluation.forecast.budget.forecasts import QUANTITY, SPEND, TENS, forecast


def test_a_steady_month_continues_as_it_began() -> None:
    found = forecast(QUANTITY, *TENS)
    assert (found.expected, found.continued, found.complete_days) == (Decimal(300), Decimal(300), 21)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 300 < found.high


def test_the_unfinished_day_counts_as_used_but_says_nothing_of_a_day() -> None:
    assert forecast(QUANTITY, *TENS, charge("2026-11-22", "2")).expected == 300
    assert forecast(QUANTITY, *TENS, charge("2026-11-22", "200")).expected == 490


def test_each_metric_is_forecast_by_itself() -> None:
    later = each_day("2026-11-20", "2026-11-21", "50", metric="r2")
    assert forecast(QUANTITY, *TENS, *later).expected == 300 + 2 * 50 + 9 * 50


def test_one_day_of_a_new_metric_is_expected_to_stay_one_until_it_continues() -> None:
    first = charge("2026-11-21", "50", metric="r2")
    found = forecast(QUANTITY, *TENS, first)
    assert (found.expected, found.has_shifted) == (Decimal(350), False)
    assert found.high is not None
    assert found.high > 350 + 2 * 9 * 50
    # The last three days are 0, 0 and 50.
    assert found.continued == pytest.approx(350 + 9 * Decimal(50) / 3)
    goes_on = forecast(QUANTITY, *TENS, first, charge("2026-11-20", "50", metric="r2"))
    assert (goes_on.expected, goes_on.has_shifted) == (Decimal(300 + 100 + 9 * 50), True)


@pytest.mark.parametrize("began", ["2026-11-20", "2026-11-21"])
def test_a_new_metric_that_was_used_once_costs_what_it_did(began: str) -> None:
    once = charge(began, "20", metric="r2")
    found = forecast(SPEND, *TENS, once, prices=prices(price(), price(metric="r2")))
    assert found.expected == 320


def test_in_a_new_account_every_day_counts_from_its_first_one() -> None:
    as_of = datetime(2026, 11, 4, 10, tzinfo=UTC)
    rows = [*each_day("2026-11-01", "2026-11-03", "10"), charge("2026-11-02", "4", metric="r2")]
    rows += [charge("2026-11-03", "4", metric="r2")]
    assert forecast(QUANTITY, *rows, as_of=as_of).expected == 30 * 10 + 29 * 4


@given(
    st.lists(st.integers(1, 10**9), min_size=1, max_size=2),
    st.integers(1, 19),
    st.sampled_from([QUANTITY, SPEND]),
)
def test_a_new_metric_is_expected_between_what_it_was_and_twice_its_days(
    numbers: list[int], watched: int, text: str
) -> None:
    account = charge(f"2026-11-{22 - len(numbers) - watched:02}", "1", metric="r2")
    rows = [charge(f"2026-11-{21 - place:02}", str(number)) for place, number in enumerate(numbers)]
    listed = prices(price(), price(metric="r2"))
    evaluation = judged(text, usage_since("2026-11-01", account, *rows), prices=listed)
    found, used = evaluation.forecast, sum(numbers)
    if found:
        assert used <= found.expected <= 1 + used + 9 * max(numbers) * Decimal("1.000000001")
        assert found.low is None or used <= found.low <= found.expected
        assert found.high is None or found.expected <= found.high


def test_a_change_of_level_is_followed_and_reported() -> None:
    rows = [*each_day("2026-11-01", "2026-11-18", "10"), *each_day("2026-11-19", "2026-11-21", "100")]
    found = forecast(QUANTITY, *rows)
    assert found.has_shifted
    assert found.expected > 1000


def test_the_last_three_days_that_go_on_are_a_scenario_of_their_own() -> None:
    rows = [*each_day("2026-11-01", "2026-11-20", "10"), charge("2026-11-21", "310")]
    found = forecast(QUANTITY, *rows)
    assert (found.expected, found.continued) == (Decimal(600), Decimal(510 + 9 * 110))


@pytest.mark.parametrize(
    ("last", "has_outlook", "has_range", "is_early"),
    [
        ("2026-11-02", False, False, True),
        ("2026-11-03", True, False, True),
        ("2026-11-04", True, True, True),
        ("2026-11-06", True, True, True),
        ("2026-11-07", True, True, False),
    ],
)
def test_nothing_is_forecast_before_three_complete_days_and_no_range_before_four(
    last: str,
    has_outlook: bool,  # noqa: FBT001 - the case
    has_range: bool,  # noqa: FBT001 - the case
    is_early: bool,  # noqa: FBT001 - the case
) -> None:
    as_of = day(last).replace(hour=10) + (AS_OF - AS_OF.replace(day=21))
    rows = each_day("2026-11-01", last, "10")
    unfinished = charge(f"{as_of:%Y-%m-%d}", "5")
    found = judged(QUANTITY, usage_since("2026-11-01", *rows, unfinished, as_of=as_of), as_of).forecast
    assert (found is not None) == has_outlook
    if found:
        assert (found.high is not None, found.is_early) == (has_range, is_early)
        assert found.complete_days == len(rows)


def test_days_without_anything_before_the_account_was_used_are_no_complete_days() -> None:
    found = usage_since("2026-11-01", *each_day("2026-11-20", "2026-11-21", "10"))
    assert judged(QUANTITY, found).forecast is None


def test_stale_usage_forecasts_nothing() -> None:
    found = usage_since("2026-11-01", *each_day("2026-11-01", "2026-11-18", "10"))
    evaluation = judged(QUANTITY, found)
    assert (evaluation.forecast, evaluation.forecast_crossed) == (None, ())


def test_the_allowance_is_used_up_first_and_then_the_price_holds() -> None:
    listed = prices(price("2", "200"))
    found = forecast(SPEND, *TENS, prices=listed)
    assert found.expected == 2 * (300 - 200)


def test_what_stays_within_the_allowance_is_expected_to_cost_nothing() -> None:
    found = forecast(SPEND, *TENS, prices=prices(price("2", "300")))
    assert found.expected == 0
    assert found.high is not None
    assert found.high > 0


def test_blocks_and_daily_allowances_hold_for_the_future_days() -> None:
    blocks = prices(price("7", per=Decimal(290), rounding=Rounding.BLOCK))
    assert forecast(SPEND, *TENS, prices=blocks).expected == 14
    daily = prices(price("1", "8", included_per=IncludedPer.DAY))
    assert forecast(SPEND, *TENS, prices=daily).expected == 60


def test_the_allowance_begins_again_with_the_next_cycle() -> None:
    cycle: dict[str, Any] = {
        "billing_period_start": day("2026-10-25"),
        "billing_period_end": day("2026-11-25"),
    }
    rows = each_day("2026-11-01", "2026-11-21", "10", **cycle)
    before = records_of(
        usage_since("2026-10-20", *each_day("2026-10-25", "2026-10-31", "10", **cycle)), AS_OF
    )
    # 310 until the 24th, and then 60 of the next hundred.
    found = forecast(SPEND, *rows, prices=prices(price("1", "100")), history=before)
    assert found.expected == 210
