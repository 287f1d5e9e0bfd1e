"""The saved queries and the table of the dashboard, run over what checks log."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest

from cloudflare_budgets.adapters.aws import telemetry
from cloudflare_budgets.errors import UsageUnavailableError
from tests.support.builders import ACCOUNT_ID, AS_OF, charge
from tests.support.logs import lines_logged
from tests.support.world import World
from tests.unit.template.conftest import Template
from tests.unit.template.dashboard.log_query import Query, Record, record
from tests.unit.template.dashboard.test_dashboard import widgets

LOG = "of-CheckBudgetsLogGroup"
HOUR = timedelta(hours=1)
ANSWER = "Cloudflare answers 503"
TIMED_OUT = "2026-11-22T10:05:00Z 1a2b Task timed out after 300.00 seconds"


@pytest.fixture
def world() -> World:
    """A budget that is used up, one that is half used, and one that is hardly used."""
    world = World()
    world.configuration.given_budgets = {
        "requests": '{"limit": "100 Requests"}',
        "spend": '{"limit": "50 USD"}',
        "team": '{"limit": "500 USD"}',
    }
    world.use(charge(quantity="120", cost="25"))
    return world


@pytest.fixture
def events(world: World) -> list[Record]:
    """What three checks log, of which the last cannot read the usage."""
    first, second = _checked(world, 0), _checked(world, 1)
    world.usage.rows = {ACCOUNT_ID: UsageUnavailableError(ANSWER)}
    return [*first, *second, *_checked(world, 2)]


def _checked(world: World, hours: int) -> list[Record]:
    world.now = AS_OF + hours * HOUR
    report = world.run()
    lines = lines_logged(lambda logger: telemetry.log_report(logger, report))
    return [_record(hours, place, json.dumps(line)) for place, line in enumerate(lines)]


def _record(hours: int, second: int, message: str) -> Record:
    return record(f"{AS_OF + hours * HOUR:%Y-%m-%d %H:%M}:{second:02}.000", message, LOG)


def found(query: str, events: Sequence[Record], *fields: str) -> list[tuple[object, ...]]:
    """Return some fields of the answer of a query."""
    return [tuple(row.get(field) for field in fields) for row in Query(query).run(events)]


def saved(template: Template, name: str) -> str:
    text: str = template.resources[name]["Properties"]["QueryString"]
    return text


def test_why_no_alert_lists_each_budget_and_the_state_of_its_alerts(
    template: Template, events: list[Record]
) -> None:
    rows = found(
        saved(template, "WhyNoAlertQuery"), events, "name", "what", "threshold", "percent", "state", "reason"
    )
    account = f"account {ACCOUNT_ID}: {ANSWER}"
    assert rows == [
        (None, None, None, None, None, account),
        (ACCOUNT_ID, "usage_unavailable", None, None, None, ANSWER),
        ("team", "unknown", "", None, None, ANSWER),
        ("spend", "unknown", "", None, None, ANSWER),
        ("requests", "unknown", "", None, None, ANSWER),
        ("spend", "threshold_crossed", "50%", None, "already_sent", None),
        ("requests", "threshold_crossed", "100%", None, "already_sent", None),
        ("team", "within", "", 5.0, None, None),
        ("spend", "threshold_passed", "50%", 50.0, None, None),
        ("requests", "over_limit", "50%, 80%, 100%", 120.0, None, None),
        ("spend", "threshold_crossed", "50%", None, "already_sent", None),  # with that of the other budget
        ("requests", "threshold_crossed", "100%", None, "sent", None),
        ("team", "within", "", 5.0, None, None),
        ("spend", "threshold_passed", "50%", 50.0, None, None),
        ("requests", "over_limit", "50%, 80%, 100%", 120.0, None, None),
    ]


def test_why_no_alert_of_one_budget_is_the_line_that_its_comment_adds(
    template: Template, events: list[Record]
) -> None:
    query = saved(template, "WhyNoAlertQuery")
    [added] = [line.partition("add:")[2] for line in query.splitlines() if "add:" in line]
    rows = found(f"{query}\n{added.replace('spend', 'team')}", events, "name", "what")
    assert rows == [("team", "unknown"), ("team", "within"), ("team", "within")]


def test_what_failed_lists_failures_and_runs_that_lambda_ended(
    template: Template, events: list[Record]
) -> None:
    query = saved(template, "WhatFailedQuery")
    rows = found(query, [*events, _record(0, 59, TIMED_OUT)], "@log", "level", "what", "about", "run_id")
    assert rows == [
        (LOG, "ERROR", f"account {ACCOUNT_ID}: {ANSWER}", None, "run-1"),
        (LOG, "WARNING", ANSWER, ACCOUNT_ID, "run-1"),
        (LOG, None, TIMED_OUT, None, None),
    ]


def test_the_table_of_the_dashboard_has_one_row_for_each_budget(
    template: Template, events: list[Record]
) -> None:
    [query] = [each["properties"]["query"] for each in widgets(template) if each["type"] == "log"]
    before = [event for event in events if event["@timestamp"] < f"{AS_OF + 2 * HOUR:%Y-%m-%d %H}"]
    fields = "account", "budget.name", "level", "percent", "used", "of_limit", "reason"
    name = "Example account (023e105f)"
    assert found(query, before, *fields) == [
        (name, "requests", "over_limit", 120.0, "120 Requests", "100 Requests", None),
        (name, "spend", "threshold_passed", 50.0, "25 USD", "50 USD", None),
        (name, "team", "within", 5.0, "25 USD", "500 USD", None),
    ]
    assert found(query, events, *fields) == [
        (ACCOUNT_ID, "requests", "unknown", None, None, "100 Requests", ANSWER),
        (ACCOUNT_ID, "spend", "unknown", None, None, "50 USD", ANSWER),
        (ACCOUNT_ID, "team", "unknown", None, None, "500 USD", ANSWER),
    ]


def test_a_query_with_another_command_is_refused() -> None:
    with pytest.raises(AssertionError, match="parse is not supported"):
        Query("fields @message | parse @message 'a' as b").run([])
