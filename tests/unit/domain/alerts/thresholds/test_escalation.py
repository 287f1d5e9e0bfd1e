"""Beyond the highest written threshold, each further doubling of the limit is sent once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import charge
from tests.support.world import World


@pytest.fixture
def world() -> World:
    return World()


def told(world: World) -> list[tuple[str, str]]:
    """Give the percentage and the severity of each crossing that was sent."""
    alerts = [message.alert for message in world.topic.published]
    return [(alert["threshold"]["percent"], alert["severity"]) for alert in alerts if "threshold" in alert]


def test_each_doubling_of_the_limit_is_critical_and_sent_once(world: World) -> None:
    for cost in ("49", "60", "99", "100", "150", "975", "1000", "34895"):
        world.use(charge(cost=cost))
        world.run()
        world.run()
    percents = [("80", "warning"), *((each, "critical") for each in ("100", "200", "1600", "51200"))]
    assert told(world) == percents


def test_doublings_begin_beyond_the_highest_written_threshold(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "thresholds": ["100%", "500%"]}'}
    for cost in ("120", "240", "390", "410"):
        world.use(charge(cost=cost))
        world.run()
    assert told(world) == [("100", "critical"), ("500", "critical"), ("800", "critical")]


def test_doublings_are_reported_and_not_resolved_without_a_threshold_on_actual_usage(
    world: World,
) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "thresholds": ["900% forecast"]}'}
    world.use(charge(cost="120"))
    world.run()
    world.run()
    assert [message.alert["type"] for message in world.topic.published] == ["threshold_crossed"]


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=8))
def test_a_rising_amount_is_reported_once_for_each_doubling_it_is_seen_at(costs: list[int]) -> None:
    world = World()
    for cost in sorted(costs):
        world.use(charge(cost=str(cost)))
        world.run()
    levels = {level for cost in costs if (level := _level(cost))}
    assert [percent for percent, _ in told(world)] == [str(level) for level in sorted(levels)]


def _level(cost: int) -> int:
    doublings = (200 * 2**each for each in range(20))
    return max((each for each in (50, 80, 100, *doublings) if cost * 100 >= 50 * each), default=0)
