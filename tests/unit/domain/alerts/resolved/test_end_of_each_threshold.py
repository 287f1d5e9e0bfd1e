"""Each threshold and each allowance that was sent has an end of its own."""

from dataclasses import replace
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert
from tests.support.builders import ACCOUNT_ID, charge, day, price, prices
from tests.support.world import SPEND, World
from tests.unit.domain.alerts.resolved.later import HOUR, alerts, run_later


def test_several_thresholds_of_a_budget_are_resolved_once_with_the_last_message_named(world: World) -> None:
    world.use(charge(cost="26"))
    world.run()
    world.use(charge(cost="45"))
    run_later(world)
    world.use(charge(cost="10"))
    run_later(world)
    run_later(world)
    assert [alert["resolves"] for alert in alerts(world)] == [
        alerts(world, "threshold_crossed")[-1]["alert_id"]
    ]


def test_an_alert_covers_the_same_threshold_and_lower_ones_of_the_same_limit() -> None:
    key = AlertKey("partition", "sort")
    told = OpenAlert(key, "spend", None, "50 USD", Decimal(40))
    thresholds = (Decimal(25), Decimal(40), Decimal(50))
    assert [told.covers(replace(told, threshold=each)) for each in thresholds] == [True, True, False]
    assert not told.covers(replace(told, limit="60 USD"))
    assert not told.covers(replace(told, threshold=None))
    assert not replace(told, threshold=None).covers(told)


def test_each_allowance_of_a_budget_is_something_of_its_own(world: World) -> None:
    metrics = ("kv_read_operations", "workers_standard_requests")
    world.prices = prices(*(price(included="100", metric=metric) for metric in metrics))
    world.configuration.given_budgets = {"free": '{"limit": "100% of allowance"}'}
    world.use(*(charge(quantity="90", metric=metric) for metric in metrics))
    world.run()
    told = world.accounts.states[ACCOUNT_ID].open_alerts
    assert sorted(told) == [f"budget free {metric} 2026-11-01T00:00:00Z" for metric in metrics]


@pytest.mark.parametrize(("percent", "called"), [("100", " included (15 %)"), ("75", " (20 %)")])
def test_the_end_of_an_alert_of_an_allowance_names_it(world: World, percent: str, called: str) -> None:
    metric = "workers_standard_requests"
    world.prices = prices(price(included="100", metric=metric))
    world.configuration.given_budgets = {"free": f'{{"limit": "{percent}% of allowance"}}'}
    world.use(charge(quantity="90", metric=metric))
    world.run()
    world.use(charge(quantity="15", metric=metric))
    run_later(world)
    text = world.topic.published[-1].body
    assert text.startswith(f"Resolved: free: {metric} within: 15 of {percent} Requests{called}\n")


def test_a_growing_cost_difference_is_reported_at_each_threshold_once_and_ends_once(
    world: World,
) -> None:
    world.prices = prices(price())
    for quantity in ("24", "41", "42", "341", "342", "45", "341"):
        world.use(charge(quantity=quantity, cost="0"))
        run_later(world)
    told = alerts(world, "problem")
    assert ["80%" in told[0]["problem"]["message"], "100%" in told[1]["problem"]["message"]] == [True, True]
    assert (len(told), alerts(world)) == (2, [])
    assert (
        "once a month while the problem lasts, and at each higher threshold" in world.topic.published[-1].body
    )
    world.use(charge(quantity="24", cost="0"))
    run_later(world)
    run_later(world)
    (resolved,) = alerts(world)
    assert resolved["resolves"] == told[1]["alert_id"]


def test_a_budget_still_above_a_lower_threshold_is_not_resolved(world: World) -> None:
    world.run()
    world.use(charge(cost="30"))
    run_later(world)
    assert alerts(world) == []


def test_what_falls_in_steps_ends_the_message_that_was_sent(world: World) -> None:
    world.run()
    for cost in ("30", "10"):  # 50 % was told with 80 %, in no message of its own
        world.use(charge(cost=cost))
        run_later(world)
    assert [alert["resolves"] for alert in alerts(world)] == [
        alerts(world, "threshold_crossed")[0]["alert_id"]
    ]


def test_an_end_that_was_reported_is_looked_for_no_more_and_forgotten_with_its_period(world: World) -> None:
    world.run()
    world.use(charge(cost="1"))
    run_later(world)
    world.now += HOUR
    assert world.run().all_alerts == ()
    world.use(charge("2026-12-03", cost="1"))
    world.now = day("2026-12-04") + HOUR
    world.run()
    assert not world.accounts.states[ACCOUNT_ID].open_alerts


@pytest.mark.parametrize("again", ["45", "30"])
def test_what_returns_after_its_end_is_reported_again_and_ends_again(world: World, again: str) -> None:
    world.run()
    for cost in ("10", again, "10", again, "10"):
        world.use(charge(cost=cost))
        run_later(world)
    crossings = [alert["alert_id"] for alert in alerts(world, "threshold_crossed")]
    assert [alert["resolves"] for alert in alerts(world)] == crossings
    assert len(set(crossings)) == 3


def test_a_higher_threshold_reached_after_an_end_has_an_end_of_its_own(world: World) -> None:
    world.run()
    for cost in ("10", "55", "10"):
        world.use(charge(cost=cost))
        run_later(world)
    crossings = [alert["alert_id"] for alert in alerts(world, "threshold_crossed")]
    assert [alert["resolves"] for alert in alerts(world)] == crossings
    assert len(crossings) == 2


def test_a_forecast_that_no_longer_holds_is_not_reported(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "thresholds": ["90% forecast"]}'}
    world.run()
    assert len(alerts(world, "threshold_crossed")) == 1
    world.use(charge(cost="1"))
    run_later(world)
    assert alerts(world) == []


@pytest.mark.parametrize(
    "budgets", [{}, {"spend": '{"limit": "50 USD", "enabled": false}'}, {"other": SPEND}]
)
def test_a_budget_without_state_ends_without_a_message(world: World, budgets: dict[str, str]) -> None:
    world.run()
    world.use(charge(cost="1"))
    world.configuration.given_budgets = budgets
    run_later(world)
    assert alerts(world) == []
