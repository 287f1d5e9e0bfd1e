"""The alarms of the deployed stack: one message at the start, one at the end, none on creation."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest

from local.aws import Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.local.conftest import Deployment

# As CloudWatch gives it: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-concepts.html
CREATED = "INSUFFICIENT_DATA"


@pytest.fixture(scope="module")
def operations(deployment: Deployment) -> Mailbox:
    return Mailbox(deployment.aws, deployment.stack.outputs["OperationsTopicArn"])


@pytest.fixture
def change(deployment: Deployment) -> Callable[[str, str], None]:
    """Give an alarm's name and a state, to put the alarm into that state."""
    cloudwatch = boto3.client("cloudwatch", **deployment.aws.connection)

    def put(name: str, state: str) -> None:
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="a test")

    return put


def alarms(deployment: Deployment) -> list[str]:
    """List the names of the stack's alarms."""
    resources = boto3.client("cloudformation", **deployment.aws.connection).describe_stack_resources(
        StackName=deployment.stack.name
    )["StackResources"]
    kind = "AWS::CloudWatch::Alarm"
    return [each["PhysicalResourceId"] for each in resources if each["ResourceType"] == kind]


def test_no_alarm_of_a_new_stack_says_that_it_is_ok(
    deployment: Deployment, operations: Mailbox, change: Callable[[str, str], None]
) -> None:
    names = alarms(deployment)
    for name in names:
        change(name, CREATED)
        change(name, "OK")

    assert len(names) == 32
    assert operations.read() == []


def test_every_alarm_is_reported_when_it_starts_and_when_it_ends(
    deployment: Deployment, operations: Mailbox, change: Callable[[str, str], None]
) -> None:
    for name in alarms(deployment):
        change(name, "ALARM")
        [started] = operations.read()
        assert started.subject.startswith(f'ALARM: "{name}"'[:60])
        assert f"{deployment.stack.name}: " in started.body
        assert "docs/operations.md#" in started.body

        change(name, "OK")
        [ended] = operations.read()
        assert f"OK: the alarm {name} ended at 20" in ended.body
        assert operations.read() == []


@pytest.fixture
def other(deployment: Deployment) -> Iterator[str]:
    """An alarm of a stack whose name starts with the name of this stack; its name."""
    cloudwatch = boto3.client("cloudwatch", **deployment.aws.connection)
    stack = f"{deployment.stack.name}-of-another-team"
    cloudwatch.put_metric_alarm(
        AlarmName=f"{stack}-HeartbeatAlarm",
        AlarmDescription=f"{stack}: no check was completed.",
        Namespace="CloudflareBudgets",
        MetricName="ChecksCompleted",
        Statistic="Sum",
        Period=3600,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="LessThanThreshold",
    )
    yield f"{stack}-HeartbeatAlarm"
    cloudwatch.delete_alarms(AlarmNames=[f"{stack}-HeartbeatAlarm"])


def test_the_end_of_another_stacks_alarm_is_not_reported(
    operations: Mailbox, change: Callable[[str, str], None], other: str
) -> None:
    change(other, "ALARM")
    change(other, "OK")

    assert operations.read() == []


def test_the_dashboard_shows_the_state_of_every_alarm_of_the_stack(deployment: Deployment) -> None:
    cloudwatch = boto3.client("cloudwatch", **deployment.aws.connection)
    [name] = [each["DashboardName"] for each in cloudwatch.list_dashboards()["DashboardEntries"]]
    body = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
    [shown] = [widget["properties"]["alarms"] for widget in body["widgets"] if widget["type"] == "alarm"]

    assert {arn.rpartition(":alarm:")[2] for arn in shown} == set(alarms(deployment))
    assert "${" not in json.dumps(body).replace("${PROP(", "")
