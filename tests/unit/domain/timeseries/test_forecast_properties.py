from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import assume, given
from hypothesis import strategies as st

from cloudflare_budgets.domain.primitives.amount import is_bounded
from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.timeseries.forecast import SeriesForecast, forecast_series
from cloudflare_budgets.domain.timeseries.series import DailySeries

JUNE = datetime(2026, 6, 1, tzinfo=UTC)

quantities = st.decimals(0, 10**6, places=3)
histories = st.lists(quantities, min_size=1, max_size=50)
# As wild as what is read from outside may be.
wild = st.lists(
    st.builds(
        lambda digits, exponent: Decimal(digits).scaleb(exponent),
        st.integers(-(10**24) + 1, 10**24 - 1),
        st.integers(-60, 0),
    ),
    min_size=1,
    max_size=40,
)


def made_from(numbers: list[Decimal], days: int, first: datetime = JUNE) -> SeriesForecast:
    series = DailySeries(first, tuple(numbers))
    made = forecast_series(series, series.end + days * DAY)
    assert made is not None
    return made


@given(histories, st.integers(0, 40))
def test_no_future_day_is_below_zero_and_each_is_in_its_range(numbers: list[Decimal], days: int) -> None:
    made = made_from(numbers, days)
    assert all(number >= 0 for number in made.continued.values())
    if made.low is None or made.high is None:
        assert all(number >= 0 for number in made.expected.values())
        return
    for day, number in made.expected.items():
        assert 0 <= made.low[day] <= number <= made.high[day]


@given(histories, st.integers(1, 30), st.decimals("0.001", 1000, places=3).filter(bool))
def test_ten_times_the_use_is_ten_times_the_forecast(
    numbers: list[Decimal], days: int, factor: Decimal
) -> None:
    made = made_from(numbers, days)
    scaled = made_from([number * factor for number in numbers], days)
    # Where a shift begins at exactly half as much again, the last digit decides.
    assume(made.has_shifted == scaled.has_shifted)
    for day, number in made.expected.items():
        assert abs(scaled.expected[day] - number * factor) <= abs(number * factor) * Decimal("1e-10")


@given(
    st.decimals("0.001", 10**9, places=3).filter(lambda number: len(number.as_tuple().digits) <= 12),
    st.integers(1, 50),
    st.integers(0, 30),
    st.integers(0, 6),
)
def test_a_steady_series_continues_exactly(number: Decimal, known: int, days: int, weekday: int) -> None:
    made = made_from([number] * known, days, JUNE + weekday * DAY)
    assert set(made.expected.values()) <= {number}
    assert set(made.continued.values()) <= {number}
    assert len(made.expected) == days


@given(st.integers(10, 10**6), st.integers(2, 50), st.integers(2, 4), st.integers(16, 40), st.integers(0, 6))
def test_two_days_at_a_new_level_are_that_level(
    level: int, times: int, seen: int, before: int, weekday: int
) -> None:
    numbers = [Decimal(level)] * before + [Decimal(level * times)] * seen
    made = made_from(numbers, 10, JUNE + weekday * DAY)
    assert made.has_shifted
    for number in made.expected.values():
        assert abs(number / (level * times) - 1) < Decimal("0.25")


@given(st.integers(10, 10**6), st.integers(5, 100), st.integers(0, 35), st.integers(0, 6))
def test_one_day_out_of_line_moves_no_forecast(level: int, times: int, place: int, weekday: int) -> None:
    numbers = [Decimal(level)] * 36
    numbers[place] *= times
    made = made_from(numbers, 10, JUNE + weekday * DAY)
    assert not made.has_shifted
    for number in made.expected.values():
        assert abs(number / level - 1) < Decimal("0.1")


@given(wild, st.integers(0, 20))
def test_whatever_is_read_the_forecast_can_be_summed_and_printed(numbers: list[Decimal], days: int) -> None:
    made = made_from(numbers, days)
    for each in (made.expected, made.low or {}, made.high or {}, made.continued):
        assert all(is_bounded(number) and number >= 0 for number in each.values())
        assert all(len(number.normalize().as_tuple().digits) <= 12 for number in each.values())


@given(histories, st.integers(1, 30))
def test_the_range_reaches_as_many_times_up_as_down(numbers: list[Decimal], days: int) -> None:
    made = made_from(numbers, days)
    assume(made.low is not None and made.high is not None and made.high != made.continued)
    assert made.low is not None
    assert made.high is not None
    low, expected, high = (sum(side.values()) for side in (made.low, made.expected, made.high))
    assume(low > 1)
    # More above than below where the newest days may be the first ones of a new level.
    assert high * low >= expected * expected * Decimal("0.999999")


@given(st.lists(st.decimals(0, 10**4, places=2), min_size=14, max_size=40), st.integers(1, 30))
def test_after_use_on_the_last_day_the_range_has_a_width(numbers: list[Decimal], days: int) -> None:
    made = made_from([*numbers, Decimal(100)], days)
    assert made.low is not None
    assert made.high is not None
    assert sum(made.low.values()) < sum(made.high.values())
