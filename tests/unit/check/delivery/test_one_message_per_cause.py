"""What one check finds about one metric of an account is one message, settled in one step."""

from datetime import timedelta

import pytest

from cloudflare_budgets.errors import AlertUndeliveredError
from cloudflare_budgets.messages.reply import reply
from tests.support.builders import charge, each_day
from tests.support.fakes import LEASE
from tests.support.world import World

SCOPE = '"scope": {"metric_id": ["kv"]}'
BUDGETS = {
    "all": '{"limit": "1000 USD", "thresholds": ["50%", "100% forecast"]}',
    "kv": f'{{"limit": "100 USD", {SCOPE}}}',
    "reads": f'{{"limit": "1000 Requests", {SCOPE}, "alert_on": ["spike"]}}',
    "workers": '{"limit": "10 USD", "scope": {"metric_id": ["workers"]}}',
}

STEADY = each_day("2026-10-20", "2026-11-20", "10", "1", "kv")
WORKERS = charge("2026-11-21", "1", "9", "workers")


@pytest.fixture
def world() -> World:
    world = World()
    world.configuration.given_budgets = BUDGETS
    world.use(*STEADY, charge("2026-11-21", "9000", "600", "kv"), WORKERS)
    return world


def test_the_most_severe_alert_leads_and_the_others_ride_along(world: World) -> None:
    report = world.run()
    kv, workers = world.topic.published
    assert (kv.alert["type"], kv.alert["budget"]["name"], kv.alert["severity"]) == (
        "threshold_crossed",
        "kv",
        "critical",
    )
    also = [(each["type"], each["budget"], each["threshold"]) for each in kv.alert["also"]]
    assert also == [
        ("threshold_crossed", "reads", "800%"),
        ("threshold_crossed", "all", "50%"),
        ("spike", "all", None),
    ]
    assert workers.alert["also"][0]["type"] == "new_metric"
    named = {alert["alert_id"]: alert["budget"] for alert in reply(report)["accounts"][0]["alerts"]}
    assert all(named[each["alert_id"]] == each["budget"] for each in kv.alert["also"])
    assert all(text in kv.body for text in ("This alert includes", "- reads over limit: ", "- all "))


def test_what_rode_along_is_not_sent_again(world: World) -> None:
    world.run()
    world.now += timedelta(hours=1)
    report = world.run()
    assert len(world.topic.published) == 2
    assert {alert.state for alert in report.all_alerts} == {"already_sent"}


def test_what_is_already_sent_does_not_ride_along_again(world: World) -> None:
    world.run()
    world.use(*STEADY, charge("2026-11-21", "9000", "1100", "kv"), WORKERS)
    world.run()
    (message,) = world.topic.published[2:]
    assert (message.alert["budget"]["name"], message.alert["threshold"]["percent"]) == ("all", "100")
    assert [(each["budget"], each["threshold"]) for each in message.alert["also"]] == [("kv", "800%")]


def test_what_rides_along_with_a_message_that_is_owed_is_sent_with_it(world: World) -> None:
    world.topic.faults["publish"] = AlertUndeliveredError("no answer")
    report = world.run()
    assert {alert.state for alert in report.all_alerts} == {"owed"}
    assert len(report.failures) == 2
    world.topic.faults.clear()
    world.now += LEASE + timedelta(seconds=1)
    assert world.run().failures == ()
    assert len(world.topic.published) == 2
    assert len(world.topic.published[0].alert["also"]) == 3


def test_the_end_of_what_rode_along_is_reported_too(world: World) -> None:
    world.run()
    world.configuration.given_budgets = BUDGETS | {"reads": BUDGETS["reads"].replace("1000", "100000")}
    world.run()
    (message,) = world.topic.published[2:]
    assert message.alert["type"] == "resolved"
    assert message.alert["resolves"] == world.topic.published[0].alert["also"][0]["alert_id"]


def test_the_end_of_what_rode_along_with_a_late_message_is_reported_too(world: World) -> None:
    world.topic.faults["publish"] = AlertUndeliveredError("no answer")
    world.run()
    world.topic.faults.clear()
    world.now += LEASE + timedelta(seconds=1)
    world.configuration.given_budgets = BUDGETS | {"reads": BUDGETS["reads"].replace("1000", "100000")}
    world.run()
    world.run()
    assert "resolved" in [message.alert["type"] for message in world.topic.published]


def test_many_budgets_of_one_metric_fill_few_messages(world: World) -> None:
    world.configuration.given_budgets = {f"b{each:03}": BUDGETS["kv"] for each in range(150)}
    report = world.run()
    assert report.failures == ()
    told = [message.alert for message in world.topic.published]
    assert sum(1 + len(alert["also"]) for alert in told) == 150
    assert len(told) <= 11


@pytest.mark.parametrize(("cost", "leads"), [("85", "z-cost"), ("500", "z-cost"), ("0.5", "a-reads")])
def test_a_cost_leads_a_quantity_unless_the_quantity_is_more_severe(
    world: World, cost: str, leads: str
) -> None:
    world.configuration.given_budgets = {
        "a-reads": f'{{"limit": "10000 Requests", {SCOPE}, "alert_on": []}}',
        "z-cost": f'{{"limit": "100 USD", {SCOPE}, "alert_on": [], "thresholds": ["50%", "80%", "100%"]}}',
    }
    quantity = "9500" if cost == "85" else "20000"
    world.use(charge("2026-11-21", quantity, cost, "kv"))
    world.run()
    [message] = [each for each in world.topic.published if each.attributes["type"] == "threshold_crossed"]
    assert message.attributes["budget"] == leads
    if cost != "0.5":
        assert message.attributes["budgets"] == '["z-cost","a-reads"]'
