from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.primitives.amount import is_bounded
from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.timeseries.series import DailySeries
from cloudflare_budgets.domain.timeseries.spike import spike

JUNE = datetime(2026, 6, 1, tzinfo=UTC)

histories = st.lists(st.decimals(0, 10**6, places=2), min_size=1, max_size=60)


def anything(extra: Decimal) -> bool:
    return extra > 0


@given(st.decimals(0, 10**14, places=9), st.integers(0, 60))
def test_a_steady_series_has_no_spike(number: Decimal, count: int) -> None:
    assert spike(DailySeries(JUNE, (number,) * count), anything) is None


@given(histories, st.decimals(0, 10**7, places=2))
def test_more_on_a_day_out_of_line_is_still_out_of_line(numbers: list[Decimal], more: Decimal) -> None:
    found = spike(DailySeries(JUNE, tuple(numbers)), anything, judged=1)
    higher = spike(DailySeries(JUNE, (*numbers[:-1], numbers[-1] + more)), anything, judged=1)
    if found is not None:
        assert higher is not None
        assert (higher.since, higher.usual) == (found.since, found.usual)


@given(histories, st.decimals(0, 10**6, places=2))
def test_what_is_reported_is_above_the_usual_by_what_is_worth_telling(
    numbers: list[Decimal], worth: Decimal
) -> None:
    found = spike(DailySeries(JUNE, tuple(numbers)), lambda extra: extra >= worth)
    if found is not None:
        assert found.quantity > found.usual
        assert found.quantity - found.usual >= worth - Decimal("0.001")
        assert found.since <= found.day < JUNE + len(numbers) * DAY
        assert is_bounded(found.usual)


@given(st.lists(st.decimals(0, 100, places=1), min_size=32, max_size=80))
def test_days_long_before_an_episode_may_be_forgotten(numbers: list[Decimal]) -> None:
    series = DailySeries(JUNE, (*numbers, Decimal(900)))
    found = spike(series, anything)
    assert found is not None
    enough = (series.end - found.since) // DAY + 28
    assert spike(series.newest(enough + 3), anything) == found


@given(histories)
def test_an_episode_preserves_its_first_day_while_it_lasts(numbers: list[Decimal]) -> None:
    found = spike(DailySeries(JUNE, tuple(numbers)), anything, judged=1)
    longer = spike(DailySeries(JUNE, (*numbers, Decimal(10**9))), anything, judged=1)
    if found is not None and longer is not None:
        assert (longer.since, longer.days) == (found.since, found.days + 1)


@given(st.integers(1, 10**6), st.integers(2, 100), st.integers(3, 20), st.integers(0, 6))
def test_two_spikes_apart_are_two_episodes(level: int, times: int, apart: int, weekday: int) -> None:
    usual = [Decimal(level)] * 28
    first = [*usual, Decimal(level * times)]
    second = [*first, *usual[:apart], Decimal(level * times)]
    start = JUNE + weekday * DAY
    one, two = (spike(DailySeries(start, tuple(days)), anything) for days in (first, second))
    assert one is not None
    assert two is not None
    assert (one.since, two.since) == (start + 28 * DAY, start + (29 + apart) * DAY)
