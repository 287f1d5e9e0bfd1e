"""Problems that are told once a month: what is news all the same, and how often at most."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import ACCOUNT_ID, charge, day, each_day, price, prices
from tests.support.world import World

HOUR = timedelta(hours=1)
WEDNESDAY = 2


@pytest.fixture
def world() -> World:
    """Give a world in which the costs of one metric are known."""
    world = World(now=day("2026-11-10") + 10 * HOUR)
    world.configuration.given_budgets = {"spend": '{"limit": "5000 USD", "alert_on": []}'}
    knows(world)
    return world


def knows(world: World, *metrics: str) -> None:
    world.prices = prices(*(price("0.01", metric=metric) for metric in ("workers", *metrics)))


def used(world: World, *metrics: str) -> Sequence[Charge]:
    last = f"{world.now - timedelta(days=1):%Y-%m-%d}"
    return [
        row for metric in ("workers", *metrics) for row in each_day("2026-11-01", last, "10", None, metric)
    ]


def told_by(world: World, *metrics: str, after: timedelta = HOUR) -> list[str]:
    """Run once more, and give the types of what was told."""
    world.now += after
    world.use(*used(world, *metrics))
    before = len(world.topic.published)
    world.run()
    return [message.alert["type"] for message in world.topic.published[before:]]


def test_a_problem_that_returns_for_another_cause_is_reported_again_though_it_is_the_same_month(
    world: World,
) -> None:
    assert told_by(world, "r2") == ["problem"]
    knows(world, "r2")
    assert told_by(world, "r2") == ["resolved"]
    assert told_by(world, "r2", "d1", after=timedelta(days=1)) == ["problem"]
    assert "leaves out d1" in " ".join(world.topic.published[-1].body.split())
    days = [told_by(world, "r2", "d1", after=timedelta(days=1)) for _ in range(5)]
    assert days == [[]] * 5
    knows(world, "r2", "d1")
    assert told_by(world, "r2", "d1") == ["resolved"]
    told = [message.alert for message in world.topic.published]
    assert [each["alert_id"] for each in told if each["type"] == "problem"] == [
        each["resolves"] for each in told if each["type"] == "resolved"
    ]


def test_costs_that_stay_unavailable_are_sent_once_a_month_and_with_another_metric(world: World) -> None:
    world.prices = prices()
    assert told_by(world) == ["problem"]
    assert world.topic.published[-1].alert["problem"]["kind"] == "cost_unavailable"
    days = [told_by(world, after=timedelta(days=1)) for _ in range(3)]
    assert days == [[]] * 3
    assert told_by(world, "r2", after=timedelta(days=1)) == ["problem"]


def test_a_problem_that_appears_and_disappears_all_the_time_is_reported_once_a_week(world: World) -> None:
    found: list[str] = []
    for hour in range(15 * 24):
        knows(world, *(["r2"] if hour % 2 else []))
        found += told_by(world, "r2")
    assert found == ["problem", "resolved"] * 3  # on the 10th, the 17th and the 24th


def test_what_was_called_gone_and_stays_is_reported_again_within_a_week(world: World) -> None:
    told_by(world, "r2")
    knows(world, "r2")
    assert told_by(world, "r2") == ["resolved"]
    knows(world)
    assert [told_by(world, "r2", after=timedelta(days=1)) for _ in range(9)] == [[]] * 6 + [
        ["problem"],
        [],
        [],
    ]


def test_what_was_named_this_month_is_not_reported_whatever_was_named_since(world: World) -> None:
    found = [told_by(world, metric, after=timedelta(days=1)) for metric in ("r2", "d1", "r2", "d1", "r2")]
    assert found == [["problem"], ["problem"], [], [], []]


def test_a_scope_that_matches_now_and_then_is_reported_once_a_month(world: World) -> None:
    scoped = '{"limit": "9000 Requests", "period": "week", "scope": {"metric_id": ["r2"]}, "alert_on": []}'
    world.configuration.given_budgets = {"few": scoped}
    found = []
    for _ in range(19):
        world.now += timedelta(days=1)
        # Its usage comes on Sundays, which are read from Monday to Wednesday.
        sunday = world.now - timedelta(days=world.now.weekday() + 1)
        few = [charge(f"{sunday:%Y-%m-%d}", "5", metric="r2")] if world.now.weekday() <= WEDNESDAY else []
        world.use(*used(world), *few)
        before = len(world.topic.published)
        world.run()
        kinds = [message.alert for message in world.topic.published[before:]]
        found += [
            each["type"] for each in kinds if (each.get("problem") or {}).get("kind") == "no_matching_usage"
        ]
    assert found == ["problem", "resolved"]


def test_a_further_metric_is_reported_and_one_fewer_is_not(world: World) -> None:
    assert told_by(world, "r2") == ["problem"]
    assert told_by(world, "r2", "d1") == []  # at most once a day
    assert told_by(world, "r2", "d1", after=timedelta(days=1)) == ["problem"]
    assert world.topic.published[-1].alert["problem"]["kind"] == "price_unknown"
    knows(world, "r2")
    assert told_by(world, "r2", "d1") == []
    assert told_by(world, "r2", "d1", after=timedelta(days=1)) == []
    knows(world)
    assert told_by(world, "r2", "d1", after=timedelta(days=1)) == []  # both were named


def test_a_new_month_begins_as_ever(world: World) -> None:
    world.now = day("2026-11-29")
    told_by(world, "r2")
    knows(world, "r2")
    told_by(world, "r2")
    knows(world)
    months = [told_by(world, "r2", after=timedelta(days=1)).count("problem") for _ in range(20)]
    assert sum(months) == 1
    assert {message.alert["day"] for message in world.topic.published if "day" in message.alert} == {
        "2026-11-01T00:00:00Z",
        "2026-12-01T00:00:00Z",
    }


def test_usage_that_went_down_is_reported_once_a_month_and_each_metric_by_name(world: World) -> None:
    knows(world, "r2")
    told_by(world, "r2")
    found = []
    for gone in ((), ("workers",), ("workers",), ("workers",), ("workers", "r2"), ("workers", "r2")):
        world.now += timedelta(days=1)
        first = day("2026-11-03")
        world.use(
            *(
                row
                for row in used(world, "r2")
                if row.charge_period_start != first or row.x_billable_metric_id not in gone
            )
        )
        before = len(world.topic.published)
        world.run()
        found.append([message.alert["type"] for message in world.topic.published[before:]])
    assert found == [[], ["problem"], [], [], ["problem"], []]
    assert world.topic.published[-1].alert["problem"]["kind"] == "usage_went_down"


def test_an_end_is_forgotten_with_its_month(world: World) -> None:
    told_by(world, "r2")
    knows(world, "r2")
    told_by(world, "r2")
    (kept,) = world.accounts.states[ACCOUNT_ID].open_alerts.values()
    assert (kept.is_over, kept.since, kept.told) == (True, day("2026-11-01"), day("2026-11-10"))
    told_by(world, "r2", after=timedelta(days=25))
    assert not world.accounts.states[ACCOUNT_ID].open_alerts


def test_a_dry_run_previews_new_alerts(world: World) -> None:
    told_by(world, "r2")
    world.now += timedelta(days=1)
    world.use(*used(world, "r2", "d1"))
    assert [each.state for each in world.run(dry_run=True).all_alerts] == ["dry_run"]


def test_notes_that_were_lost_report_no_more_than_once_a_month(world: World) -> None:
    told_by(world, "r2")
    world.accounts.states.clear()
    assert told_by(world, "r2", after=timedelta(days=1)) == []
    assert told_by(world, "r2", after=timedelta(days=1)) == []


def test_one_of_two_budgets_fixed_leaves_the_other_one_reported_by_name(world: World) -> None:
    world.configuration.given_budgets = {
        name: f'{{"limit": "50 USD", "scope": {{"metric_id": ["{metric}*"]}}, "alert_on": []}}'
        for name, metric in (("cpu", "workers"), ("store", "r2"))
    }
    knows(world, "r2")
    both = ("workers_more", "r2", "r2_more")
    assert told_by(world, *both) == ["problem"]
    message = world.topic.published[-1].alert["problem"]["message"]
    assert "budget cpu: the estimate leaves out workers_more" in message
    assert "Budget store: the estimate leaves out r2_more" in message
    knows(world, "r2", "workers_more")
    assert told_by(world, *both, after=timedelta(days=1)) == []
    assert told_by(world, *both, "r2_further", after=timedelta(days=1)) == ["problem"]
    knows(world, "r2", "workers_more", "r2_more", "r2_further")
    assert told_by(world, *both, "r2_further") == ["resolved"]


def test_a_scope_that_fits_nothing_again_is_reported_again(world: World) -> None:
    found = []
    for metric in ("wrkers", "workers", "wokers"):
        scoped = f'{{"limit": "9000 Requests", "scope": {{"metric_id": ["{metric}"]}}}}'
        world.configuration.given_budgets = {"few": scoped}
        found.append(told_by(world, after=timedelta(days=1)))
    assert found == [["problem"], ["resolved"], ["problem"]]
    assert told_by(world, after=timedelta(days=1)) == []


def test_a_cost_that_disagrees_again_is_reported_again_from_its_first_step_on(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "alert_on": []}'}
    world.prices = prices(price())
    found = []
    for days, quantity in ((1, "25"), (1, "24"), (3, "25"), (4, "25"), (1, "40"), (1, "40"), (1, "24")):
        world.now += timedelta(days=days)
        world.use(charge(f"{world.now - timedelta(days=1):%Y-%m-%d}", quantity, "0"))
        before = len(world.topic.published)
        world.run()
        found.append([message.alert["type"] for message in world.topic.published[before:]])
    assert found == [["problem"], ["resolved"], [], ["problem"], ["problem"], [], ["resolved"]]
