"""Estimates, forecasts, spikes and newcomers: the whole check, with its own table in an AWS in memory."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.alert_table.outbox import DynamoDbOutbox
from cloudflare_budgets.adapters.aws.state_store import DynamoDbStateStore
from cloudflare_budgets.adapters.price_list_file import shipped_prices
from local.cloudflare.accounts import examples as accounts
from local.cloudflare.accounts import self_serve
from local.cloudflare.accounts.account import Account, Metered
from local.cloudflare.accounts.metering import days_of_use
from local.cloudflare.server import LocalCloudflare
from tests.integration.check.checking import NOW, Check, check_by
from tests.support.fakes import LEASE

UPLOADS = "r2_storage_class_a_operations"
DAY = timedelta(days=1)
SPEND = {"spend": '{"limit": "50 USD"}'}


@pytest.fixture
def check(table_name: str) -> Iterator[Check]:
    with LocalCloudflare(now=NOW, accounts=()) as cloudflare:
        check = check_by(cloudflare)
        world = check.world
        world.outbox = DynamoDbOutbox(table_name, LEASE, aws_clients.dynamodb)  # type: ignore[assignment]
        clock = lambda: world.now  # noqa: E731 - it moves with the world
        world.accounts = DynamoDbStateStore(table_name, clock, aws_clients.dynamodb)  # type: ignore[assignment]
        world.prices = shipped_prices()
        yield check


def told(check: Check, kind: str) -> list[Mapping[str, Any]]:
    """Give the alerts of one type that have gone out so far, as machines get them."""
    return [one.alert for one in check.world.topic.published if one.attributes["type"] == kind]


def cost_of(local: Account, first: datetime, last: datetime, now: datetime) -> Decimal:
    return sum((used.cost for used in days_of_use(local, first.date(), last.date(), now)), Decimal(0))


def used_in(local: Account, metric_id: str, first: datetime, last: datetime) -> Decimal:
    days = days_of_use(local, first.date(), last.date(), last + DAY)
    return sum((used.quantity for used in days if used.metric.id == metric_id), Decimal(0))


def test_usage_without_a_cost_is_estimated_and_marked_as_estimated(check: Check) -> None:
    local = accounts.spiking(NOW)
    found = check(local, {"spend": '{"limit": "5 USD"}'})["budgets"][0]
    assert (found["status"], found["cost_basis"]) == ("breached", "estimated")
    assert found["observed"] == f"{cost_of(local, NOW.replace(day=1), NOW, NOW).normalize()} USD"
    (alert,) = told(check, "threshold_crossed")
    assert alert["cost_basis"] == "estimated"
    assert "estimated by list prices" in check.world.topic.published[0].body


def test_an_allowance_budget_alerts_while_nothing_is_billed(check: Check) -> None:
    budgets = SPEND | {"included": '{"limit": "100% of allowance", "thresholds": ["80%", "100%"]}'}
    found = check(accounts.WITHIN_ALLOWANCE, budgets)["budgets"]
    spend = next(budget for budget in found if budget["name"] == "spend")
    assert (spend["status"], spend["observed"]) == ("ok", "0 USD")
    breached = [budget["allowance_of"] for budget in found if budget["status"] == "breached"]
    assert breached == [UPLOADS]
    (subject,) = check.world.subjects
    assert subject.startswith("included: r2_storage_class_a_operations passed 80 %: 85 %")


def test_a_forecast_budget_alerts_with_a_range_while_nothing_is_billed(check: Check) -> None:
    budgets = {"spend": '{"limit": "4 USD", "thresholds": ["100%", "100% forecast"]}'}
    local = accounts.WITHIN_ALLOWANCE
    found = check(local, budgets)["budgets"][0]
    assert (found["status"], found["observed"]) == ("ok", "0 USD")
    (alert,) = told(check, "threshold_crossed")
    assert (alert["threshold"]["basis"], alert["severity"]) == ("forecast", "warning")
    low, expected, high = (Decimal(alert["forecast"][key]) for key in ("low", "amount", "high"))
    assert low <= expected <= high
    assert low <= cost_of(local, NOW.replace(day=1), NOW.replace(day=30), NOW + 10 * DAY) <= high
    assert re.search(r"\nForecast \S+ USD \(\S+-\S+\)\n", check.world.topic.published[0].body)


def test_a_forecast_follows_a_change_of_level(check: Check) -> None:
    local = accounts.grown(NOW)
    budgets = {"uploads": f'{{"limit": "1 Operations", "scope": {{"metric_id": ["{UPLOADS}"]}}}}'}
    forecast = check(local, budgets)["budgets"][0]["forecast"]
    assert forecast["level_has_shifted"]
    truth = used_in(local, UPLOADS, NOW.replace(day=1), NOW.replace(day=30))
    assert abs(Decimal(forecast["amount"]) / truth - 1) < Decimal("0.1")


def test_a_spike_is_sent_once_per_episode(check: Check) -> None:
    later = NOW + 7 * DAY
    first, second = accounts.spiking(NOW), accounts.spiking(later)
    assert isinstance(first.source, Metered)
    assert isinstance(second.source, Metered)
    surges = (*first.source.surges, *second.source.surges)
    local = replace(first, source=replace(first.source, surges=surges))
    for number in range(-3, 11):
        check(local, SPEND, NOW + number * DAY)
    peaks = [f"{surge.since:%Y-%m-%dT00:00:00Z}" for surge in surges]
    assert [alert["since"] for alert in told(check, "spike")] == peaks


def test_a_spike_is_named_without_the_allowance_that_version_1_writes_into_a_name(check: Check) -> None:
    check(self_serve.self_serve_runaway(NOW), SPEND)
    (message,) = check.world.topic.published
    assert [other["type"] for other in message.alert["also"]].count("spike") == 1
    assert "- Spike: Workers Standard Requests\n" in message.body


def test_a_new_metric_is_sent_once(check: Check) -> None:
    local = accounts.branching_out(NOW)
    for number in range(-4, 8):
        check(local, SPEND, NOW + number * DAY)
    (alert,) = told(check, "new_metric")
    assert alert["metric"]["metric_id"] == "kv_write_operations"
    assert told(check, "spike") == []


def test_a_forecast_uses_stored_days_from_before_the_cycle(check: Check) -> None:
    budgets = {"week": '{"limit": "1000000 USD", "period": "week"}'}
    early = NOW.replace(day=12)  # a Thursday; the cycle began on the 5th

    def days_asked() -> list[str]:
        before = len(check.cloudflare.requests)
        found = check(self_serve.SELF_SERVE, budgets, early)
        assert found["budgets"][0]["forecast"]["complete_days"] == 35
        asked = [request for request in check.cloudflare.requests[before:] if "from" in request.query]
        return [request.query["from"] for request in asked if request.path.endswith("/billable-usage")]

    assert "2026-10-05" in days_asked()
    assert days_asked() == []


def test_trap_18_storage_is_forecast_early_in_a_period(check: Check) -> None:
    text = (
        '{"limit": "50 GB-Months", "scope": {"metric_id": ["r2_data_storage"]},'
        ' "thresholds": ["100%", "100% forecast"]}'
    )
    found = check(accounts.ORDINARY, {"storage": text}, NOW.replace(day=4))["budgets"][0]
    assert Decimal(found["percent"]) < 20
    (alert,) = told(check, "threshold_crossed")
    assert alert["threshold"]["basis"] == "forecast"
    assert 100 < Decimal(alert["forecast"]["percent_of_limit"]) < 130
