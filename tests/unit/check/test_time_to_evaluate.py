"""Deciding takes no longer than there is time: what does not fit is left to the next run."""

from datetime import timedelta

import pytest

from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from tests.support.builders import ACCOUNT_ID, charge
from tests.support.world import World

NAMES = [f"b{number}" for number in range(6)]


@pytest.fixture
def world() -> World:
    world = World()
    world.configuration.given_budgets = dict.fromkeys(NAMES, '{"limit": "50 USD"}')
    world.use(charge(cost="41"))
    return world


def run_with_time_for(world: World, budgets: int, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run with time for some budgets; give the names of those that were evaluated."""
    done = []

    def timed(*arguments: object) -> object:
        done.append(arguments)
        if len(done) == budgets:
            world.time_left = timedelta(seconds=59)
        return evaluate(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr("cloudflare_budgets.check.account.evaluate", timed)
    world.time_left = timedelta(seconds=300)
    report = world.run()
    monkeypatch.undo()
    found = report.accounts[0].evaluations
    assert [each.status for each in found if each.observed is None] == ["unknown"] * (6 - budgets)
    assert bool(report.failures) is (budgets < 6)
    return sorted(each.budget.name for each in found if each.observed)


def test_the_next_run_begins_with_the_budgets_that_were_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_with_time_for(world, 4, monkeypatch) == NAMES[:4]
    assert world.accounts.states[ACCOUNT_ID].left_at == "b4"
    assert run_with_time_for(world, 4, monkeypatch) == [*NAMES[:2], *NAMES[4:]]
    assert run_with_time_for(world, 6, monkeypatch) == NAMES
    assert world.accounts.states[ACCOUNT_ID].left_at is None
    told = [message.alert for message in world.topic.published]
    named = [
        *(alert["budget"]["name"] for alert in told),
        *(one["budget"] for each in told for one in each["also"]),
    ]
    assert sorted(named) == NAMES


def test_what_was_reported_for_a_budget_that_is_left_does_not_end(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_with_time_for(world, 6, monkeypatch)
    run_with_time_for(world, 1, monkeypatch)
    assert len(world.accounts.states[ACCOUNT_ID].open_alerts) == 6
    assert "resolved" not in [message.alert["type"] for message in world.topic.published]
