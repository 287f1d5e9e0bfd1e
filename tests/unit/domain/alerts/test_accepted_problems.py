"""Problems that are reported once and then accepted, and rows of problems that last for long."""

from datetime import timedelta

import pytest

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.messages.alerts.problem import problem_alert
from tests.support.builders import charge, day, price, prices
from tests.support.world import World

SCOPED = '{"limit": "9000 Requests", "scope": {"metric_id": ["r2"]}, "alert_on": []}'
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    world = World(now=day("2026-11-10") + timedelta(hours=10))
    world.prices = prices(*(price("0.01", metric=metric) for metric in ("workers", "r2")))
    return world


def problems_of_days(world: World, days: int, until: str) -> list[str]:
    """Run once a day while one metric goes on and another is used until a day; return the problems sent."""
    kinds = []
    for _ in range(days):
        world.now += DAY
        read = [f"{world.now - number * DAY:%Y-%m-%d}" for number in range(1, 60)]
        others = [charge(each, "5", metric="r2") for each in read if each < until]
        world.use(*(charge(each, "10", metric="workers") for each in read), *others)
        before = len(world.topic.published)
        world.run()
        alerts = [message.alert for message in world.topic.published[before:]]
        kinds += [each["problem"]["kind"] for each in alerts if each["type"] == "problem"]
    return kinds


def test_a_product_that_was_switched_off_is_reported_once_and_then_accepted(world: World) -> None:
    world.configuration.given_budgets = {"few": SCOPED}
    # While the running month may still be filled, its data is doubtful.
    assert problems_of_days(world, 160, until="2026-11-15") == ["metric_vanished"]


def test_a_scope_without_usage_is_reported_if_its_metric_goes_on_elsewhere(world: World) -> None:
    world.configuration.given_budgets = {
        "few": SCOPED.replace('"metric_id": ["r2"]', '"zone": ["old.example"]')
    }
    kinds: list[str] = []
    for _ in range(75):
        world.now += DAY
        days = [world.now - number * DAY for number in range(1, 60)]
        zones = ["old.example" if each < day("2026-11-15") else "new.example" for each in days]
        world.use(
            *(
                charge(f"{each:%Y-%m-%d}", "10", metric="workers", x_zone_name=zone)
                for each, zone in zip(days, zones, strict=True)
            )
        )
        before = len(world.topic.published)
        world.run()
        alerts = [message.alert for message in world.topic.published[before:]]
        kinds += [each["problem"]["kind"] for each in alerts if each["type"] == "problem"]
    assert kinds == ["no_matching_usage"]


def test_a_product_that_is_used_again_and_switched_off_again_is_reported_again(world: World) -> None:
    world.configuration.given_budgets = {"few": SCOPED}
    kinds = [
        problems_of_days(world, days, until)
        for days, until in ((100, "2026-11-15"), (5, "2030"), (100, "2027"))
    ]
    assert kinds == [["metric_vanished"], [], ["metric_vanished"]]


def test_another_scope_that_matches_nothing_is_reported_too(world: World) -> None:
    world.prices = prices(*(price("0.01", metric=metric) for metric in ("workers", "r2", "d1")))
    world.configuration.given_budgets = {"few": SCOPED}
    assert problems_of_days(world, 40, until="2026-01-01") == ["no_matching_usage"]
    world.configuration.given_budgets = {"few": SCOPED.replace("r2", "d1")}
    assert problems_of_days(world, 40, until="2026-01-01") == ["no_matching_usage"]


def test_a_misspelled_scope_is_reported_every_month(world: World) -> None:
    world.configuration.given_budgets = {"few": SCOPED.replace("r2", "misspelled")}
    assert problems_of_days(world, 70, until="2030-01-01") == ["no_matching_usage"] * 3


def test_a_problem_that_lasts_longer_than_its_row_is_not_repeated_every_day() -> None:
    problem = Problem("digest_missing", "digest", "gone", since=day("2026-01-01"))
    assert problem_alert(problem, day("2026-04-30")).expires == day("2026-01-01") + REMEMBERED_FOR
    assert problem_alert(problem, day("2026-05-01")).expires == day("2026-01-01") + 2 * REMEMBERED_FOR
