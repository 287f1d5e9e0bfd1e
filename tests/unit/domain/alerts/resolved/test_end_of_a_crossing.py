"""The end of a crossing that was sent: sent once, and only where it is known to be over."""

import pytest

from cloudflare_budgets.errors import (
    AccessDeniedError,
)
from tests.support.builders import ACCOUNT_ID, charge, day, each_day
from tests.support.world import World
from tests.unit.domain.alerts.resolved.later import HOUR, alerts, run_later


def test_a_raised_limit_resolves_what_was_reported(world: World) -> None:
    world.run()
    world.configuration.given_budgets = {"spend": '{"limit": "100 USD"}'}
    run_later(world)
    (crossing,), (resolved,) = alerts(world, "threshold_crossed"), alerts(world)
    assert resolved["resolves"] == crossing["alert_id"]
    assert resolved["severity"] == "info"
    assert resolved["reason"] == "limit_raised"
    assert resolved["standing"]["percent_of_limit"] == "45"
    assert resolved["problem"] is None
    assert world.topic.published[-1].attributes["budget"] == "spend"


def test_usage_restated_downwards_resolves_what_was_reported(world: World) -> None:
    world.run()
    world.use(charge(cost="20"))
    run_later(world)
    (resolved,) = alerts(world)
    assert resolved["reason"] == "usage_restated"
    assert "The limit is still 50 USD" in world.topic.published[-1].body


def test_changed_thresholds_are_not_reported_as_usage_that_was_restated(world: World) -> None:
    world.use(charge(cost="30"))
    world.run()
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "thresholds": ["80%", "100%"]}'}
    run_later(world)
    (resolved,) = alerts(world)
    assert resolved["reason"] == "thresholds_changed"
    text = " ".join(world.topic.published[-1].body.split())
    assert (
        "The limit is still 50 USD. The threshold of the earlier alert is still reached, but it was removed"
        in text
    )
    assert "restated" not in text


@pytest.mark.parametrize(("cost", "reason"), [("25", "thresholds_changed"), ("24.99", "usage_restated")])
def test_a_threshold_that_is_reached_by_a_hair_was_changed(world: World, cost: str, reason: str) -> None:
    world.use(charge(cost="30"))
    world.run()
    world.use(charge(cost=cost))
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "thresholds": ["80%"]}'}
    run_later(world)
    assert [alert["reason"] for alert in alerts(world)] == [reason]


def test_a_period_that_is_over_is_not_resolved_while_the_data_of_its_last_days_stay_away(
    world: World,
) -> None:
    world.use(*each_day("2026-11-01", "2026-11-28", cost="1.6"))
    world.now = day("2026-11-30")
    world.run()
    restated = each_day("2026-11-01", "2026-11-28", cost="0.5")
    world.use(*restated)
    world.now = day("2026-12-02") + 12 * HOUR
    run_later(world)
    assert (len(alerts(world, "threshold_crossed")), alerts(world)) == (1, [])
    world.use(*restated, *each_day("2026-11-29", "2026-12-01", cost="0.5"))
    run_later(world)
    assert [alert["reason"] for alert in alerts(world) if not alert["problem"]] == ["usage_restated"]


def test_a_long_name_of_an_account_leaves_room_for_the_figures(world: World) -> None:
    for cost in ("45", "20"):
        world.use(charge(cost=cost, billing_account_name="a" * 300))
        run_later(world)
    assert world.topic.published[-1].subject == (
        f"Resolved: spend within: 20 of 50 USD (40 %) - {'a' * 50}..."
    )


@pytest.mark.parametrize("name", ["shop", "at", "spend"])
def test_an_account_is_named_whatever_its_budget_is_called(world: World, name: str) -> None:
    for limit in (50, 500):
        world.configuration.given_budgets = {"shop-spend": f'{{"limit": "{limit} USD", "alert_on": []}}'}
        world.use(charge(cost="45", billing_account_name=name))
        run_later(world)
    assert world.topic.published[-1].subject == f"Resolved: shop-spend within: 45 of 500 USD (9 %) - {name}"


def test_an_account_without_a_name_is_named_once_where_it_had_the_problem(world: World) -> None:
    world.usage.rows = {ACCOUNT_ID: AccessDeniedError("refused")}
    world.run()
    world.use(charge(cost="1", billing_account_name=None))
    run_later(world)
    assert world.topic.published[-1].subject == (
        f"Resolved: Cloudflare accepts the credential of {ACCOUNT_ID} again"
    )


def test_a_raised_limit_that_is_crossed_as_well_is_reported_as_that(world: World) -> None:
    world.run()
    world.configuration.given_budgets = {"spend": '{"limit": "60 USD"}'}
    run_later(world)
    assert alerts(world) == []
    assert [alert["threshold"]["percent"] for alert in alerts(world, "threshold_crossed")] == ["80", "50"]
