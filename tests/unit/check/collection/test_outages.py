"""Accounts that cannot be read for long: periods that ended meanwhile are evaluated once, up to 31 days."""

from datetime import datetime, timedelta

import pytest

from cloudflare_budgets.domain.run.state import AccountState
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.errors import (
    AccessDeniedError,
    CloudflareBudgetsError,
    StateUnavailableError,
    UsageRefusedError,
    UsageUnavailableError,
)
from tests.support.builders import ACCOUNT_ID, charge, day, each_day
from tests.support.world import WATCHED, FakeRunStateStore, World

DAY = timedelta(days=1)
MONTH = '{"limit": "50 USD", "thresholds": ["100%"]}'
DAILY = '{"limit": "50 USD", "period": "day", "thresholds": ["100%"]}'
DENIED = AccessDeniedError("403")


@pytest.fixture
def world() -> World:
    world = World(run_store=FakeRunStateStore(state=WATCHED))
    world.configuration.given_budgets = {"spend": MONTH}
    return world


def run_at(world: World, now: str, *rows: Charge, error: CloudflareBudgetsError | None = None) -> None:
    world.now = datetime.fromisoformat(f"{now}T10:00:00Z")
    world.usage.rows = {ACCOUNT_ID: error or rows}
    world.run()


def told(world: World, kind: str) -> list[str]:
    """Give the first day of the period of each alert of a kind."""
    alerts = [message.alert for message in world.topic.published if message.alert["type"] == kind]
    return [alert["period"]["start"][:10] for alert in alerts]


def kinds(world: World) -> list[str]:
    """Give the kind of each problem that was sent."""
    alerts = [message.alert for message in world.topic.published if message.alert["type"] == "problem"]
    return [alert["problem"]["kind"] for alert in alerts]


@pytest.mark.parametrize("error", [DENIED, UsageUnavailableError("503")])
def test_a_breach_of_the_last_days_of_a_month_is_reported_after_an_outage_of_three_weeks(
    world: World, error: CloudflareBudgetsError
) -> None:
    before = each_day("2026-11-01", "2026-11-27", cost="1")
    run_at(world, "2026-11-28", *before)
    for number in range(20):
        run_at(world, f"{day('2026-11-29') + number * DAY:%Y-%m-%d}", error=error)
    after = each_day("2026-12-01", "2026-12-18", cost="1")
    run_at(world, "2026-12-19", *before, charge("2026-11-29", cost="70"), *after)
    assert told(world, "threshold_crossed") == ["2026-11-01"]
    assert told(world, "period_closed") == ["2026-11-01"]
    assert "not_judged" not in kinds(world)
    run_at(world, "2026-12-20", *before, charge("2026-11-29", cost="90"), *after)
    assert [len(told(world, kind)) for kind in ("threshold_crossed", "period_closed")] == [1, 1]


def test_each_day_of_an_outage_is_evaluated_once_it_is_over(world: World) -> None:
    world.configuration.given_budgets = {"spend": DAILY}
    run_at(world, "2026-11-20", *each_day("2026-11-10", "2026-11-19", cost="1"))
    run_at(world, "2026-11-25", error=DENIED)
    rows = [charge("2026-11-21", cost="60"), charge("2026-11-23", cost="70"), charge("2026-11-29", cost="1")]
    run_at(world, "2026-11-30", *rows)
    [message] = [each.alert for each in world.topic.published if each.alert["type"] == "threshold_crossed"]
    days = [each["period"]["start"][:10] for each in (message, *message["also"])]
    assert days == ["2026-11-23", "2026-11-21"]


def test_rows_that_are_later_than_the_settling_time_are_waited_for(world: World) -> None:
    rows = each_day("2026-11-01", "2026-11-29", cost="1")
    for on in ("2026-11-30", "2026-12-02", "2026-12-04", "2026-12-06"):
        run_at(world, on, *rows)
    run_at(world, "2026-12-07", *rows, charge("2026-11-30", cost="40"), charge("2026-12-06", cost="1"))
    assert told(world, "threshold_crossed") == ["2026-11-01"]


def test_periods_that_passed_for_good_are_named_once(world: World) -> None:
    world.configuration.given_budgets = {"spend": DAILY, "month": MONTH}
    run_at(world, "2026-11-20", *each_day("2026-11-10", "2026-11-19", cost="1"))
    for on in ("2026-12-10", "2026-12-22", "2026-12-23", "2026-12-28"):
        run_at(world, on, error=DENIED)
    run_at(world, "2026-12-29", charge("2026-12-28", cost="1"))
    run_at(world, "2026-12-30", charge("2026-12-28", cost="1"))
    assert kinds(world).count("not_judged") == 1
    (message,) = [each for each in world.topic.published if "not_judged" in str(each.alert)]
    assert "2026-11-20 to 2026-11-20" in message.body
    assert not [
        each for each in world.topic.published if each.alert["type"] == "resolved" and "never" in each.body
    ]


def test_an_account_that_is_read_all_the_time_has_no_period_that_was_missed(world: World) -> None:
    world.configuration.given_budgets = {"spend": DAILY}
    rows = each_day("2026-11-10", "2026-11-19", cost="1")
    for number in range(0, 70, 2):
        run_at(world, f"{day('2026-11-20') + number * DAY:%Y-%m-%d}", *rows)
    assert "not_judged" not in kinds(world)


def test_the_recent_days_are_requested_from_a_source_that_refuses_the_older_ones(world: World) -> None:
    world.accounts.states[ACCOUNT_ID] = AccountState(judged_through=day("2026-10-20"))
    read = world.usage.read
    asked = []

    def refusing(account: object, query: object) -> object:
        asked.append(query.period.start)  # type: ignore[attr-defined]
        if query.period.start < day("2026-10-28"):  # type: ignore[attr-defined]
            raise UsageRefusedError("too old")
        return read(account, query)  # type: ignore[arg-type]

    world.usage.read = refusing  # type: ignore[method-assign, assignment]
    run_at(world, "2026-11-20", *each_day("2026-11-10", "2026-11-19", cost="9"))
    assert told(world, "threshold_crossed") == ["2026-11-01"]
    assert asked[:2] == [day("2026-10-01"), day("2026-11-01")]


def test_the_days_of_an_outage_are_one_message_of_a_day_budget(world: World) -> None:
    world.configuration.given_budgets = {"spend": DAILY}
    run_at(world, "2026-11-12", *each_day("2026-11-10", "2026-11-11", cost="1"))
    for number in range(8):
        run_at(world, f"{day('2026-11-13') + number * DAY:%Y-%m-%d}", error=DENIED)
    costly = each_day("2026-11-12", "2026-11-19", cost="60")
    run_at(world, "2026-11-21", *costly, charge("2026-11-20", cost="1"))
    [message] = [each for each in world.topic.published if each.alert["type"] == "threshold_crossed"]
    assert len(message.alert["also"]) == 7
    assert "\n- spend over limit: 120 % on 1" in message.body
    assert "\n- and 4 more\n" in message.body
    run_at(world, "2026-11-22", *costly, charge("2026-11-20", cost="1"))
    assert len(told(world, "threshold_crossed")) == 1


@pytest.mark.parametrize("error", [DENIED, UsageUnavailableError("503")])
def test_an_account_that_is_unreadable_from_its_first_check_is_evaluated_since_then(
    world: World, error: CloudflareBudgetsError
) -> None:
    for number in range(15):
        run_at(world, f"{day('2026-11-28') + number * DAY:%Y-%m-%d}", error=error)
    assert world.accounts.states[ACCOUNT_ID].judged_through == day("2026-11-25")
    rows = (*each_day("2026-10-01", "2026-10-31", cost="70"), charge("2026-11-29", cost="70"))
    run_at(world, "2026-12-19", *rows, *each_day("2026-12-01", "2026-12-18", cost="1"))
    assert told(world, "threshold_crossed") == ["2026-11-01"]  # October ended before the first attempt
    assert told(world, "period_closed") == ["2026-11-01"]


def test_the_state_of_an_account_is_not_replaced_while_it_cannot_be_loaded(world: World) -> None:
    world.accounts.faults["load_state"] = StateUnavailableError("alert table alerts: Throttling")
    run_at(world, "2026-11-28", error=DENIED)
    assert world.accounts.writes == []
