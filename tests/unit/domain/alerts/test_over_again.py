"""A crossing whose end was sent is sent again when it comes back, once for each return."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.errors import StateUnavailableError
from tests.support.builders import charge
from tests.support.world import World


@pytest.fixture
def world() -> World:
    return World()


def run(world: World, limit: str | None = None, cost: str | None = None) -> list[str]:
    """Run with a limit and a cost; return what was sent: `100` for a threshold, `resolved` for an end."""
    if limit is not None:
        world.configuration.given_budgets = {"other": '{"limit": "9999 USD"}'} | (
            {"spend": f'{{"limit": "{limit} USD"}}'} if limit else {}
        )
    if cost is not None:
        world.use(charge(cost=cost))
    before = len(world.topic.published)
    world.run()
    world.now += timedelta(minutes=1)
    alerts = [message.alert for message in world.topic.published[before:]]
    return [alert["threshold"]["percent"] if "threshold" in alert else alert["type"] for alert in alerts]


def test_a_limit_that_is_raised_and_lowered_again_is_crossed_over_again(world: World) -> None:
    assert run(world, "60", "65") == ["100"]
    assert run(world, "600") == ["resolved"]
    assert run(world, "60") == ["100"]
    assert run(world) == []
    first, _, again = world.topic.published
    assert first.alert["alert_id"] != again.alert["alert_id"]
    assert "over again" in again.body
    assert "over again" not in first.body


def test_a_fall_to_a_lower_threshold_and_a_rise_to_the_limit_again_send_nothing(world: World) -> None:
    """The end of a crossing is sent once no threshold is reached; before that, nothing is over."""
    assert run(world, "60", "60") == ["100"]
    assert run(world, cost="40") == []
    assert run(world, cost="60") == []
    assert run(world, cost="20") == ["resolved"]
    assert run(world, cost="60") == ["100"]


def test_a_budget_that_is_deleted_and_created_again_is_crossed_over_again(world: World) -> None:
    assert run(world, "60", "65") == ["100"]
    run(world, "")
    assert run(world, "60") == ["100"]
    assert run(world) == []


def test_usage_that_is_restated_and_then_really_rises_is_reported_at_each_threshold(world: World) -> None:
    assert run(world, "60", "65") == ["100"]
    assert run(world, cost="5") == ["resolved"]
    assert run(world, cost="35") == ["50"]
    assert run(world, cost="50") == ["80"]
    assert run(world, cost="61") == ["100"]


def test_a_fall_that_ends_nothing_arms_nothing(world: World) -> None:
    assert run(world, "60", "65") == ["100"]
    assert run(world, cost="50") == []
    assert run(world, cost="65") == []


def test_an_end_that_was_sent_by_a_run_that_could_not_save_it_arms_all_the_same(world: World) -> None:
    assert run(world, "60", "65") == ["100"]
    world.accounts.faults["save_state"] = StateUnavailableError("no answer")
    assert run(world, cost="5") == ["resolved"]
    world.accounts.faults.clear()
    assert run(world, cost="65") == ["100"]
    assert run(world) == []


def test_the_replay_of_an_earlier_day_crosses_nothing_over_again(world: World) -> None:
    run(world, "60", "65")
    run(world, "600")
    world.configuration.given_budgets = {"spend": '{"limit": "60 USD"}'}
    before = len(world.topic.published)
    world.run(as_of=world.now - timedelta(days=3))
    assert len(world.topic.published) == before


@given(st.lists(st.sampled_from([5, 35, 50, 65, 130, 260]), min_size=1, max_size=12))
def test_each_rise_after_an_end_is_reported_once(costs: list[int]) -> None:
    world, told, expected = World(), 0, 0
    for cost in costs:
        sent = run(world, "60", str(cost))
        reached = [percent for percent in (50, 80, 100, 200, 400) if 60 * percent <= cost * 100]
        highest = max(reached, default=0)
        assert sent == (["resolved"] if told and not highest else [str(highest)] if highest > told else [])
        told = max(told, highest) if highest else 0
        expected += bool(sent)
    ids = [message.alert["alert_id"] for message in world.topic.published]
    assert len(ids) == len(set(ids)) == expected
