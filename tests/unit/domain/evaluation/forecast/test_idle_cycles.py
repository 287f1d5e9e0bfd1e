"""Billing cycles without a single row: of an idle subscription, of one that ended, and of no one at all."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Reading, arrange
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import ACCOUNT_ID, budget, charge, day, each_day, known
from tests.support.canned_api import ACCOUNT, subscribed, subscription, v1_api, v1_row
from tests.support.world import World

SPEND = '{"limit": "50 USD", "period": "billing_period"}'
HOURS = timedelta(hours=10)


def days(name: str, cycle: str, first: str, last: str) -> list[Charge]:
    """Use 1 USD on each of some days of a subscription's cycle."""
    return each_day(first, last, cost="1", billing_period_start=day(cycle), subscription_id=name)


def judged(as_of: datetime, reading: Reading, text: str = SPEND) -> dict[str, str]:
    """Say of each cycle where a budget stands in it, as far as days have come by an instant."""
    rows = [row for row in reading.charges if row.charge_period_end <= as_of]
    usage = arrange(ACCOUNT_ID, replace(reading, charges=rows))
    return {
        f"{each.window.period.start:%m-%d}": f"{each.status} {each.observed}"
        for each in evaluate([budget(text)], known(usage, as_of))
        if each.window
    }


def test_a_cycle_in_which_nothing_ever_came_is_zero_once_others_have_two_days_of_it() -> None:
    rows = days("WORKERS", "2026-11-05", "2026-11-05", "2026-11-29")
    reading = Reading("v1", rows, {"WORKERS": 5, "PLAN": 17})
    assert judged(day("2026-11-18") + HOURS, reading) == {"11-05": "ok 13 USD", "11-17": "unknown None"}
    assert judged(day("2026-11-19") + HOURS, reading) == {"11-05": "ok 14 USD", "11-17": "ok 0 USD"}
    assert judged(day("2026-11-30") + HOURS, reading) == {"11-05": "breached 25 USD", "11-17": "ok 0 USD"}


def test_zero_is_no_more_certain_than_the_data_of_the_others_are_fresh() -> None:
    rows = days("WORKERS", "2026-11-05", "2026-11-05", "2026-11-20")
    reading = Reading("v1", rows, {"WORKERS": 5, "PLAN": 17})
    assert judged(day("2026-11-23") + HOURS, reading)["11-17"] == "unknown 0 USD"


def test_an_answer_of_version_1_that_is_empty_for_what_was_used_before_proves_nothing() -> None:
    rows = [
        *days("WORKERS", "2026-11-05", "2026-11-05", "2026-11-29"),
        *days("IMAGES", "2026-10-17", "2026-10-17", "2026-11-16"),
    ]
    anchors = {"WORKERS": 5, "IMAGES": 17}
    as_of = day("2026-11-30") + HOURS
    assert judged(as_of, Reading("v1", rows, anchors))["11-17"] == "unknown None"
    # Version 2 gives all cycles in one answer.
    assert judged(as_of, Reading("v2", rows, anchors))["11-17"] == "ok 0 USD"


def test_what_was_used_until_its_cycle_began_is_missed_for_a_week() -> None:
    rows = [
        *days("WORKERS", "2026-11-05", "2026-11-05", "2026-11-29"),
        *days("IMAGES", "2026-10-17", "2026-10-17", "2026-11-16"),
    ]
    reading = Reading("v2", rows)
    for on, stands in (
        ("2026-11-20", "unknown None"),
        ("2026-11-24", "unknown None"),
        ("2026-11-25", "ok 0 USD"),
    ):
        assert judged(day(on) + HOURS, reading)["11-17"] == stands
    earlier = [row for row in rows if row.charge_period_start != day("2026-11-16")]
    assert judged(day("2026-11-24") + HOURS, replace(reading, charges=earlier))["11-17"] == "ok 0 USD"


def test_an_account_whose_only_cycle_is_empty_is_not_known() -> None:
    rows = days("WORKERS", "2026-10-05", "2026-10-05", "2026-11-04")
    as_of = day("2026-11-06") + HOURS
    assert judged(as_of, Reading("v1", rows, {"WORKERS": 5}))["11-05"] == "unknown None"
    assert judged(as_of, Reading("v1", (), {"WORKERS": 5})) == {"11-05": "unknown None"}


@pytest.mark.parametrize("source", ["v1", "v2"])
def test_after_a_change_of_plan_no_cycle_follows_the_one_that_was_left(source: str) -> None:
    rows = [
        *days("OLD", "2026-11-05", "2026-11-05", "2026-11-17"),
        *days("NEW", "2026-11-17", "2026-11-17", "2026-12-13"),
    ]
    reading = Reading(source, rows, {"NEW": 17} if source == "v1" else {})
    for on, expected in (
        ("2026-12-04", {"11-17": "ok 17 USD", "11-05": "ok 13 USD"}),
        ("2026-12-06", {"11-17": "ok 19 USD", "11-05": "ok 13 USD"}),
        ("2026-12-10", {"11-17": "ok 23 USD"}),
    ):
        assert judged(day(on) + HOURS, reading) == expected


def test_what_continues_after_another_cycle_began_is_followed() -> None:
    rows = [
        *days("OLD", "2026-11-05", "2026-11-05", "2026-11-18"),
        *days("NEW", "2026-11-17", "2026-11-17", "2026-12-13"),
    ]
    found = judged(day("2026-12-10") + HOURS, Reading("v2", rows))
    assert found == {"12-05": "ok 0 USD", "11-17": "ok 23 USD"}


def test_no_cycle_follows_that_of_a_subscription_that_has_ended() -> None:
    rows = [
        *days("OLD", "2026-11-05", "2026-11-05", "2026-11-25"),
        *days("NEW", "2026-11-17", "2026-11-17", "2026-12-13"),
    ]
    as_of = day("2026-12-10") + HOURS
    ended = Reading("v1", rows, {"NEW": 17}, ended=frozenset({"OLD"}))
    assert judged(as_of, ended) == {"11-17": "ok 23 USD"}
    shared = [*rows, charge("2026-11-06", cost="0", billing_period_start=day("2026-11-05"))]
    assert "12-05" in judged(as_of, replace(ended, charges=shared))


def test_where_nothing_else_is_there_the_cycle_after_the_last_one_is_not_known() -> None:
    rows = days("OLD", "2026-11-05", "2026-11-05", "2026-11-25")
    ended = Reading("v1", rows, ended=frozenset({"OLD"}))
    assert judged(day("2026-12-06") + HOURS, ended)["12-05"] == "unknown None"


def test_version_1_says_which_subscriptions_have_ended() -> None:
    gone = subscription("GONE", "2025-01-05", end_timestamp="2026-11-10T00:00:00Z")
    leaving = subscription("LEAVING", "2025-01-05", end_timestamp="2026-12-05T00:00:00Z")
    api = v1_api([v1_row()], info=subscribed(subscription(), gone, leaving))
    asked = Period(day("2026-10-18"), day("2026-11-23"))
    assert CloudflareUsageV1(api).read(ACCOUNT, UsageQuery(asked)).ended == {"GONE"}


def test_a_plan_without_usage_of_its_own_leaves_no_budget_unknown() -> None:
    rows = [v1_row(f"2026-11-{on:02}", "2026-11-05", 1, on - 4) for on in range(5, 30)]
    plan = subscription("ZONE-PLAN", "2025-01-11")
    api = v1_api(rows, info=subscribed(subscription(), plan))
    world = World(usage=CloudflareUsageV1(api), now=day("2026-11-30") + HOURS)  # type: ignore[arg-type]
    world.configuration.given_budgets = {"pool": SPEND.replace("50", "90")}
    (account,) = world.run().accounts
    assert [(each.status, str(each.observed)) for each in account.evaluations] == [
        ("ok", "0 USD"),
        ("ok", "25 USD"),
    ]
