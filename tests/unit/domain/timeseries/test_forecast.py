from datetime import UTC, datetime
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.timeseries.forecast import SeriesForecast, forecast_series
from cloudflare_budgets.domain.timeseries.level import level_of
from cloudflare_budgets.domain.timeseries.series import DailySeries

# A Monday.
MONDAY = datetime(2026, 9, 28, tzinfo=UTC)


def ahead(numbers: list[int], days: int = 7) -> SeriesForecast:
    series = DailySeries(MONDAY, tuple(map(Decimal, numbers)))
    made = forecast_series(series, series.end + days * DAY)
    assert made is not None
    return made


def only(made: SeriesForecast) -> Decimal:
    """Give the number that every remaining day has."""
    (number,) = set(made.expected.values())
    return number


def test_without_a_day_there_is_no_forecast() -> None:
    assert forecast_series(DailySeries(MONDAY, ()), MONDAY + DAY) is None


def test_every_remaining_day_is_named_and_no_other() -> None:
    made = ahead([7] * 20, days=3)
    days = [MONDAY + index * DAY for index in (20, 21, 22)]
    assert made.low is not None
    assert made.high is not None
    assert [list(each) for each in (made.expected, made.low, made.high, made.continued)] == [days] * 4


@pytest.mark.parametrize("days", [0, -3])
def test_at_the_end_of_the_period_nothing_remains(days: int) -> None:
    made = ahead([7, 9] * 9, days)
    assert (made.expected, made.low, made.high, made.continued) == ({}, {}, {}, {})


def test_the_weekend_is_forecast_like_weekends() -> None:
    made = ahead([100, 100, 100, 100, 100, 20, 20] * 5)
    expected = list(made.expected.values())
    assert expected[:5] == [pytest.approx(100, rel=Decimal("0.02"))] * 5
    assert expected[5:] == [pytest.approx(20, rel=Decimal("0.1"))] * 2


def test_one_week_is_enough_to_report_the_weekend() -> None:
    made = ahead([100, 100, 100, 100, 100, 20, 20])
    expected = list(made.expected.values())
    assert min(expected[:5]) > 80
    assert max(expected[5:]) < 50
    assert not made.has_shifted


def test_a_weekend_is_no_shift_while_hardly_any_was_seen() -> None:
    week = [100, 100, 100, 100, 100, 5, 5]
    assert not ahead(week).has_shifted
    assert ahead([100] * 7 + [5] * 3).has_shifted


def test_a_weekday_with_its_own_level_is_forecast_at_that_level() -> None:
    made = ahead([300, 100, 100, 100, 100, 100, 100] * 5)
    first, *others = made.expected.values()
    assert first > 250
    assert max(others) < 115


def test_a_level_is_new_after_two_days() -> None:
    made = ahead([100] * 30 + [300] * 2)
    assert only(made) == 300
    assert made.has_shifted


def test_a_level_is_lower_after_three_days() -> None:
    assert not ahead([300] * 30 + [100] * 2).has_shifted
    made = ahead([300] * 30 + [100] * 3)
    assert only(made) == 100
    assert made.has_shifted


@pytest.mark.parametrize(
    ("before", "since", "is_shift"),
    [(100, 150, True), (100, 149, False), (150, 100, True), (150, 101, False)],
)
def test_half_as_much_again_is_a_new_level_and_so_is_a_third_less(
    *, before: int, since: int, is_shift: bool
) -> None:
    assert ahead([before] * 30 + [since] * 3).has_shifted == is_shift


def test_two_days_are_a_new_level_only_far_outside_the_spread_of_the_days_before() -> None:
    # Deviations of the logarithm: 0.2. Three times 1.4826 times 0.2 is a factor of 2.4.
    restless = [100, 122, 82] * 11
    assert not ahead([*restless, 235, 235]).has_shifted
    assert ahead([*restless, 250, 250]).has_shifted
    assert ahead([*restless, 235, 235, 235]).has_shifted


@pytest.mark.parametrize("newest", range(7))
def test_weekends_without_use_are_no_fall(newest: int) -> None:
    days = ([100] * 5 + [0] * 2) * 5
    made = ahead(days[: 28 + newest], days=14)
    assert not made.has_shifted
    assert sum(made.expected.values()) == pytest.approx(1000, rel=Decimal("0.15"))


def test_a_job_that_runs_once_a_week_continues() -> None:
    made = ahead(([0] * 4 + [70] + [0] * 2) * 5, days=14)
    assert made.low is not None
    assert made.high is not None
    assert sum(made.expected.values()) == 140
    assert sum(made.low.values()) < 140 < sum(made.high.values())


def test_a_new_level_needs_four_days_before_it_to_stand_apart_from() -> None:
    few = [Decimal(100)] * 3 + [Decimal(300)] * 2
    assert not level_of(few).has_shifted
    assert level_of([Decimal(100), *few]).has_shifted


def test_use_that_stays_at_nothing_is_no_new_level() -> None:
    assert not ahead([0] * 20).has_shifted


def test_one_day_out_of_line_is_no_level_even_when_it_is_the_newest() -> None:
    for numbers in ([100] * 30 + [3000], [100] * 29 + [3000, 100], [100] * 8 + [3000]):
        made = ahead(numbers)
        assert max(made.expected.values()) < 115
        assert min(made.expected.values()) > 85
        assert not made.has_shifted


def test_a_level_that_has_stayed_is_no_shift_any_more() -> None:
    made = ahead([100] * 20 + [300] * 15)
    assert not made.has_shifted
    assert only(made) == pytest.approx(300, rel=Decimal("0.01"))


def test_use_that_begins_after_nothing_is_a_new_level() -> None:
    made = ahead([10] + [0] * 20 + [50] * 2)
    assert made.has_shifted
    assert only(made) == 50


def test_an_idle_metric_has_no_future_usage_and_no_range() -> None:
    made = ahead([10] + [0] * 20)
    assert only(made) == 0
    assert (made.low, made.high) == (None, None)


def test_the_last_three_days_may_continue() -> None:
    assert set(ahead([100] * 30 + [200, 300, 400]).continued.values()) == {Decimal(300)}
    assert set(ahead([100, 200]).continued.values()) == {Decimal(150)}


@pytest.mark.parametrize(
    ("days", "has_range", "is_early"), [(3, False, True), (4, True, True), (7, True, False)]
)
def test_few_days_give_no_range_and_then_an_early_forecast(
    *, days: int, has_range: bool, is_early: bool
) -> None:
    made = ahead([100] * days)
    assert (made.low is not None, made.high is not None) == (has_range, has_range)
    assert made.is_early == is_early
    assert made.complete_days == days


def test_only_the_newest_five_weeks_count() -> None:
    assert ahead([900, 1, 70] * 9 + [100, 120] * 18) == ahead([5] * 27 + [100, 120] * 18)
    assert ahead([100] * 60).complete_days == 35


def factor_of(numbers: list[int], days: int) -> Decimal:
    """Say by how much the upper end is above the expected sum, and the lower end below it."""
    made = ahead(numbers, days)
    assert made.low is not None
    assert made.high is not None
    low, expected, high = (sum(side.values()) for side in (made.low, made.expected, made.high))
    assert high / expected == pytest.approx(expected / low, rel=Decimal("1e-9"))
    return high / Decimal(expected)


@pytest.mark.parametrize(
    ("numbers", "days", "factor"),
    [
        # The exponential function of 1.28 times a widening times a spread.
        # 1.05; of 22 weeks without a change and 5 of 0.08, 0.7236 times 0.08 * 5 / 27
        ([100] * 35, 7, "1.014512"),
        # ... times the root of 4 weeks
        ([100] * 35, 28, "1.029235"),
        # 1.5; without the two days of the new level there are 17 weeks: 0.7236 times 0.08 * 5 / 22
        ([30] * 30 + [100] * 2, 7, "1.025582"),
        # 1.2; no two weeks to compare: 0.7236 times 0.08
        ([100] * 13, 7, "1.092980"),
    ],
)
def test_the_range_is_the_one_computed_by_hand(numbers: list[int], days: int, factor: str) -> None:
    assert factor_of(numbers, days) == pytest.approx(Decimal(factor), rel=Decimal("0.00001"))


def test_noise_of_days_widens_the_range() -> None:
    # The median deviation from the level of 100 is a fifth, and weekly totals do not change.
    numbers = [80, 80, 100, 100, 100, 125, 125] * 5
    spread = Decimal("1.4826") * Decimal("1.25").ln()
    noise = spread * (1 / Decimal(7) + Decimal("1.57") / 7).sqrt()
    assert factor_of(numbers, 7) < (Decimal("1.28") * Decimal("1.05") * noise).exp()
    assert factor_of([100] * 35, 7) < factor_of([90, 110, 100, 120, 80, 100, 95, 105] * 4, 7)


def test_weeks_that_differ_widen_the_range() -> None:
    wandering = [number for week in (100, 130, 90, 120, 100) for number in [week] * 7]
    assert factor_of(wandering, 7) > Decimal("1.2") > factor_of([100] * 35, 7)


def test_the_range_has_an_end() -> None:
    assert factor_of([1, 10_000] * 17, 30) == pytest.approx(Decimal("1.4").exp(), rel=Decimal("1e-9"))


def test_one_spike_does_not_make_the_range_wide() -> None:
    numbers = [100, 90, 110] * 12
    numbers[20] = 3000
    assert factor_of(numbers, 14) < Decimal("1.4")


def test_days_without_use_between_others_widen_the_range_and_do_not_break_it() -> None:
    assert factor_of([0, 0, 100, 0, 0, 100, 0, 100, 0, 100, 0, 100, 0, 100] * 2, 7) > 3


@pytest.mark.parametrize("usual", [0, 2])
def test_on_the_first_day_of_a_runaway_the_range_reaches_to_more_of_the_same(usual: int) -> None:
    made = ahead([2] + [usual] * 33 + [900])
    assert made.low is not None
    assert made.high is not None
    assert not made.has_shifted
    assert max(made.expected.values()) <= usual
    assert max(made.low.values()) <= usual
    assert made.high == made.continued
    assert min(made.high.values()) >= 300


def test_a_spike_of_the_day_before_yesterday_is_over() -> None:
    made = ahead([100] * 30 + [9000, 100])
    assert made.high is not None
    assert max(made.high.values()) < 150
