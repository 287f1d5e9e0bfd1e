"""Reading Version 1 with several anchors and subscriptions, and its history."""

import pytest

from cloudflare_budgets.domain.primitives.period import Period
from tests.support.builders import day
from tests.support.canned_api import (
    subscribed,
    subscription,
    v1_api,
    v1_row,
)
from tests.unit.adapters.cloudflare.usage.v1.cycles import NOT_THERE, OCTOBER_CYCLE, days_of, ranges, read


def test_trap_12_a_cycle_that_a_calendar_period_touches_is_read_whole() -> None:
    october = [v1_row("2026-10-05", "2026-10-05", "0.5"), v1_row("2026-11-04", "2026-10-05", "0.25", "0.75")]
    reading = read(v1_api([v1_row()], {OCTOBER_CYCLE: october}))
    assert days_of(reading) == ["11-17", "10-05", "11-04"]


def test_trap_13_cycles_anchored_on_the_31st_begin_on_the_last_day_of_shorter_months() -> None:
    info = subscribed(subscription(start="2024-01-31"))
    starts = ("2026-10-31", "2026-09-30", "2026-08-31", "2026-07-31", "2026-06-30")
    ends = ("2026-10-30", "2026-09-29", "2026-08-30", "2026-07-30")
    dated = {(start, end): [v1_row(end, start)] for start, end in zip(starts[1:], ends, strict=True)}
    api = v1_api([v1_row("2026-11-17", starts[0])], dated, info)
    reading = read(api, Period(day("2026-07-01"), day("2026-11-23")))
    assert ranges(api) == [None, *dated]
    assert (reading.anchor_days, reading.complete_from) == ({"SUB-A": 31}, None)


def test_trap_13_an_anchor_that_a_short_month_hid_is_found_in_the_cycle_before() -> None:
    dated = {
        ("2026-01-28", "2026-02-27"): [v1_row("2026-02-27", "2026-01-31")],
        ("2025-12-31", "2026-01-30"): [v1_row("2026-01-30", "2025-12-31")],
    }
    api = v1_api([v1_row("2026-03-01", "2026-02-28")], dated, NOT_THERE)
    assert days_of(read(api, Period(day("2026-01-01"), day("2026-03-03")))) == ["03-01", "02-27", "01-30"]


def test_trap_14_subscriptions_with_different_anchors_are_each_read_in_their_own_cycles() -> None:
    info = subscribed(subscription(), subscription("SUB-B", "2024-06-20"))
    dated = {
        OCTOBER_CYCLE: [
            v1_row("2026-11-04", "2026-10-05"),
            v1_row("2026-10-20", "2026-10-20", SubscriptionId="SUB-B"),
            v1_row("2026-11-04", "2026-10-20", SubscriptionId="SUB-B"),
        ],
        ("2026-10-20", "2026-11-19"): [
            v1_row("2026-11-04", "2026-10-20", SubscriptionId="SUB-B"),
            v1_row("2026-11-19", "2026-10-20", SubscriptionId="SUB-B"),
        ],
    }
    undated = [v1_row(), v1_row("2026-11-20", "2026-11-20", SubscriptionId="SUB-B")]
    api = v1_api(undated, dated, info)
    reading = read(api)
    assert ranges(api) == [None, *dated]
    assert reading.anchor_days == {"SUB-A": 5, "SUB-B": 20}
    assert [(c.subscription_id, f"{c.charge_period_start:%m-%d}") for c in reading.charges] == [
        ("SUB-A", "11-17"),
        ("SUB-B", "11-20"),
        ("SUB-A", "11-04"),
        ("SUB-B", "10-20"),
        ("SUB-B", "11-04"),
        ("SUB-B", "11-19"),
    ]
    assert reading.complete_from is None


def test_trap_14_a_subscription_that_only_rows_name_has_the_anchor_that_they_show() -> None:
    dated = {("2026-10-20", "2026-11-19"): [v1_row("2026-11-19", "2026-10-20", SubscriptionId="SUB-B")]}
    undated = [v1_row(), v1_row("2026-11-20", "2026-11-20", SubscriptionId="SUB-B")]
    api = v1_api(undated, dated | {OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")]})
    assert days_of(read(api)) == ["11-17", "11-20", "11-04", "11-19"]


@pytest.mark.parametrize("end", ["2026-11-10T00:00:00Z", "2026-11-22T23:00:00Z"])
def test_a_subscription_that_has_ended_is_read_and_has_no_cycles_any_more(end: str) -> None:
    info = subscribed(subscription(), subscription("SUB-B", "2024-06-20", end_timestamp=end))
    last = ("2026-10-20", "2026-11-19") if end < "2026-11-20" else ("2026-11-20", "2026-11-22")
    dated = {
        OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")],
        last: [v1_row("2026-11-21", last[0], SubscriptionId="SUB-B")],
    }
    reading = read(v1_api([v1_row()], dated, info))
    assert "11-21" in days_of(reading)
    assert reading.anchor_days == {"SUB-A": 5}


def test_a_subscription_that_ended_before_the_period_is_not_requested() -> None:
    gone = subscription("SUB-0", "2024-06-20", end_timestamp="2026-10-31T00:00:00Z")
    api = v1_api(
        [v1_row()], {OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")]}, subscribed(subscription(), gone)
    )
    read(api)
    assert ranges(api) == [None, OCTOBER_CYCLE]


def test_a_subscription_without_any_usage_is_not_missed() -> None:
    zone_plan = subscription("SUB-PLAN", "2024-06-20")
    api = v1_api(
        [v1_row("2026-11-05")],
        {OCTOBER_CYCLE: [v1_row("2026-11-04", "2026-10-05")]},
        subscribed(subscription(), zone_plan),
    )
    assert read(api).complete_from is None
