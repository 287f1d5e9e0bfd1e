"""Thresholds on a forecast: told once, apart from the actual ones, however the forecast wavers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.errors import AlertRejectedError
from cloudflare_budgets.messages.reply import reply
from tests.support.builders import AS_OF, charge, day, each_day, price, prices
from tests.support.fakes import FakeAlertTopic, Published
from tests.support.world import WATCHED, World

BUDGET = '{"limit": "1000 Requests", "thresholds": ["80%", "100%", "100% forecast"]}'


@dataclass
class FailsOnce(FakeAlertTopic):
    """Takes no message at the first try."""

    tried: bool = False

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        first, self.tried = not self.tried, True
        if first:
            raise AlertRejectedError("not now")
        return super().publish(alert, attempt)


@pytest.fixture
def world() -> World:
    world = World()
    world.configuration.given_budgets = {"workers": BUDGET}
    return world


def run_on(world: World, on: str, rows: Sequence[Charge]) -> Report:
    """Run in the morning of a day, on which the rows of the days before are known."""
    world.use(*(row for row in rows if row.charge_period_start < day(on)))
    world.now = day(on) + timedelta(hours=10)
    return world.run()


def crossings(world: World) -> list[Published]:
    messages = world.topic.published
    return [message for message in messages if message.attributes["type"] == "threshold_crossed"]


def bases(world: World) -> list[tuple[str, str]]:
    thresholds = [message.alert["threshold"] for message in crossings(world)]
    return [(threshold["percent"], threshold["basis"]) for threshold in thresholds]


def states(report: Report) -> list[str]:
    return [alert.state.value for alert in report.accounts[0].alerts]


def budget_reply(report: Report) -> Any:  # noqa: ANN401 - JSON
    return reply(report)["accounts"][0]["budgets"][0]


def test_a_forecast_is_reported_once_and_its_crossing_by_its_own_alert(world: World) -> None:
    rows = each_day("2026-11-01", "2026-11-30", "40")
    for on in range(2, 31):
        run_on(world, f"2026-11-{on:02}", rows)
    assert bases(world) == [("100", "forecast"), ("80", "actual"), ("100", "actual")]
    sent_on = [message.alert["data_through"][:10] for message in crossings(world)]
    assert sent_on == ["2026-11-05", "2026-11-21", "2026-11-26"]


def test_a_forecast_says_how_sure_it_is_and_on_what_it_rests(world: World) -> None:
    run_on(world, "2026-11-11", each_day("2026-11-01", "2026-11-10", "40"))
    (message,) = crossings(world)
    assert message.subject == (
        "workers forecast over: 1,200 of 1,000 Requests (120 %, now 400), 20 days left - Example account"
    )
    assert "\nForecast 1,200 Requests (" in message.body
    assert "; from 10 complete days\n" in message.body
    assert "\nForecast: over about 2" in message.body
    assert message.attributes["severity"] == "warning"
    forecast = message.alert["forecast"]
    assert (forecast["amount"], forecast["complete_days"], forecast["early"]) == ("1200", 10, False)


def test_both_kinds_new_in_one_run_make_one_message(world: World) -> None:
    rows = each_day("2026-11-01", "2026-11-21", "40")
    report = run_on(world, "2026-11-22", rows)
    (message,) = crossings(world)
    assert (message.alert["threshold"]["percent"], message.alert["threshold"]["basis"]) == ("80", "actual")
    assert [(also["percent"], also["basis"]) for also in message.alert["also_crossed"]] == [
        ("100", "forecast")
    ]
    assert "Passed 80 % (also 100 % forecast)\n" in message.body
    assert states(report) == ["sent", "already_sent"]
    assert states(run_on(world, "2026-11-22", rows)) == ["already_sent", "already_sent"]


def test_a_forecast_that_is_new_is_reported_though_the_actual_one_was_reported_before(world: World) -> None:
    rows = [
        charge("2026-11-01", "800"),
        *each_day("2026-11-02", "2026-11-10", "1"),
        *each_day("2026-11-11", "2026-11-12", "30"),
    ]
    for on in range(5, 14):
        run_on(world, f"2026-11-{on:02}", rows)
    assert bases(world) == [("80", "actual"), ("100", "forecast")]


def test_a_forecast_that_falls_back_and_rises_again_is_not_reported_again(world: World) -> None:
    rows = [
        *each_day("2026-11-01", "2026-11-06", "40"),
        *each_day("2026-11-07", "2026-11-12", "5"),
        *each_day("2026-11-13", "2026-11-17", "45"),
    ]
    crossed: list[bool] = []
    for on in range(5, 19):
        report = run_on(world, f"2026-11-{on:02}", rows)
        crossed.append(bool(report.accounts[0].evaluations[0].forecast_crossed))
    assert crossed[0]
    assert not all(crossed)
    assert crossed[-1]
    assert bases(world) == [("100", "forecast")]


def test_of_several_forecasts_the_lower_ones_are_reported_with_the_highest(world: World) -> None:
    thresholds = '["100% forecast", "110% forecast", "150% forecast"]'
    world.configuration.given_budgets = {
        "workers": f'{{"limit": "1000 Requests", "thresholds": {thresholds}}}'
    }
    rows = [*each_day("2026-11-01", "2026-11-10", "40"), *each_day("2026-11-11", "2026-11-20", "35")]
    for on in range(11, 22):
        run_on(world, f"2026-11-{on:02}", rows)
    assert bases(world) == [("110", "forecast")]


def test_while_the_message_that_reports_both_is_owed_the_forecast_waits_for_it(world: World) -> None:
    world.topic = FailsOnce()
    rows = each_day("2026-11-01", "2026-11-21", "40")
    assert states(run_on(world, "2026-11-22", rows)) == ["owed", "owed"]
    assert bases(world) == []
    run_on(world, "2026-11-22", rows)
    assert bases(world) == [("80", "actual")]
    assert states(run_on(world, "2026-11-22", rows)) == ["already_sent", "already_sent"]


def test_a_limit_that_is_reached_settles_the_forecast_too(world: World) -> None:
    run_on(world, "2026-11-22", each_day("2026-11-01", "2026-11-21", "50"))
    (message,) = crossings(world)
    assert message.attributes["severity"] == "critical"
    assert [(also["percent"], also["basis"]) for also in message.alert["also_crossed"]] == [
        ("80", "actual"),
        ("100", "forecast"),
    ]


def test_a_forecast_threshold_that_is_reached_is_reached_before_three_days_are_over(world: World) -> None:
    world.configuration.given_budgets = {
        "workers": '{"limit": "1000 Requests", "thresholds": ["100% forecast"]}'
    }
    run_on(world, "2026-11-02", [charge("2026-11-01", "1100")])
    (message,) = crossings(world)
    assert message.subject == (
        "workers over limit: 1,100 of 1,000 Requests (110 %), 29 days left - Example account"
    )
    assert message.attributes["severity"] == "critical"
    assert "Forecast: none before 3 complete days\n" in message.body
    assert message.alert["forecast"] is None


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
