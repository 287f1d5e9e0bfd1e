"""Thresholds on a forecast wait for days that say something."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.messages.reply import reply
from tests.support.builders import AS_OF, charge, day, each_day, price, prices
from tests.support.fakes import Published
from tests.support.world import WATCHED, World
from tests.unit.domain.alerts.thresholds.forecasts import BUDGET, bases, crossings, run_on, states


@pytest.fixture
def world() -> World:
    world = World()
    world.configuration.given_budgets = {"workers": BUDGET}
    return world


def budget_reply(report: Report) -> Any:  # noqa: ANN401 - JSON
    return reply(report)["accounts"][0]["budgets"][0]


def test_thresholds_wait_for_four_days_and_the_reply_says_so(world: World) -> None:
    rows = each_day("2026-11-01", "2026-11-04", "100")
    assert budget_reply(run_on(world, "2026-11-03", rows))["not_evaluated"] == ["100% forecast"]
    assert budget_reply(run_on(world, "2026-11-04", rows))["not_evaluated"] == ["100% forecast"]
    assert bases(world) == []
    assert budget_reply(run_on(world, "2026-11-05", rows))["not_evaluated"] == []
    assert bases(world) == [("100", "forecast")]
    assert "from 4 complete days, early" in crossings(world)[0].body


def test_on_the_third_day_an_amount_is_expected_though_nothing_is_evaluated_by_it(world: World) -> None:
    rows = each_day("2026-11-01", "2026-11-03", "100")
    found = budget_reply(run_on(world, "2026-11-04", rows))
    assert (found["forecast"]["amount"], found["forecast"]["low"]) == ("3000", None)
    assert found["status"] == "ok"


def test_stale_usage_reports_no_forecast(world: World) -> None:
    rows = each_day("2026-11-01", "2026-11-10", "45")
    report = run_on(world, "2026-11-14", rows)
    assert budget_reply(report)["not_evaluated"] == ["100% forecast"]
    assert [message.attributes["type"] for message in world.topic.published] == ["problem"]


@pytest.mark.parametrize("listed", [prices(price()), prices(price(metric="r2"))])
def test_a_limit_that_is_reached_by_stale_usage_says_that_it_is_too_old_for_a_forecast(
    world: World, listed: PriceList
) -> None:
    world.prices = listed
    world.configuration.given_budgets = {"spend": '{"limit": "100 USD", "alert_on": []}'}
    # One of the two has no price, which is also said of the budget.
    rows = [
        *each_day("2026-11-01", "2026-11-18", "10"),
        *each_day("2026-11-01", "2026-11-18", "10", metric="r2"),
    ]
    run_on(world, "2026-11-22", rows)
    (message,) = crossings(world)
    assert "Forecast: none, because the newest usage is too old\n" in message.body
    assert "complete days" not in message.body


def test_late_usage_of_a_period_that_is_over_is_reported_as_a_fact(world: World) -> None:
    world.run_store.state = WATCHED
    rows = [*each_day("2026-11-01", "2026-11-29", "25"), charge("2026-11-30", "300")]
    run_on(world, "2026-12-01", rows)
    (message,) = crossings(world)
    assert message.alert["threshold"]["basis"] == "actual"
    assert "The period is over; the usage arrived late." in message.body
    assert "Forecast" not in message.body


def test_a_cost_is_forecast_by_quantity_and_then_priced(world: World) -> None:
    world.prices = prices(price("1", "200"))
    world.configuration.given_budgets = {
        "spend": '{"limit": "100 USD", "alert_on": [], "thresholds": ["100% forecast"]}'
    }
    message = _only_message(world, each_day("2026-11-01", "2026-11-15", "11"))
    assert message.alert["observed"]["amount"] == "0"
    assert message.alert["forecast"]["amount"] == "130"
    assert message.alert["cost_basis"] == "estimated"


def test_a_forecast_that_leaves_something_out_says_so(world: World) -> None:
    world.prices = prices(price())
    world.configuration.given_budgets = {
        "spend": '{"limit": "300 USD", "alert_on": [], "thresholds": ["100% forecast"]}'
    }
    free = each_day("2026-11-01", "2026-11-15", "7", "0", metric="zaraz_loads")
    message = _only_message(world, [*each_day("2026-11-01", "2026-11-15", "10"), *free])
    assert re.search(r"\nForecast 300 USD \(\d+-\d+\) without what has no price\n", message.body)
    assert "at least" not in message.body
    assert "leaves out what has no price: zaraz_loads\n" in message.body


def test_of_many_metrics_that_a_forecast_leaves_out_the_rest_is_counted(world: World) -> None:
    world.prices = prices(price())
    world.configuration.given_budgets = {
        "spend": '{"limit": "300 USD", "alert_on": [], "thresholds": ["100% forecast"]}'
    }
    free = [
        row
        for number in range(6)
        for row in each_day("2026-11-01", "2026-11-15", "7", "0", metric=f"metric_{number}")
    ]
    message = _only_message(world, [*each_day("2026-11-01", "2026-11-15", "10"), *free])
    body = " ".join(message.body.split())
    assert "has no price: metric_0, metric_1, metric_2, metric_3, metric_4 and 1 more" in body


def _only_message(world: World, rows: Sequence[Charge]) -> Published:
    run_on(world, "2026-11-16", rows)
    (message,) = crossings(world)
    return message


def test_a_replay_of_an_earlier_morning_forecasts_as_it_was_then(world: World) -> None:
    world.use(*each_day("2026-11-01", "2026-11-10", "40"))
    world.now = AS_OF
    report = world.run(as_of=day("2026-11-11") + timedelta(hours=10), dry_run=True)
    assert states(report) == ["dry_run"]
    assert budget_reply(report)["forecast"]["amount"] == "1200"
