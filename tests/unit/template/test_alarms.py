"""The alarms about this stack: each failure, delay or lost message is reported to the operations topic."""

from __future__ import annotations

import re
import runpy
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template

ROOT = Path(__file__).parents[3]
ALARM = "AWS::CloudWatch::Alarm"
STACK = {"Ref": "AWS::StackName"}
FUNCTIONS = ("CheckBudgets", "PostToSlack", "PostToChat", "PostToChannels")
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
        for function in ("CheckBudgets", "PostToChat")
        for kind, metric in OF_EACH_ASYNCHRONOUS_FUNCTION.items()
    ),
]
ERRORS = {
    "CheckBudgets": "FunctionErrorsAlarm",
    "PostToSlack": "PostToSlackErrorsAlarm",
    "PostToChat": "PostToChatErrorsAlarm",
    "PostToChannels": "PostToChannelsErrorsAlarm",
}


def test_every_alarm_is_sent_to_the_operations_topic(template: Template) -> None:
    for name, alarm in template.of_type(ALARM).items():
        assert alarm["AlarmActions"] == [{"Ref": "OperationsTopic"}], name


def test_no_alarm_sends_a_message_when_its_first_state_is_ok(template: Template) -> None:
    # An alarm is created in INSUFFICIENT_DATA; the actions of a state are also run at the change from there.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    for name, alarm in template.of_type(ALARM).items():
        assert not {"OKActions", "InsufficientDataActions"} & set(alarm), name


def test_the_end_of_every_alarm_is_sent_to_the_operations_topic(template: Template) -> None:
    rule = template.only("AWS::Events::Rule")
    [target] = rule["Targets"]
    pattern = rule["EventPattern"]
    alarms = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:${AWS::StackName}-"

    assert "Condition" not in template.resources["AlarmEndRule"]
    assert (pattern["source"], pattern["detail-type"]) == (
        ["aws.cloudwatch"],
        ["CloudWatch Alarm State Change"],
    )
    assert pattern["resources"] == [{"prefix": {"Fn::Sub": alarms}}]
    assert pattern["detail"] == {
        "configuration": {"description": [{"prefix": {"Fn::Sub": "${AWS::StackName}: "}}]},
        "previousState": {"value": ["ALARM"]},
        "state": {"value": ["OK"]},
    }
    assert target["Arn"] == {"Ref": "OperationsTopic"}
    assert "RoleArn" not in target  # SNS targets need the topic's policy; a role makes deliveries fail
    for name, alarm in template.of_type(ALARM).items():
        assert alarm["AlarmDescription"]["Fn::Sub"].startswith("${AWS::StackName}: "), name


def test_every_alarm_has_a_text_of_its_own_and_a_section_in_the_docs(template: Template) -> None:
    texts = {name: alarm["AlarmDescription"]["Fn::Sub"] for name, alarm in template.of_type(ALARM).items()}

    page = (ROOT / "docs/operations.md").read_text()
    sections = {each.lower().replace(" ", "-") for each in re.findall(r"^### (.+)$", page, re.MULTILINE)}

    assert len(set(texts.values())) == len(texts)
    for name, text in texts.items():
        assert re.search(r"\. See docs/operations\.md#[a-z-]+\.$", text), name
        assert text.rpartition("#")[2].rstrip(".") in sections, name
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        assert len(text) < 1024 / 2, name  # half of the limit: names of queues are filled in


def test_every_alarm_about_our_own_metrics_uses_a_metric_that_is_emitted(
    template: Template, emitted: set[tuple[str, ...]]
) -> None:
    settings = template.of_type("AWS::Lambda::Function")["CheckBudgetsFunction"]["Environment"]["Variables"]
    ours = {
        name: alarm
        for name, alarm in template.of_type(ALARM).items()
        if alarm["Namespace"] == settings["POWERTOOLS_METRICS_NAMESPACE"]
    }

    assert settings["POWERTOOLS_SERVICE_NAME"] == STACK
    assert {alarm["MetricName"] for alarm in ours.values()} == {
        "ChecksCompleted",
        "ConfirmedSubscribers",
        "DataAgeHours",
        "AlertsPending",
    }
    for name, alarm in ours.items():
        assert (alarm["MetricName"], "service") in emitted, name
        assert alarm["Dimensions"] == [{"Name": "service", "Value": STACK}], name


def test_missing_data_starts_the_heartbeat_alarm_and_no_other(template: Template) -> None:
    missing = {name: alarm["TreatMissingData"] for name, alarm in template.of_type(ALARM).items()}

    assert missing.pop("HeartbeatAlarm") == "breaching"
    assert missing.pop("StaleUsageAlarm") == missing.pop("NoSubscriberAlarm") == "ignore"
    assert set(missing.values()) == {"notBreaching"}


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

    assert watched == asynchronous == {"CheckBudgetsFunction", "PostToChatFunction"}


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


@pytest.mark.parametrize("function", ["CheckBudgets", "PostToChat"])
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
