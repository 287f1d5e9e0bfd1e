"""Each function and queue has its alarms, and the dashboard its metrics."""

from __future__ import annotations

import runpy
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.unit.template.alarms.functions import ALARM, ROOT

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template


FUNCTIONS = (
    *("CheckBudgets", "PostToSlack", "PostToChat", "PostToChannels"),
    *("PlanChecks", "CheckAccount", "SendAlerts"),
)


# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
OF_EACH_FUNCTION = {
    "NearTimeoutAlarm": ("Duration", "Maximum"),
    "ThrottlesAlarm": ("Throttles", "Sum"),
}
OF_EACH_ASYNCHRONOUS_FUNCTION = {
    "DroppedEventsAlarm": ("AsyncEventsDropped", "Sum"),
    "OldEventsAlarm": ("AsyncEventAge", "Maximum"),
    "DestinationAlarm": ("DestinationDeliveryFailures", "Sum"),
}
ALARMS_OF_FUNCTIONS = [
    *((function, kind, *metric) for function in FUNCTIONS for kind, metric in OF_EACH_FUNCTION.items()),
    *(
        (function, kind, *metric)
        for function in ("CheckBudgets", "PostToChat", "PlanChecks")
        for kind, metric in OF_EACH_ASYNCHRONOUS_FUNCTION.items()
    ),
]
ERRORS = {
    "CheckBudgets": "FunctionErrorsAlarm",
    "PostToSlack": "PostToSlackErrorsAlarm",
    "PostToChat": "PostToChatErrorsAlarm",
    "PostToChannels": "PostToChannelsErrorsAlarm",
    "PlanChecks": "PlanChecksErrorsAlarm",
    "CheckAccount": "CheckAccountErrorsAlarm",
    "SendAlerts": "SendAlertsErrorsAlarm",
}


@pytest.mark.parametrize(("function", "kind", "metric", "statistic"), ALARMS_OF_FUNCTIONS)
def test_each_function_has_every_alarm_under_the_condition_of_the_function(
    template: Template, function: str, kind: str, metric: str, statistic: str
) -> None:
    alarm = template.of_type(ALARM)[f"{function}{kind}"]

    assert alarm["Namespace"] == "AWS/Lambda"
    assert (alarm["MetricName"], alarm["Statistic"]) == (metric, statistic)
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": f"{function}Function"}}]
    assert template.resources[f"{function}{kind}"].get("Condition") == condition_of(template, function)


def test_only_functions_that_are_invoked_asynchronously_have_alarms_about_events(template: Template) -> None:
    asynchronous = {
        event["FunctionName"]["Ref"] for event in template.of_type("AWS::Lambda::EventInvokeConfig").values()
    }
    watched = {
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in template.of_type(ALARM).values()
        if alarm["MetricName"] in {metric for metric, _ in OF_EACH_ASYNCHRONOUS_FUNCTION.values()}
    }

    expected = {"CheckBudgetsFunction", "PostToChatFunction", "PlanChecksFunction"}
    assert watched == asynchronous == expected


def test_an_alert_for_slack_that_is_not_attempted_has_an_alarm(template: Template) -> None:
    alarm = template.of_type(ALARM)["PostToSlackOldMessagesAlarm"]

    assert (alarm["Namespace"], alarm["MetricName"]) == ("AWS/SQS", "ApproximateAgeOfOldestMessage")
    assert (alarm["Statistic"], alarm["Threshold"]) == ("Maximum", 30 * 60)
    assert alarm["Dimensions"] == [
        {"Name": "QueueName", "Value": {"Fn::GetAtt": ["SlackQueue", "QueueName"]}}
    ]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_each_function_has_an_alarm_about_its_errors(template: Template, function: str) -> None:
    alarm = template.of_type(ALARM)[ERRORS[function]]

    assert (alarm["MetricName"], alarm["Statistic"], alarm["Threshold"]) == ("Errors", "Sum", 1)
    assert alarm["Dimensions"] == [{"Name": "FunctionName", "Value": {"Ref": f"{function}Function"}}]
    assert template.resources[ERRORS[function]].get("Condition") == condition_of(template, function)


def test_every_function_is_in_this_list(template: Template) -> None:
    assert set(template.of_type("AWS::Lambda::Function")) == {f"{name}Function" for name in FUNCTIONS}


@pytest.mark.parametrize(
    "function", ["CheckBudgets", "PostToChat", "PlanChecks", "CheckAccount", "SendAlerts"]
)
def test_a_run_that_needs_four_fifths_of_its_time_has_an_alarm(template: Template, function: str) -> None:
    timeout = template.of_type("AWS::Lambda::Function")[f"{function}Function"]["Timeout"]
    alarm = template.of_type(ALARM)[f"{function}NearTimeoutAlarm"]

    assert alarm["Threshold"] == timeout * 1000 * 4 / 5  # Lambda counts in ms
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"


def test_posting_to_slack_has_an_alarm_above_the_time_that_it_waits_at_most(template: Template) -> None:
    timeout = template.of_type("AWS::Lambda::Function")["PostToSlackFunction"]["Timeout"]
    alarm = template.of_type(ALARM)["PostToSlackNearTimeoutAlarm"]
    kept_back = runpy.run_path(str(ROOT / "functions/post_to_slack/handler.py"))["_MARGIN"]
    given = timedelta(seconds=timeout) - kept_back

    # If Slack does not answer, the function waits as long as it can; the alarm about its errors covers that.
    assert given / timedelta(milliseconds=1) < alarm["Threshold"] < timeout * 1000
    assert alarm["ComparisonOperator"] == "GreaterThanThreshold"


def test_usage_has_an_alarm_at_the_age_that_makes_budgets_unknown(template: Template) -> None:
    alarm = template.of_type(ALARM)["StaleUsageAlarm"]
    settings = template.of_type("AWS::Lambda::Function")["CheckBudgetsFunction"]["Environment"]["Variables"]

    assert alarm["Threshold"] == settings["STALE_AFTER_HOURS"] == {"Ref": "StaleAfterHours"}
    assert (alarm["ComparisonOperator"], alarm["Statistic"]) == ("GreaterThanThreshold", "Maximum")


def test_an_alert_that_two_checks_could_not_send_has_an_alarm(template: Template) -> None:
    alarm = template.of_type(ALARM)["AlertsPendingAlarm"]

    assert (alarm["Threshold"], alarm["ComparisonOperator"]) == (0, "GreaterThanThreshold")
    assert alarm["DatapointsToAlarm"] == 2
    assert alarm["EvaluationPeriods"] == {"Ref": "HeartbeatHours"}


def test_messages_that_sns_loses_have_an_alarm(template: Template) -> None:
    alarms = template.of_type(ALARM)
    lost = {name: alarms[name]["MetricName"] for name in ("AlertDeliveryAlarm", "RedriveAlarm")}

    assert lost == {
        "AlertDeliveryAlarm": "NumberOfNotificationsFailed",
        "RedriveAlarm": "NumberOfNotificationsFailedToRedriveToDlq",
    }
    for name in lost:
        assert alarms[name]["Dimensions"] == [
            {"Name": "TopicName", "Value": {"Fn::GetAtt": ["AlertTopic", "TopicName"]}}
        ]


def test_every_queue_has_an_alarm(template: Template) -> None:
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in template.of_type(ALARM).values()
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "QueueName"
    }

    assert watched == set(template.of_type("AWS::SQS::Queue"))


def condition_of(template: Template, function: str) -> str | None:
    condition: str | None = template.resources[f"{function}Function"].get("Condition")
    return condition
