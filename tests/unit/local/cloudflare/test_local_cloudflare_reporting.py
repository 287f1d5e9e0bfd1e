from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.cloudflare.accounts.metering import days_of_use
from local.cloudflare.accounts.reporting import Drop, Reporting, Restatement
from local.cloudflare.accounts.self_serve import (
    LATE,
    RESTATED,
    SELF_SERVE,
    self_serve,
    self_serve_runaway,
    shrinking,
    vanishing,
    with_a_gap,
)

if TYPE_CHECKING:
    from local.cloudflare.accounts.account import Account

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
REQUESTS = "workers_standard_requests"
ANCHOR = date(2025, 3, 5)


def _quantities(account: Account, now: datetime, metric_id: str = REQUESTS) -> dict[date, Decimal]:
    used = days_of_use(account, date(2026, 11, 5), date(2026, 12, 4), now)
    return {one.day: one.quantity for one in used if one.metric.id == metric_id}


def _seen(reporting: Reporting, day: date, hours_after_its_end: list[int]) -> list[Decimal]:
    account = self_serve("Restated", ANCHOR, reporting)
    end = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=1)
    return [_quantities(account, end + timedelta(hours=hours))[day] for hours in hours_after_its_end]


@pytest.mark.parametrize(
    ("account", "hours"), [(LATE, 30), (SELF_SERVE, 8)], ids=lambda value: getattr(value, "name", value)
)
def test_a_day_appears_so_many_hours_after_its_end(account: Account, hours: int) -> None:
    day = date(2026, 11, 12)
    there = datetime(2026, 11, 13, tzinfo=UTC) + timedelta(hours=hours)

    assert max(_quantities(account, there)) == day
    assert max(_quantities(account, there - timedelta(seconds=1))) == day - timedelta(days=1)


def test_the_running_day_is_there_where_nothing_is_late() -> None:
    at_once = self_serve("At Once", ANCHOR, Reporting())

    assert max(_quantities(at_once, NOW)) == NOW.date()
    assert _quantities(at_once, NOW)[NOW.date()] < _quantities(at_once, NOW + timedelta(hours=9))[NOW.date()]


def test_a_restated_day_grows_until_it_is_settled() -> None:
    growing = Reporting(restatement=Restatement(4, lowest_percent=80, highest_percent=80))

    running, *days = _seen(growing, date(2026, 11, 10), [-1, 1, 25, 49, 73, 97, 500])
    final = days[-1]
    assert running < days[0]
    assert [round(quantity / final, 3) for quantity in days] == [
        Decimal(share) for share in ("0.8", "0.85", "0.9", "0.95", "1", "1")
    ]


def test_a_restated_day_may_shrink_instead() -> None:
    shrinking_days = Reporting(restatement=Restatement(2, lowest_percent=120, highest_percent=120))

    days = _seen(shrinking_days, date(2026, 11, 10), [1, 25, 49])
    assert [round(quantity / days[-1], 3) for quantity in days] == [Decimal("1.2"), Decimal("1.1"), 1]


def test_restatement_changes_in_both_directions_and_is_the_same_each_time() -> None:
    settled = _quantities(RESTATED, NOW + timedelta(days=10))
    now = _quantities(RESTATED, NOW)

    assert now == _quantities(RESTATED, NOW)
    recent = [now[day] / settled[day] for day in sorted(now)[-5:-1]]
    assert len(set(recent)) > 1
    assert all(now[day] == settled[day] for day in sorted(now)[:-5])
    first_reports = [
        _quantities(RESTATED, datetime(2026, 11, day + 1, 1, tzinfo=UTC))[date(2026, 11, day)]
        - settled[date(2026, 11, day)]
        for day in range(5, 22)
    ]
    assert min(first_reports) < 0 < max(first_reports)


def test_a_metric_is_not_reported_any_more_and_its_past_stays() -> None:
    quantities = _quantities(vanishing(NOW), NOW)

    assert max(quantities) == date(2026, 11, 19)
    assert min(quantities) == date(2026, 11, 5)
    assert max(_quantities(vanishing(NOW), NOW, "d1_rows_read")) == NOW.date()


def test_a_total_decreases_at_its_moment() -> None:
    account = shrinking(NOW)
    midnight = datetime(2026, 11, 22, tzinfo=UTC)

    before, after = (
        sum(_quantities(account, moment).values()) for moment in (midnight - timedelta(seconds=1), midnight)
    )
    assert round(after / before, 3) == Decimal("0.6")


def test_a_drop_to_zero_removes_the_rows() -> None:
    drop = Drop(datetime(2026, 11, 20, tzinfo=UTC), percent=0, metric_id=REQUESTS)
    account = self_serve("Gone", ANCHOR, Reporting(drops=(drop,)))

    assert set(_quantities(account, NOW)) == {date(2026, 11, day) for day in (20, 21, 22)}
    assert min(_quantities(account, NOW, "d1_rows_read")) == date(2026, 11, 5)


def test_the_meters_of_a_missing_day_have_counted() -> None:
    used = [
        one
        for one in days_of_use(with_a_gap(NOW), date(2026, 11, 5), NOW.date(), NOW)
        if one.metric.id == "workers_cpu_ms"
    ]

    assert {date(2026, 11, day) for day in range(5, 23)} - {one.day for one in used} == {
        date(2026, 11, 17),
        date(2026, 11, 18),
    }
    assert sum(one.quantity for one in used) < used[-1].after.quantity


@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001 - they get one
def test_whatever_happens_days_ago_happens_in_the_running_cycle(now: datetime) -> None:
    for account in (self_serve_runaway(now), vanishing(now), shrinking(now), with_a_gap(now)):
        [subscription] = account.subscriptions
        assert 14 <= (now.date() - subscription.cycle_on(now.date()).start).days <= 20
