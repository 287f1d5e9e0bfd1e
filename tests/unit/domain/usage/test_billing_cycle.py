from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.usage.billing_cycle import cycle_containing, cycle_starting
from tests.support.builders import day

anchors = st.integers(1, 31)
instants = st.integers(0, 7 * 366 * 86_400).map(
    lambda seconds: day("2024-01-01") + timedelta(seconds=seconds)
)


@given(anchors, instants)
def test_cycles_tile_time_without_gap_or_overlap(anchor: int, instant: datetime) -> None:
    cycle = cycle_containing(anchor, instant).period
    assert instant in cycle
    assert cycle_containing(anchor, cycle.end).period.start == cycle.end
    assert cycle_containing(anchor, cycle.start - timedelta(microseconds=1)).period.end == cycle.start
    assert timedelta(days=28) <= cycle.end - cycle.start <= timedelta(days=31)


def test_every_anchor_on_every_day_from_2024_to_2030_is_in_exactly_one_cycle() -> None:
    for anchor in range(1, 32):
        end = cycle_containing(anchor, day("2024-01-01")).period.end
        while end < day("2031-01-01"):
            cycle = cycle_containing(anchor, end).period
            assert cycle.start == end
            assert cycle.start.day == anchor or (cycle.start + timedelta(days=1)).day == 1
            end = cycle.end


@pytest.mark.parametrize(
    ("anchor", "instant", "start", "end"),
    [
        (5, "2026-11-19", "2026-11-05", "2026-12-05"),
        (5, "2026-11-04", "2026-10-05", "2026-11-05"),
        (31, "2026-02-28", "2026-02-28", "2026-03-31"),
        (31, "2026-03-30", "2026-02-28", "2026-03-31"),
        (30, "2024-02-29", "2024-02-29", "2024-03-30"),
        (29, "2026-02-28", "2026-02-28", "2026-03-29"),
        (1, "2026-11-01", "2026-11-01", "2026-12-01"),
        (31, "2026-12-31", "2026-12-31", "2027-01-31"),
    ],
)
def test_a_month_without_the_anchor_day_begins_its_cycle_on_its_last(
    anchor: int, instant: str, start: str, end: str
) -> None:
    cycle = cycle_containing(anchor, day(instant))
    assert (cycle.period.start, cycle.period.end, cycle.estimated) == (day(start), day(end), True)


@given(anchors, instants)
def test_a_given_start_and_its_anchor_make_the_same_cycle(anchor: int, instant: datetime) -> None:
    cycle = cycle_containing(anchor, instant)
    assert cycle_starting(cycle.period.start, anchor) == cycle


def test_without_its_anchor_a_start_on_a_short_months_last_day_ends_early_at_worst() -> None:
    assert cycle_starting(day("2026-02-28")).period.end == day("2026-03-28")
    assert cycle_starting(day("2026-02-28"), 31).period.end == day("2026-03-31")
