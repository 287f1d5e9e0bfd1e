"""Periods that end while alerts cannot be sent: they are evaluated again, whatever was muted meanwhile."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cloudflare_budgets.domain.run.state import AccountState
from cloudflare_budgets.errors import AlertUndeliveredError
from tests.support.builders import ACCOUNT_ID, charge, day, each_day
from tests.support.world import OTHER, WATCHED, FakeRunStateStore, World

DAY = timedelta(days=1)
NO_ANSWER = AlertUndeliveredError("no answer")


@pytest.fixture
def world() -> World:
    world = World(run_store=FakeRunStateStore(state=WATCHED))
    world.now = at("2026-11-20")
    return world


def at(on: str) -> datetime:
    return day(on) + timedelta(hours=10)


def plan(world: World, muted_until: str | None = None, period: str = "day") -> None:
    document = {"limit": "50 USD", "period": period, "thresholds": ["100%"], "muted_until": muted_until}
    world.configuration.given_budgets = {
        "spend": json.dumps({key: each for key, each in document.items() if each})
    }


def run_each_day(world: World, after: str, until: str, *breached: str) -> None:
    """Run once a day; usage is 1 USD a day, and 60 USD on the `breached` days."""
    world.now = at(after)
    while world.now < at(until):
        world.now += DAY
        days = [f"{day('2026-11-01') + number * DAY:%Y-%m-%d}" for number in range(60)]
        known = [on for on in days if day(on) + DAY <= world.now]
        world.use(*(charge(on, cost="60" if on in breached else "1") for on in known))
        world.run()


def told(world: World, kind: str) -> list[str]:
    alerts = [message.alert for message in world.topic.published if message.alert["type"] == kind]
    included = [each for alert in alerts for each in (alert, *alert["also"]) if each["type"] == kind]
    return [each["period"]["start"][:10] for each in included]


def test_a_crossing_that_was_held_is_sent_although_its_budget_was_muted_before_anyone_subscribed(
    world: World,
) -> None:
    plan(world)
    run_each_day(world, "2026-11-19", "2026-11-20")
    world.topic.subscriptions = 0
    run_each_day(world, "2026-11-20", "2026-11-24", "2026-11-21")
    plan(world, muted_until="2026-12-02")
    run_each_day(world, "2026-11-24", "2026-12-03", "2026-11-21")
    world.topic.subscriptions = 1
    run_each_day(world, "2026-12-03", "2026-12-05", "2026-11-21")
    assert told(world, "threshold_crossed") == ["2026-11-21"]


def test_a_first_check_without_a_subscriber_begins_the_time_that_is_evaluated_later(world: World) -> None:
    plan(world)
    world.topic.subscriptions = 0
    run_each_day(world, "2026-11-19", "2026-12-03", "2026-11-18", "2026-11-21")
    world.topic.subscriptions = 1
    run_each_day(world, "2026-12-03", "2026-12-04", "2026-11-18", "2026-11-21")
    assert told(world, "threshold_crossed") == ["2026-11-21", "2026-11-18"]


def test_a_month_that_closes_while_older_alerts_cannot_be_sent_is_reported_afterwards(world: World) -> None:
    plan(world, period="month")
    run_each_day(world, "2026-11-24", "2026-11-27")
    world.topic.faults = {"publish": NO_ANSWER}
    run_each_day(world, "2026-11-27", "2026-11-29", "2026-11-27")
    plan(world, muted_until="2026-12-10", period="month")
    run_each_day(world, "2026-11-29", "2026-12-11", "2026-11-27")
    world.topic.faults = {}
    run_each_day(world, "2026-12-11", "2026-12-12", "2026-11-27")
    assert told(world, "threshold_crossed") == ["2026-11-01"]
    assert told(world, "period_closed") == ["2026-11-01"]


def test_alerts_of_one_account_that_cannot_be_sent_do_not_keep_the_periods_of_another(world: World) -> None:
    plan(world)
    run_each_day(world, "2026-11-19", "2026-11-20")
    world.topic.faults = {"publish": NO_ANSWER}
    run_each_day(world, "2026-11-20", "2026-11-23", "2026-11-21")
    kept = world.accounts.states[ACCOUNT_ID].judged_through
    world.configuration.given_accounts = [OTHER]
    world.usage.rows = {OTHER.account_id: each_day("2026-11-01", "2026-11-29", cost="1")}
    world.now = at("2026-11-30")
    world.run()
    assert kept == day("2026-11-18")
    assert world.accounts.states[OTHER.account_id] == replace(
        world.accounts.states[OTHER.account_id], judged_through=day("2026-11-27")
    )


def test_periods_that_could_not_be_reported_for_a_month_are_named_with_both_causes(world: World) -> None:
    plan(world)
    world.run_store.state = replace(WATCHED, budgets={"spend": day("2026-09-01")})
    world.accounts.states[ACCOUNT_ID] = AccountState(judged_through=day("2026-10-01"))
    run_each_day(world, "2026-11-19", "2026-11-20")
    (message,) = [each for each in world.topic.published if "not_judged" in str(each.alert)]
    assert "could not be read, or its alerts could not be sent" in message.body
