"""Dry runs, replays, and runs without anything to watch."""

from datetime import datetime, timedelta

import pytest

from cloudflare_budgets.domain.budgets.account import InvalidAccount
from tests.support.builders import ACCOUNT_ID, AS_OF, OTHER_ACCOUNT_ID, PREFIX, charge
from tests.support.fakes import FakeConfiguration
from tests.support.world import EXAMPLE, OTHER, WATCHED, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_dry_run_decides_everything_and_neither_sends_nor_stores(world: World) -> None:
    world.use(charge(cost="41"))
    report = world.run(dry_run=True)
    assert report.accounts[0].alerts[0].state.value == "dry_run"
    assert (world.topic.published, world.outbox.writes, report.failures) == ([], [], ())
    world.run()
    assert world.run(dry_run=True).accounts[0].alerts[0].state.value == "already_sent"


def test_a_replay_of_another_time_teaches_later_runs_nothing(world: World) -> None:
    world.use(charge(cost="1"), charge("2026-10-31", cost="1"))
    world.run()
    learned = dict(world.accounts.states)
    for days in (-40, 40):
        world.run(as_of=AS_OF + timedelta(days=days))
    assert world.accounts.states == learned


def test_the_month_before_is_alerted_when_its_last_days_arrive_late(world: World) -> None:
    world.run_store.state = WATCHED
    world.now = datetime.fromisoformat("2026-12-02T10:00:00Z")
    world.use(charge("2026-11-30", cost="60"), charge("2026-12-01", cost="1"))
    world.run()
    crossing, closed = world.topic.published
    assert (crossing.alert["type"], closed.alert["type"]) == ("threshold_crossed", "period_closed")
    assert crossing.alert["period"]["start"] == closed.alert["period"]["start"] == "2026-11-01T00:00:00Z"


def test_an_account_without_budgets_is_not_read(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {"one": f'{{"limit": "9 USD", "account_id": "{ACCOUNT_ID}"}}'}
    world.run()
    assert {account_id for account_id, _ in world.usage.asked} == {ACCOUNT_ID}


def test_a_disabled_budget_is_neither_evaluated_nor_read_for(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "1 USD", "enabled": false}'}
    world.use(charge(cost="60"))
    report = world.run()
    assert (report.accounts[0].evaluations, world.usage.asked, world.topic.published) == ((), [], [])


def test_nothing_configured_is_reported_and_says_how_to_begin(world: World) -> None:
    world.configuration = FakeConfiguration()
    report = world.run()
    assert [problem.kind for problem in report.problems] == ["no_accounts", "no_budgets"]
    assert '{"limit": "50 USD"}' in world.topic.published[1].body


def test_an_unusable_account_parameter_is_named(world: World) -> None:
    name = f"{PREFIX}/accounts/{OTHER_ACCOUNT_ID}/api-token"
    world.configuration.given_accounts = [EXAMPLE, InvalidAccount(name, "is empty", OTHER_ACCOUNT_ID)]
    world.configuration.given_budgets = {"one": f'{{"limit": "9 USD", "account_id": "{ACCOUNT_ID}"}}'}
    world.use(charge(cost="1"))
    (problem,) = world.run().problems
    assert (problem.kind, problem.subject) == ("invalid_account", name)


def test_one_account_can_be_checked_alone(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        "one": f'{{"limit": "50 USD", "account_id": "{ACCOUNT_ID}"}}',
        "two": f'{{"limit": "50 USD", "account_id": "{OTHER_ACCOUNT_ID}"}}',
    }
    world.use(charge(cost="1"))
    report = world.run(account_id=ACCOUNT_ID)
    assert [account.account_id for account in report.accounts] == [ACCOUNT_ID]
    unknown = world.run(account_id="f" * 32)
    assert [problem.kind for problem in unknown.problems] == ["account_unknown"]
