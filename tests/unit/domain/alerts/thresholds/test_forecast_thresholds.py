"""Thresholds on a forecast: told once, apart from the actual ones, however the forecast wavers."""

from dataclasses import dataclass

import pytest

from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.errors import AlertRejectedError
from tests.support.builders import charge, each_day
from tests.support.fakes import FakeAlertTopic
from tests.support.world import World
from tests.unit.domain.alerts.thresholds.forecasts import BUDGET, bases, crossings, run_on, states


@pytest.fixture
def world() -> World:
    world = World()
    world.configuration.given_budgets = {"workers": BUDGET}
    return world


@dataclass
class FailsOnce(FakeAlertTopic):
    """Takes no message at the first try."""

    tried: bool = False

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        first, self.tried = not self.tried, True
        if first:
            raise AlertRejectedError("not now")
        return super().publish(alert, attempt)


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
    assert "\nOutlook: over about 2" in message.body
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
