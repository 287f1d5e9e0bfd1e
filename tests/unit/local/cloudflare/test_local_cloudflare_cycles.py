from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cloudflare.accounts.catalog import CATEGORIES, METRICS
from local.cloudflare.accounts.subscriptions import Cycle, Subscription

DAYS = st.dates(date(2024, 1, 1), date(2030, 12, 31))
ANCHORS = st.integers(1, 31)


def _anchored_on(day: int) -> Subscription:
    return Subscription("S", "Pay as you go", CATEGORIES, date(2023, 1, day))


@given(ANCHORS, DAYS)
def test_cycles_follow_one_another_without_gap_or_overlap(anchor: int, day: date) -> None:
    subscription = _anchored_on(anchor)
    cycle = subscription.cycle_on(day)

    assert cycle.start <= day < cycle.end
    assert subscription.cycle_on(cycle.start) == subscription.cycle_on(cycle.end - timedelta(days=1)) == cycle
    assert subscription.cycle_on(cycle.end).start == cycle.end
    assert subscription.cycle_before(cycle).end == cycle.start


@given(ANCHORS, DAYS)
def test_a_cycle_starts_on_the_anchor_day_or_the_last_day_of_a_shorter_month(anchor: int, day: date) -> None:
    start = _anchored_on(anchor).cycle_on(day).start

    assert start.day == anchor or (start.day < anchor and (start + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("anchor", "day", "cycle"),
    [
        (5, date(2026, 11, 22), Cycle(date(2026, 11, 5), date(2026, 12, 5))),
        (14, date(2026, 4, 1), Cycle(date(2026, 3, 14), date(2026, 4, 14))),
        (31, date(2026, 2, 27), Cycle(date(2026, 1, 31), date(2026, 2, 28))),
        (31, date(2028, 2, 29), Cycle(date(2028, 2, 29), date(2028, 3, 31))),
        (30, date(2026, 3, 1), Cycle(date(2026, 2, 28), date(2026, 3, 30))),
        (29, date(2028, 3, 28), Cycle(date(2028, 2, 29), date(2028, 3, 29))),
    ],
)
def test_known_cycles(anchor: int, day: date, cycle: Cycle) -> None:
    assert _anchored_on(anchor).cycle_on(day) == cycle


def test_a_subscription_bills_its_categories_from_its_start_until_its_end() -> None:
    metric = METRICS[0]
    subscription = Subscription("S", "Short", (metric.category,), date(2026, 3, 5), date(2026, 4, 1))

    assert [subscription.bills(metric, date(2026, *day)) for day in ((3, 4), (3, 5), (3, 31), (4, 1))] == [
        False,
        True,
        True,
        False,
    ]
    other = next(other for other in METRICS if other.category != metric.category)
    assert not subscription.bills(other, date(2026, 3, 10))
