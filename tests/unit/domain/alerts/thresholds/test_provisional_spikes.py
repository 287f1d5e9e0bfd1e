"""A spike that only fresh usage shows: sent on its day, once, with the largest users."""

from decimal import Decimal

import pytest

from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.usage.fresh import Resource
from tests.support.world import FakeFreshUsage, World
from tests.unit.domain.alerts.thresholds.fresh_usage import LOOP, ROWS, a_world, counted, rows

USUAL = rows(*["1000000000"] * 21)
SHOP = Resource("D1 database", "0d9c", "shop-prod", Decimal(97))
OTHER = Resource("D1 database", "7b6a", None, Decimal(3))


@pytest.fixture
def world() -> World:
    return a_world("400 USD", USUAL)


def spikes(world: World) -> list[tuple[str, str, bool]]:
    alerts = [message.alert for message in world.topic.published]
    return [
        (alert["alert_id"], alert["since"][:10], alert["provisional"] is not None)
        for alert in alerts
        if alert["type"] == "spike"
    ]


def test_a_running_day_above_what_the_spike_rule_allows_for_a_whole_day_is_reported_at_once(
    world: World,
) -> None:
    counted(world, 30_000_000_000)
    world.run()
    [message] = world.topic.published
    assert (
        message.subject
        == "D1 - Rows Read: 27,000,000,000 Rows since 00:00 UTC, 27 times a usual day - Example account"
    )
    assert message.body.splitlines()[2:5] == [
        "Sunday 22 Nov: at least 27,000,000,000 Rows, usually 1,000,000,000 on the whole day.",
        "Worth 1.81 USD an hour more than usual, once allowances are used up; 43.53 USD in 24 hours if it continues.",  # noqa: E501
        "Provisional: Cloudflare's analytics, not billing data, read until 14:20 UTC.",
    ]
    assert message.alert["provisional"] == {
        "through": "2026-11-22T14:20:00Z",
        "worth_per_hour": {"amount": "1.81395348837", "unit": "USD"},
    }


def test_the_billed_spike_of_an_episode_has_the_alert_of_the_provisional_one(world: World) -> None:
    counted(world, 30_000_000_000)
    world.run()
    for days in range(1, 5):
        world.now += DAY
        world.use(*USUAL, *rows(*["30000000000", *["1000000000"] * (days - 1)], first="2026-11-22"))
        world.run()
    assert [found[1:] for found in spikes(world)] == [("2026-11-22", True)]


def test_a_running_day_within_what_is_usual_for_a_whole_day_is_no_spike(world: World) -> None:
    world.use(*rows(*["10000000000"] * 21))
    counted(world, 15_000_000_000)
    world.run()
    assert world.topic.published == []


def test_the_largest_users_of_the_metric_are_named_and_requested_only_once(world: World) -> None:
    assert world.fresh is not None
    world.fresh.resources = {ROWS: (SHOP, OTHER)}
    counted(world, 30_000_000_000)
    world.run()
    world.run()
    [message] = world.topic.published
    assert message.body.splitlines()[3] == "Mostly D1 database shop-prod (97 %)."
    assert [each["name"] for each in message.alert["resources"]] == ["shop-prod", None]
    assert world.fresh.attributed == [ROWS]


def test_the_users_are_not_requested_for_a_spike_before_the_days_that_analytics_were_read_for(
    world: World,
) -> None:
    assert world.fresh is not None
    world.fresh.resources = {ROWS: (SHOP,)}
    world.fresh.figures = {ROWS: {LOOP - DAY: Decimal(1_000_000_000)}}
    world.run()
    # Rows end with 24 November, so analytics are read from the 23rd on.
    world.now += 3 * DAY
    counted(world, 0, 0, 0, 0)
    world.use(*USUAL, *rows("30000000000", "1000000000", "1000000000", first="2026-11-22"))
    world.run()
    [message] = world.topic.published
    assert (message.alert["since"][:10], message.alert["resources"]) == ("2026-11-22", [])
    assert world.fresh.attributed == []


def test_a_failed_request_for_the_users_does_not_hold_the_alert_back(world: World) -> None:
    class Failing(FakeFreshUsage):
        def attribute(self, *_: object) -> dict[str, tuple[Resource, ...]]:
            raise RuntimeError

    world.fresh = Failing()
    counted(world, 30_000_000_000)
    assert world.run().failures == ()
    assert [found[1:] for found in spikes(world)] == [("2026-11-22", True)]


def test_a_spike_that_began_on_a_day_that_was_billed_later_has_one_alert(world: World) -> None:
    world.use(*rows(*["1000000000"] * 20))  # 21 November is not billed yet, and analytics lack it
    counted(world, 30_000_000_000)
    world.run()
    world.now += DAY
    world.use(*rows(*["1000000000"] * 20), *rows("30000000000", "30000000000", first="2026-11-21"))
    for _ in range(3):
        world.run()
        world.now += DAY
    assert [found[1:] for found in spikes(world)] == [("2026-11-22", True)]


def test_a_second_spike_after_two_usual_days_has_an_alert_of_its_own(world: World) -> None:
    counted(world, 30_000_000_000)
    world.run()
    world.now += 4 * DAY
    days = ("30000000000", "1000000000", "1000000000", "1000000000")
    world.use(*USUAL, *rows(*days, first="2026-11-22"))
    counted(world, *map(int, days), 40_000_000_000)
    world.run()
    assert [found[1] for found in spikes(world)] == ["2026-11-22", "2026-11-26"]


def test_worked_example_of_the_share_of_a_database(world: World) -> None:
    assert world.fresh is not None
    world.fresh.resources = {
        ROWS: (
            Resource("D1 database", "5f2c", None, Decimal(59_408_333_000)),
            Resource("D1 database", "9a01", None, Decimal(5_000_000)),
        )
    }
    counted(world, 59_413_333_000)
    world.run()
    [alert] = [message.alert for message in world.topic.published]
    assert [(each["id"], each["share"]) for each in alert["resources"]] == [("5f2c", "99.99"), ("9a01", "0")]
