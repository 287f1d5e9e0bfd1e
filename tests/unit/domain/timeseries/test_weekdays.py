from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.timeseries.series import DailySeries
from cloudflare_budgets.domain.timeseries.weekdays import weekday_factors

# A Thursday, so that neither end of a series is the end of a week.
THURSDAY = datetime(2026, 10, 1, tzinfo=UTC)


def factors(numbers: list[int]) -> tuple[Decimal, ...]:
    return weekday_factors(DailySeries(THURSDAY, tuple(map(Decimal, numbers))))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=40))
def test_the_mean_factor_is_one_and_none_is_zero(numbers: list[int]) -> None:
    found = factors(numbers)
    assert sum(found) == pytest.approx(Decimal(7), rel=Decimal("1e-20"))
    assert min(found) > 0


def test_five_days_say_nothing_about_weekends() -> None:
    assert factors([100, 100, 20, 20, 100]) == (Decimal(1),) * 7


def test_six_days_say_something_about_weekends() -> None:
    found = factors([100, 100, 20, 20, 100, 100])
    assert found[5] == found[6] < found[0] / 2


def test_in_the_first_weeks_all_working_days_are_alike() -> None:
    *working_days, saturday, sunday = factors([100, 90, 20, 30, 300, 100, 100, 100, 90, 20])
    assert len(set(working_days)) == 1
    assert saturday == sunday < working_days[0] / 2


def test_a_spike_makes_no_weekday() -> None:
    numbers = [100] * 35
    numbers[17] = 100_000
    assert all(abs(factor - 1) < Decimal("0.05") for factor in factors(numbers))


def test_growth_makes_no_weekday() -> None:
    assert all(abs(factor - 1) < Decimal("0.03") for factor in factors(list(range(100, 170, 2))))
