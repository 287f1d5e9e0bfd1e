"""The alarms about this stack: each failure, delay or lost message is reported to the operations topic."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.unit.template.alarms.functions import ALARM, ROOT

if TYPE_CHECKING:
    from tests.unit.template.conftest import Template


STACK = {"Ref": "AWS::StackName"}


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
