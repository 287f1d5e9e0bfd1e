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


def test_one_week_is_enough_to_tell_the_weekend() -> None:
    made = ahead([100, 100, 100, 100, 100, 20, 20])
    expected = list(made.expected.values())
    assert min(expected[:5]) > 80
    assert max(expected[5:]) < 50
    assert not made.has_shifted


def test_a_weekend_is_no_shift_while_hardly_any_was_seen() -> None:
    week = [100, 100, 100, 100, 100, 5, 5]
    assert not ahead(week).has_shifted
    assert ahead([100] * 7 + [5] * 3).has_shifted


def test_a_weekday_with_its_own_habit_keeps_it() -> None:
    made = ahead([300, 100, 100, 100, 100, 100, 100] * 5)
    first, *others = made.expected.values()
    assert first > 250
    assert max(others) < 115


def test_a_level_is_new_after_two_days() -> None:
    made = ahead([100] * 30 + [300] * 2)
    assert only(made) == 300
    assert made.has_shifted


def test_a_level_may_fall() -> None:
    made = ahead([300] * 30 + [100] * 2)
    assert only(made) == 100
    assert made.has_shifted


@pytest.mark.parametrize(
    ("before", "since", "is_shift"),
    [(100, 150, True), (100, 149, False), (150, 100, True), (150, 101, False)],
)
def test_half_as_much_again_is_a_new_level_and_so_is_a_third_less(
    *, before: int, since: int, is_shift: bool
) -> None:
    assert ahead([before] * 30 + [since] * 2).has_shifted == is_shift


def test_a_new_level_takes_four_days_before_it_to_stand_apart_from() -> None:
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


def test_nothing_used_of_late_is_nothing_to_come_and_has_no_range() -> None:
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


@pytest.mark.parametrize(
    ("numbers", "share"),
    [
        # 1.28 times 1.3 times the root of 0.05² / 7 + 1.57 · 0.05² / 7 + 0.01²
        ([100] * 35, "0.0530880"),
        # 1.28 times 1.6 times the root of 0.05² / 7 + 1.57 · 0.05² / 2 + 0.01²
        ([30] * 30 + [100] * 2, "0.1007408"),
        # 1.28 times 2 times the root of 0.05² / 7 + 1.57 · 0.05² / 7 + 0.01²
        ([100] * 13, "0.0816739"),
    ],
)
def test_the_range_is_the_one_computed_by_hand(numbers: list[int], share: str) -> None:
    made = ahead(numbers, days=7)
    assert made.low is not None
    assert made.high is not None
    assert sum(made.high.values()) == pytest.approx(700 * (1 + Decimal(share)), rel=Decimal("0.00001"))
    assert sum(made.low.values()) == pytest.approx(700 * (1 - Decimal(share)), rel=Decimal("0.00001"))


@pytest.mark.parametrize(
    ("days", "share"),
    [
        # 1.28 times 1.3 times the root of 0.05² / n + 1.57 · 0.05² / 7 + (0.01 · √(n / 7) · min(1, n / 7))²
        (3, "0.0623038"),
        (14, "0.0509979"),
    ],
)
def test_a_level_drifts_the_farther_the_longer_it_is_to_last(days: int, share: str) -> None:
    made = ahead([100] * 35, days)
    assert made.high is not None
    assert sum(made.high.values()) == pytest.approx(
        100 * days * (1 + Decimal(share)), rel=Decimal("0.0000001")
    )


def test_days_without_use_between_others_widen_the_range_and_do_not_break_it() -> None:
    made = ahead([0, 0, 100, 0, 0, 100, 0, 100, 0, 100, 0, 100, 0, 100] * 2)
    assert made.low is not None
    assert set(made.low.values()) == {Decimal(0)}
