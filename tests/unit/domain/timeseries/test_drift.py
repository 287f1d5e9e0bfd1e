from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.timeseries.drift import PRIOR_DRIFT, weekly_drift

CALM = Decimal(0)
quantities = st.decimals(0, 10**6, places=3)


def drift(numbers: list[int], spread: str = "0") -> Decimal:
    return weekly_drift(list(map(Decimal, numbers)), Decimal(spread))


@pytest.mark.parametrize("days", [0, 1, 6, 7, 13])
def test_with_no_two_weeks_to_compare_the_drift_is_the_prior(days: int) -> None:
    assert drift([100] * days) == PRIOR_DRIFT


def test_a_calm_series_has_a_small_drift_and_not_zero() -> None:
    # 22 pairs of weeks without a change, and the prior with the weight of 5.
    assert drift([100] * 35) == pytest.approx(PRIOR_DRIFT * 5 / 27)


def test_weeks_that_double_have_a_drift_of_the_logarithm_of_two() -> None:
    assert drift([10] * 7 + [20] * 7) == pytest.approx(
        (Decimal(2).ln() + PRIOR_DRIFT * 5) / 6, rel=Decimal("1e-6")
    )


def test_a_weekday_pattern_is_no_drift() -> None:
    assert drift([100, 90, 80, 100, 110, 10, 0] * 5) == drift([7] * 35)


def test_the_noise_of_single_days_is_no_drift() -> None:
    numbers = [100, 130] * 17
    assert drift(numbers, "0.2") < drift(numbers, "0.01")
    assert drift(numbers, "5") == drift([1] * 34)


def test_a_spike_counts_for_three_usual_days() -> None:
    with_spike = [100] * 35
    with_spike[17] = 10**9
    limited = [100] * 35
    limited[17] = 300
    assert drift(with_spike) == drift(limited)


def test_weeks_without_use_are_compared_with_others_alone() -> None:
    assert drift([0] * 35) == PRIOR_DRIFT
    assert drift([0] * 20 + [5] * 15) > Decimal("0.5")


@given(st.lists(quantities, max_size=40), st.decimals(0, 5, places=3))
def test_the_drift_is_within_a_factor_of_ten(numbers: list[Decimal], spread: Decimal) -> None:
    assert 0 < weekly_drift(numbers, spread) <= Decimal(10).ln()


@given(
    st.lists(st.integers(0, 10**6).map(Decimal), max_size=40),
    st.decimals(0, 1, places=3),
    st.sampled_from(["0.001", "1000", "37"]),
)
def test_the_unit_of_the_quantities_does_not_change_the_drift(
    numbers: list[Decimal], spread: Decimal, factor: str
) -> None:
    scaled = [number * Decimal(factor) for number in numbers]
    assert weekly_drift(scaled, spread) == pytest.approx(
        weekly_drift(numbers, spread), rel=Decimal("1e-3"), abs=Decimal("1e-4")
    )


@given(st.lists(quantities, max_size=40))
def test_calmer_days_leave_more_for_the_drift(numbers: list[Decimal]) -> None:
    assert weekly_drift(numbers, CALM) >= weekly_drift(numbers, Decimal("0.1"))
