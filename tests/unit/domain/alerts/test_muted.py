"""A budget muted until a day: silent until then, but for what nobody meant to silence."""

from datetime import timedelta

import pytest

from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import AS_OF, charge, day, each_day, price, prices
from tests.support.world import World

MUTED = '{"limit": "50 USD", "muted_until": "2026-11-25"}'
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    world = World()
    world.configuration.given_budgets = {"spend": MUTED}
    return world


def muted(text: str) -> str:
    return text.replace("}", ', "muted_until": "2026-11-25"}')


def told(world: World) -> list[tuple[str, str | None]]:
    """Give the type of each message, and the threshold that it is about."""
    alerts = [message.alert for message in world.topic.published]
    return [(alert["type"], alert.get("threshold", {}).get("percent")) for alert in alerts]


def test_a_muted_budget_reports_no_crossing(world: World) -> None:
    world.use(charge(cost="99.99"))
    report = world.run()
    assert told(world) == []
    assert report.accounts[0].evaluations[0].status == "breached"


def test_exactly_twice_the_limit_is_reported(world: World) -> None:
    world.use(charge(cost="100"))
    world.run()
    assert told(world) == [("threshold_crossed", "200")]


def test_twice_the_limit_is_reported_once_all_the_same(world: World) -> None:
    world.use(charge(cost="100"))
    world.run()
    world.use(charge(cost="180"))
    world.run()
    assert told(world) == [("threshold_crossed", "200")]
    assert world.topic.published[0].alert["severity"] == "critical"


def test_when_the_mute_ends_a_crossing_that_still_holds_is_reported_once(world: World) -> None:
    world.use(charge(cost="45"))
    world.run()
    world.now = day("2026-11-25") - timedelta(seconds=1)
    world.use(charge("2026-11-24", cost="45"))
    world.run()
    assert told(world) == []
    world.now = day("2026-11-25")
    world.run()
    world.run()
    assert told(world) == [("threshold_crossed", "80")]


def test_after_the_mute_nothing_lower_than_what_was_reported_is_reported_again(world: World) -> None:
    world.use(charge(cost="120"))
    world.run()
    world.use(charge("2026-11-24", cost="120"))
    world.now = day("2026-11-25")
    world.run()
    assert told(world) == [("threshold_crossed", "200")]


def test_a_budget_that_is_muted_after_it_was_reported_is_silent_until_twice_that(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD"}'}
    world.use(charge(cost="195"))
    world.run()
    world.configuration.given_budgets = {"spend": MUTED}
    for cost in ("196", "389", "390", "700"):
        world.use(charge(cost=cost))
        world.run()
    assert told(world) == [("threshold_crossed", "200"), ("threshold_crossed", "400")]
    assert world.topic.published[-1].alert["observed"]["amount"] == "390"
    assert "muted until 2026-11-25" in world.topic.published[-1].body
    assert "at twice the 195 USD of the last alert" in world.topic.published[-1].body


def test_the_mail_of_a_muted_budget_says_why_it_was_sent_and_not_how_to_mute_it(world: World) -> None:
    world.use(charge(cost="100"))
    world.run()
    (message,) = world.topic.published
    assert "The budget is muted until 2026-11-25. You get this alert because it is at twice its limit." in (
        message.body
    )
    assert "Change or mute" not in message.body


def test_a_muted_budget_reports_no_forecast(world: World) -> None:
    text = '{"limit": "1000 Requests", "thresholds": ["100% forecast"]}'
    rows = each_day("2026-11-01", "2026-11-21", "40")
    world.configuration.given_budgets = {"muted": muted(text)}
    world.use(*rows)
    world.run()
    assert told(world) == []
    world.configuration.given_budgets |= {"loud": text}
    world.run()
    assert told(world) == [("threshold_crossed", "100")]


def a_spike() -> list[Charge]:
    return [*each_day("2026-10-20", "2026-11-20", "2"), charge("2026-11-21", "90")]


def test_a_spike_is_reported_only_if_another_budget_requests_it(world: World) -> None:
    world.prices = prices(price())
    text = '{"limit": "100 USD", "alert_on": ["spike"], "thresholds": ["9000%"]}'
    world.configuration.given_budgets = {"a": muted(text)}
    world.use(*a_spike())
    world.run()
    assert told(world) == []
    world.configuration.given_budgets |= {"b": text}
    world.run()
    (message,) = world.topic.published
    assert (message.alert["type"], message.attributes["budget"]) == ("spike", "b")


def test_problems_of_a_muted_budget_are_reported(world: World) -> None:
    world.configuration.given_budgets = {"europe": MUTED.replace("USD", "EUR")}
    world.use(charge(cost="1"))
    world.run()
    assert [message.alert["problem"]["kind"] for message in world.topic.published] == ["unknown_currency"]


def test_what_was_reported_before_is_not_resolved_while_the_budget_is_muted(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD"}'}
    world.use(charge(cost="45"))
    world.run()
    world.configuration.given_budgets = {"spend": MUTED}
    world.use(charge(cost="5"))
    world.now = AS_OF + HOUR
    world.run()
    assert told(world) == [("threshold_crossed", "80")]
    world.use(charge("2026-11-24", cost="5"))
    world.now = day("2026-11-25") + HOUR
    world.run()
    assert told(world) == [("threshold_crossed", "80"), ("resolved", None)]
