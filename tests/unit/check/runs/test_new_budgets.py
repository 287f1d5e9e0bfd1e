"""Budgets that are new are evaluated from the current period on; budgets that are gone are told once."""

from datetime import datetime, timedelta

import pytest

from cloudflare_budgets.domain.run.state import RunCounts, RunState
from cloudflare_budgets.errors import StateUnavailableError, StateUnreadableError
from tests.support.builders import charge, day
from tests.support.world import SPEND, World

DAILY = '{"limit": "50 USD", "period": "day", "thresholds": ["100%"]}'


@pytest.fixture
def world() -> World:
    world = World()
    world.configuration.given_budgets = {"old": DAILY}
    world.use(charge("2026-11-19", cost="60"), charge("2026-11-21", cost="1"))
    return world


def run_at(world: World, now: str) -> list[tuple[str, str]]:
    """Run, and give the budget and the period of each crossing that was sent."""
    before = len(world.topic.published)
    world.now = datetime.fromisoformat(now)
    world.run()
    alerts = [message.alert for message in world.topic.published[before:] if "threshold" in message.alert]
    return [(alert["budget"]["name"], alert["period"]["start"][:10]) for alert in alerts]


def test_a_budget_made_a_minute_ago_is_not_reported_for_days_that_are_over(world: World) -> None:
    assert run_at(world, "2026-11-22T10:00:00Z") == []


def test_a_budget_is_reported_for_the_day_it_was_made_on_when_its_usage_arrives_later(world: World) -> None:
    run_at(world, "2026-11-22T23:30:00Z")
    world.use(charge("2026-11-22", cost="60"))
    assert run_at(world, "2026-11-24T10:00:00Z") == [("old", "2026-11-22")]


def test_the_budget_of_an_earlier_version_is_not_new(world: World) -> None:
    world.run_store.state = RunState({day("2026-11-21"): RunCounts(24)})
    assert run_at(world, "2026-11-22T10:00:00Z") == [("old", "2026-11-19")]


def test_without_the_state_of_runs_no_budget_counts_as_new(world: World) -> None:
    world.run_store.faults["load"] = StateUnavailableError("no answer")
    assert run_at(world, "2026-11-22T10:00:00Z") == [("old", "2026-11-19")]


def test_a_budget_that_was_deleted_is_reported_once(world: World) -> None:
    world.configuration.given_budgets = {"old": DAILY, "spend": SPEND}
    run_at(world, "2026-11-22T10:00:00Z")
    world.configuration.given_budgets = {"spend": SPEND}
    for hour in (11, 12):
        run_at(world, f"2026-11-22T{hour}:00:00Z")
    run_at(world, "2026-11-23T12:00:00Z")
    (message,) = [each for each in world.topic.published if each.alert["type"] == "problem"]
    assert message.alert["problem"]["kind"] == "not_watched"
    assert "/cloudflare-budgets/budgets/old" in message.body
    assert "no longer watched" in message.subject
    assert "\nNext alert: only if it happens again\n" in message.body


def test_a_budget_that_is_created_and_deleted_again_on_one_day_is_reported_again(world: World) -> None:
    for hour in (10, 12):
        world.configuration.given_budgets = {"old": DAILY, "spend": SPEND}
        run_at(world, f"2026-11-22T{hour}:00:00Z")
        world.configuration.given_budgets = {"spend": SPEND}
        run_at(world, f"2026-11-22T{hour + 1}:00:00Z")
    assert ["no longer watched" in subject for subject in world.subjects].count(True) == 2


def test_that_a_budget_was_deleted_is_reported_after_runs_that_could_not_send_it(world: World) -> None:
    world.configuration.given_budgets = {"old": DAILY, "spend": SPEND}
    run_at(world, "2026-11-22T10:00:00Z")
    world.configuration.given_budgets = {"spend": SPEND}
    world.topic.subscriptions = 0
    run_at(world, "2026-11-22T11:00:00Z")
    world.topic.subscriptions = 1
    run_at(world, "2026-11-22T12:00:00Z")
    assert ["no longer watched" in subject for subject in world.subjects].count(True) == 1


def test_budgets_that_are_deleted_together_are_one_message(world: World) -> None:
    world.configuration.given_budgets = {f"b{each:02}": SPEND for each in range(30)}
    run_at(world, "2026-11-22T10:00:00Z")
    world.configuration.given_budgets = {"b00": SPEND}
    run_at(world, "2026-11-22T11:00:00Z")
    found = [each for each in world.topic.published if each.alert["type"] == "problem"]
    assert len(found) == 1
    assert "and 19 more" in found[0].body


def test_an_invalid_or_disabled_budget_is_not_reported_as_deleted(world: World) -> None:
    world.configuration.given_budgets = {"old": DAILY, "spend": SPEND}
    run_at(world, "2026-11-22T10:00:00Z")
    world.configuration.given_budgets = {"old": "{", "spend": '{"limit": "50 USD", "enabled": false}'}
    run_at(world, "2026-11-22T11:00:00Z")
    found = [each.alert["problem"]["kind"] for each in world.topic.published if "problem" in each.alert]
    assert found == ["invalid_budget"]


def test_the_only_budget_of_an_account_that_is_deleted_and_made_again_is_reported_again(world: World) -> None:
    world.configuration.given_budgets = {"spend": SPEND}
    world.use(charge("2026-11-21", cost="60"))
    assert run_at(world, "2026-11-22T10:00:00Z") == [("spend", "2026-11-01")]
    world.configuration.given_budgets = {}
    run_at(world, "2026-11-22T11:00:00Z")
    world.configuration.given_budgets = {"spend": SPEND}
    assert run_at(world, "2026-11-22T12:00:00Z") == [("spend", "2026-11-01")]
    assert run_at(world, "2026-11-22T13:00:00Z") == []


def test_a_deleted_budget_that_is_made_again_is_reported_again_once_though_no_run_saves_its_state(
    world: World,
) -> None:
    world.configuration.given_budgets = {"spend": SPEND}
    world.use(charge("2026-11-21", cost="60"))
    run_at(world, "2026-11-22T10:00:00Z")
    world.configuration.given_budgets = {}
    run_at(world, "2026-11-22T11:00:00Z")
    world.configuration.given_budgets = {"spend": SPEND}
    world.run_store.faults["save"] = StateUnavailableError("no answer")
    assert run_at(world, "2026-11-22T12:00:00Z") == [("spend", "2026-11-01")]
    assert run_at(world, "2026-11-22T13:00:00Z") == []
    world.run_store.faults.clear()
    assert run_at(world, "2026-11-22T14:00:00Z") == []


def test_a_new_budget_is_reported_once_though_its_first_runs_could_not_save_their_state(world: World) -> None:
    world.configuration.given_budgets = {"spend": SPEND}
    world.use(charge("2026-11-21", cost="60"))
    world.run_store.faults["save"] = StateUnavailableError("no answer")
    assert run_at(world, "2026-11-22T10:00:00Z") == [("spend", "2026-11-01")]
    assert run_at(world, "2026-11-22T11:00:00Z") == []
    world.run_store.faults.clear()
    assert run_at(world, "2026-11-22T12:00:00Z") == []


def test_a_run_for_one_account_deletes_no_budget(world: World) -> None:
    world.configuration.given_budgets = {"spend": SPEND}
    world.use(charge("2026-11-21", cost="60"))
    run_at(world, "2026-11-22T10:00:00Z")
    world.now = datetime.fromisoformat("2026-11-22T11:00:00Z")
    world.configuration.given_budgets = {}
    world.run(account_id="a1")
    world.configuration.given_budgets = {"spend": SPEND}
    assert run_at(world, "2026-11-22T12:00:00Z") == []


def test_run_state_that_cannot_be_read_makes_no_budget_new_and_repeats_nothing(world: World) -> None:
    world.configuration.given_budgets = {"spend": SPEND}
    world.use(charge("2026-11-21", cost="60"))
    run_at(world, "2026-11-22T10:00:00Z")
    world.run_store.faults["load"] = StateUnreadableError("damaged")
    assert run_at(world, "2026-11-22T11:00:00Z") == []
    world.run_store.faults.clear()
    assert run_at(world, "2026-11-22T12:00:00Z") == []


def test_a_replay_sends_no_problem_and_is_not_evaluated_by_what_was_learned_later(world: World) -> None:
    world.configuration.given_budgets = {"spend": SPEND, "broken": "{"}
    world.use(charge("2026-11-02", cost="5"), charge("2026-11-20", "900", cost="30"))
    world.run()
    sent = len(world.topic.published)
    world.use(charge("2026-11-02", cost="5"))
    report = world.run(as_of=day("2026-11-05") + timedelta(hours=10))
    assert len(world.topic.published) == sent
    assert {problem.kind for problem in report.all_problems} >= {"invalid_budget"}
    assert not {problem.kind for problem in report.all_problems} & {"metric_vanished", "usage_went_down"}
