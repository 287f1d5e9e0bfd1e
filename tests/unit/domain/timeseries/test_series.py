from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.timeseries.series import DailySeries, series_of

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)


def day(number: int) -> datetime:
    return NOVEMBER + timedelta(days=number - 1)


def test_a_day_without_a_number_is_a_day_without_use() -> None:
    series = series_of({day(2): Decimal(5), day(5): Decimal(7)}, NOVEMBER, day(7))
    assert series == DailySeries(day(2), (Decimal(5), Decimal(0), Decimal(0), Decimal(7), Decimal(0)))


def test_days_before_the_first_use_are_no_history() -> None:
    series = series_of({day(1): Decimal(0), day(2): Decimal(-1), day(3): Decimal(4)}, NOVEMBER, day(4))
    assert series == DailySeries(day(3), (Decimal(4),))


def test_days_out_of_bounds_are_left_out() -> None:
    series = series_of({day(1): Decimal(9), day(3): Decimal(4), day(4): Decimal(9)}, day(2), day(4))
    assert series == DailySeries(day(3), (Decimal(4),))


def test_without_use_there_is_no_day() -> None:
    series = series_of({day(1): Decimal(0)}, NOVEMBER, day(9))
    assert series.numbers == ()
    assert series.end == day(9)


def test_the_newest_days_have_dates() -> None:
    series = DailySeries(NOVEMBER, (Decimal(1), Decimal(2), Decimal(3)))
    assert series.newest(2) == DailySeries(day(2), (Decimal(2), Decimal(3)))
    assert series.newest(9) == series


@given(st.dictionaries(st.integers(1, 60), st.decimals(0, 1000, places=2)), st.integers(1, 60))
def test_a_series_ends_with_the_last_complete_day_and_preserves_every_number(
    numbers: dict[int, Decimal], complete: int
) -> None:
    series = series_of({day(key): number for key, number in numbers.items()}, NOVEMBER, day(complete))
    assert series.end == day(complete)
    assert sum(series.numbers) == sum(number for key, number in numbers.items() if key < complete)
    assert all(
        series.numbers[index] == numbers.get((series.day(index) - NOVEMBER) // DAY + 1, 0)
        for index in range(len(series.numbers))
    )
