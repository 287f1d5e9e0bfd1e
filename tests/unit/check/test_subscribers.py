"""Who receives alerts and alarms: people count apart from machines, and addresses that wait are named."""

from datetime import timedelta

import pytest

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.domain.run.subscriptions import Subscriptions
from cloudflare_budgets.messages.reply import reply
from tests.support.builders import charge
from tests.support.fakes import FakeAlertTopic
from tests.support.world import FakePing, World

DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    world = World(operations=FakeAlertTopic())
    world.use(charge(cost="41"))
    return world


def problems(report: Report) -> dict[str, str]:
    return {each["kind"]: each["message"] for each in reply(report)["problems"]}


def later(world: World, by: timedelta) -> Report:
    world.now += by
    world.use(charge(f"{world.now - DAY:%Y-%m-%d}", cost="41"))
    return world.run()


def test_an_address_that_waits_is_named_while_alerts_are_held(world: World) -> None:
    world.topic.subscriptions, world.topic.waiting = 0, ("you@example.com",)
    report = world.run()
    assert "alerts are held" in problems(report)["no_subscriber"]
    assert "you@example.com is not confirmed: follow the link" in problems(report)["no_subscriber"]
    assert world.topic.published == []


def test_machines_receive_alerts_and_do_not_count_while_the_only_address_waits(world: World) -> None:
    world.topic.protocol, world.topic.subscriptions, world.topic.waiting = "sqs", 2, ("you@example.com",)
    report = world.run()
    text = problems(report)["no_subscriber"]
    assert "only machines receive alerts (2 sqs)" in text
    assert "you@example.com is not confirmed" in text
    assert [alert.state for alert in report.all_alerts] == ["sent"]
    assert report.listeners is not None
    assert report.listeners.count_with_person == 0


def test_machines_alone_are_enough_where_no_address_waits(world: World) -> None:
    world.topic.protocol = "sqs"
    report = world.run()
    assert problems(report) == {}
    assert report.listeners is not None
    assert report.listeners.count_with_person == 1


def test_a_second_address_that_waits_is_no_problem(world: World) -> None:
    world.topic.waiting = ("second@example.com",)
    assert problems(world.run()) == {}


def test_many_addresses_are_counted_and_special_characters_removed() -> None:
    waiting = tuple(f"\u202eyou{number}@example.com" for number in range(5))
    assert Subscriptions({}, waiting).waiting_text == (
        "you0@example.com, you1@example.com, you2@example.com and 2 more"
    )


def test_alarms_that_reach_no_person_are_reported_once_after_a_day(world: World) -> None:
    assert world.operations is not None
    world.operations.subscriptions, world.operations.waiting = 0, ("ops@example.com",)
    first = world.run()
    assert "no_operations_subscriber" not in problems(first)
    for hours in (20, 4, 24, 24 * 40):
        report = later(world, timedelta(hours=hours))
    assert "ops@example.com is not confirmed" in problems(report)["no_operations_subscriber"]
    found = [each for each in world.topic.published if "operations topic" in each.subject]
    assert [each.subject for each in found] == ["Problem: no person is subscribed to the operations topic"]
    assert "checks can fail or stop without a message" in found[0].body
    assert "Next alert: only if it happens again" in found[0].body


def test_the_end_of_alarms_that_reach_no_person_is_reported_and_another_beginning_too(world: World) -> None:
    assert world.operations is not None
    for subscriptions in (0, 1, 0):
        world.operations.subscriptions = subscriptions
        for _ in range(3):
            later(world, DAY)
    assert [each.subject for each in world.topic.published if "operations topic" in each.subject] == [
        "Problem: no person is subscribed to the operations topic",
        "Resolved: the operations topic has a confirmed mail address",
        "Problem: no person is subscribed to the operations topic",
    ]


def test_an_operations_topic_that_cannot_be_read_changes_nothing(world: World) -> None:
    assert world.operations is not None
    for subscriptions in (0, 0, 0, None, None, 0):
        world.operations.subscriptions = subscriptions
        report = later(world, DAY)
    assert "no_operations_subscriber" in problems(report)
    assert len([each for each in world.topic.published if "operations topic" in each.subject]) == 1


def test_a_price_list_is_reported_once_a_month_after_180_days_without_a_comparison(world: World) -> None:
    world.prices = shipped_prices()
    checked = shipped_prices().checked_on
    assert checked is not None
    world.now = checked + timedelta(days=179, hours=23)
    assert "prices_outdated" not in problems(world.run())
    for days in (1, 1, 30, 30):
        report = later(world, timedelta(days=days))
    assert f"{checked:%Y-%m-%d}, 241 days ago" in problems(report)["prices_outdated"]
    found = [each for each in world.topic.published if "price list" in each.subject]
    assert [each.subject for each in found] == ["Problem: the price list of this version is old"] * 3
    assert "Install the latest version" in found[0].body
    assert "costs from Cloudflare do not" in found[0].body


def test_a_list_without_prices_has_no_date() -> None:
    assert PriceList({}).checked_on is None


def test_no_ping_is_sent_only_while_alerts_are_held(world: World) -> None:
    world.ping = FakePing()
    world.topic.protocol, world.topic.waiting = "sqs", ("you@example.com",)
    world.run()
    assert world.ping.count == 1
