"""The dashboard as CloudFormation creates it, and the saved queries over the fields that runs log."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.adapters.aws import telemetry
from cloudflare_budgets.domain.run.result import AlertReport, AlertState
from tests.support.logs import lines_logged
from tests.unit.adapters.aws.test_telemetry import ALERTS, REPORT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools import Logger

    from tests.unit.template.conftest import Template

COLUMNS = 24
EVERYTHING = frozenset({"PostsToSlackWebhook", "PostsToChat", "PostsToChannels", "KeepsReports"})
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
PROPERTIES = {
    "text": {"markdown", "background"},
    "alarm": {"alarms", "sortBy", "states", "title"},
    "log": {"accountId", "query", "queryLanguage", "region", "stacked", "title", "view"},
    "metric": {
        *("accountId", "annotations", "end", "labels", "legend", "liveData", "metrics", "period", "region"),
        *(
            "setPeriodToTimeRange",
            "singleValueFullPrecision",
            "sparkline",
            "stacked",
            "start",
            "stat",
            "table",
        ),
        *("timezone", "title", "trend", "view", "yAxis"),
    },
}
# Of Logs Insights, in the saved queries.
WORDS = {
    *("fields", "filter", "sort", "limit", "stats", "by", "as", "in", "like", "or", "desc", "and", "SOURCE"),
    *("coalesce", "latest"),
}


def resolved(value: str | Mapping[str, Any], conditions: frozenset[str]) -> str:
    """Evaluate what the dashboard uses of CloudFormation; a name of another resource gets a prefix."""
    if isinstance(value, str):
        return value
    [(function, arguments)] = value.items()
    if function == "Fn::If":
        condition, yes, no = arguments
        return resolved(yes if condition in conditions else no, conditions)
    assert function == "Fn::Sub"
    text, given = arguments if isinstance(arguments, list) else (arguments, {})
    values = {name: resolved(each, conditions) for name, each in given.items()}
    known = {"AWS::Region": "eu-west-1", "AWS::StackName": "a-stack", "StaleAfterHours": "54", **values}
    return re.sub(r"\$\{([A-Za-z:.]+)\}", lambda found: known.get(found[1], f"of-{found[1]}"), text)


def widgets(template: Template, conditions: frozenset[str] = EVERYTHING) -> list[dict[str, Any]]:
    """Return the widgets of the dashboard."""
    body = resolved(template.only("AWS::CloudWatch::Dashboard")["DashboardBody"], conditions)
    found: list[dict[str, Any]] = json.loads(body.replace("${!", "${"))["widgets"]
    return found


def shown(template: Template, conditions: frozenset[str] = EVERYTHING) -> list[list[Any]]:
    """Return the metrics of all widgets."""
    return [each for one in widgets(template, conditions) for each in one["properties"].get("metrics", ())]


@pytest.fixture
def logged() -> set[str]:
    """The fields of a log with an account, a budget, an alert, a problem, a failure and an exception."""

    def write(logger: Logger) -> None:
        told = (AlertReport(ALERTS[0], AlertState.SENT),)
        telemetry.log_report(logger, replace(REPORT, alerts=told, own_failures=("account: 503",)))
        logger.warning("ping failed", extra={"reason": "timeout"})  # as in check/run.py
        try:
            int("x")
        except ValueError:
            logger.exception("unexpected error", extra={"account_id": "a", "alert_id": "b"})

    return {field for line in lines_logged(write) for field in _fields(line)}


def _fields(line: dict[str, Any], prefix: str = "") -> set[str]:
    found = {prefix + name for name in line}
    for name, value in line.items():
        if isinstance(value, dict):
            found |= _fields(value, f"{prefix}{name}.")
    return found


@pytest.mark.parametrize("conditions", [frozenset[str](), EVERYTHING])
def test_no_widget_covers_another_or_leaves_the_grid(template: Template, conditions: frozenset[str]) -> None:
    cells = [
        (x, y)
        for widget in widgets(template, conditions)
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(cells) == len(set(cells))
    assert len(cells) == COLUMNS * (max(y for _, y in cells) + 1)  # and no cell is empty


def test_each_widget_has_only_documented_properties(template: Template) -> None:
    for widget in widgets(template):
        properties = widget["properties"]
        assert set(widget) == {"type", "x", "y", "width", "height", "properties"}
        assert set(properties) <= PROPERTIES[widget["type"]], properties
        if properties.get("view") == "gauge":
            assert set(properties["yAxis"]["left"]) >= {"min", "max"}  # which a gauge requires


def test_counts_and_gauges_have_graphs_of_their_own(template: Template) -> None:
    for widget in widgets(template):
        properties = widget["properties"]
        if widget["type"] == "metric":
            kinds = {each[-1].get("stat", properties["stat"]) == "Sum" for each in properties["metrics"]}
            assert len(kinds) == 1, properties["title"]


def test_every_metric_of_the_stack_is_emitted_and_shown(
    template: Template, emitted: set[tuple[str, ...]]
) -> None:
    ours = [metric for metric in shown(template) if metric[0] == "CloudflareBudgets"]

    assert {metric[1] for metric in ours} == {name for name, *rest in emitted if rest == ["service"]}
    assert all(metric[2:4] == ["service", "a-stack"] for metric in ours)


def test_the_dashboard_finds_the_utilization_of_every_budget_and_account(
    template: Template, emitted: set[tuple[str, ...]]
) -> None:
    searches = [metric[0]["expression"] for metric in shown(template) if isinstance(metric[0], dict)]
    several = [each for each in emitted if len(each) > 2]

    assert {name for name, *_ in several} == {"BudgetUtilization", "HighestUtilization"}
    for name, *dimensions in several:
        found = f'{{CloudflareBudgets,{",".join(dimensions)}}} MetricName="{name}" service="a-stack"'
        assert any(found in search for search in searches)


def test_graphs_name_accounts_and_budgets_instead_of_ids(template: Template) -> None:
    labels = [metric[-1]["label"] for metric in shown(template)]

    assert "${PROP('Dim.account')}" in labels
    assert not any("account_id" in label for label in labels)


@pytest.mark.parametrize("conditions", [frozenset[str](), frozenset({"PostsToChat"}), EVERYTHING])
def test_the_state_of_every_alarm_that_exists_is_shown(
    template: Template, conditions: frozenset[str]
) -> None:
    [states] = [widget for widget in widgets(template, conditions) if widget["type"] == "alarm"]
    existing = {
        name
        for name, resource in template.resources.items()
        if resource["Type"] == "AWS::CloudWatch::Alarm" and resource.get("Condition", "") in {"", *conditions}
    }

    assert sorted(states["properties"]["alarms"]) == sorted(f"of-{name}.Arn" for name in existing)


def test_the_text_links_to_the_report_if_there_is_one(template: Template) -> None:
    [with_report] = [each["properties"] for each in widgets(template) if each["type"] == "text"]
    [without] = [each["properties"] for each in widgets(template, frozenset()) if each["type"] == "text"]

    assert "s3/buckets/of-ReportBucket?prefix=reports/" in with_report["markdown"]
    assert "of-ReportBucket" not in without["markdown"]
    assert "docs/operations.md" in with_report["markdown"]


def test_the_dashboard_is_that_of_this_stack_in_its_own_region(template: Template) -> None:
    regions = {each["properties"].get("region", "eu-west-1") for each in widgets(template)}

    assert regions == {"eu-west-1"}
    # All Regions of an account share one namespace.
    assert "DashboardName" not in template.only("AWS::CloudWatch::Dashboard")


@pytest.mark.parametrize("name", ["WhyNoAlertQuery", "WhatFailedQuery"])
def test_a_saved_query_reads_only_fields_that_are_logged(
    template: Template, name: str, logged: set[str]
) -> None:
    assert fields_read(template.resources[name]["Properties"]["QueryString"]) <= logged


def test_the_table_of_budgets_reads_only_fields_that_are_logged(template: Template, logged: set[str]) -> None:
    [table] = [each["properties"] for each in widgets(template) if each["type"] == "log"]

    assert table["query"].startswith("SOURCE 'of-CheckBudgetsLogGroup' | ")
    assert fields_read(table["query"]) <= logged
    assert 'message = "budget checked"' in table["query"]


def test_failures_are_searched_in_the_log_of_every_function(template: Template) -> None:
    groups = template.resources["WhatFailedQuery"]["Properties"]["LogGroupNames"]

    named = [each.get("Ref") or each["Fn::If"][1]["Ref"] for each in groups]
    assert set(named) == set(template.of_type("AWS::Logs::LogGroup"))


def fields_read(query: str) -> set[str]:
    """Return the fields of the log that a query reads: neither its own names nor those that begin with @."""
    text = re.sub(r"#.*|\"[^\"]*\"|'[^']*'|/.*/", "", query)
    own = set(re.findall(r"\bas (\w+)", text))
    names = set(re.findall(r"(?<![@\w.])[A-Za-z_][\w.]*", text))
    return names - own - WORDS
