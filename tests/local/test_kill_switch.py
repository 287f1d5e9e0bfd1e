"""The kill switch in examples/: a budget at its limit sets it to off, a warning does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.aws import deploy
from local.aws.stack import ROOT
from tests.documents import crossed
from tests.local.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.local.conftest import Deployment

SWITCH = "/kill-switch/cloudflare"


@pytest.fixture(scope="module")
def switch(deployment: Deployment) -> Iterator[Callable[[], dict[str, Any]]]:
    """Deploy the example, and return a function that reads the state of its switch."""
    topic_arn = deployment.stack.outputs["AlertTopicArn"]
    template = ROOT / "examples/kill_switch/template.yaml"
    deploy(deployment.aws, template, {"AlertTopicArn": topic_arn}, "kill-switch")
    bring_boto3(deployment)
    ssm = boto3.client("ssm", **deployment.aws.connection)
    yield lambda: json.loads(ssm.get_parameter(Name=SWITCH)["Parameter"]["Value"])
    deployment.watcher.mailbox.read()  # so that no other test reads these messages


def bring_boto3(deployment: Deployment) -> None:
    # The runtime of AWS contains boto3; the local one contains only the files of the function.
    functions = boto3.client("lambda", **deployment.aws.connection)
    check = functions.get_function_configuration(
        FunctionName=deployment.stack.outputs["CheckBudgetsFunctionName"]
    )
    [name] = [
        each["FunctionName"]
        for each in functions.list_functions()["Functions"]
        if each["FunctionName"].startswith("kill-switch-SwitchOff-")
    ]
    functions.update_function_configuration(
        FunctionName=name, Layers=[layer["Arn"] for layer in check["Layers"]]
    )


def publish(deployment: Deployment, **changed: Any) -> None:  # noqa: ANN401 - any part of an alert
    alert = crossed(**changed)
    attributes = {
        "type": alert["type"],
        "severity": alert["severity"],
        "budget": "workers",
        "alert": json.dumps(alert),
    }
    boto3.client("sns", **deployment.aws.connection).publish(
        TopicArn=deployment.stack.outputs["AlertTopicArn"],
        Subject="an alert",
        Message="the text for people",
        MessageAttributes={
            name: {"DataType": "String", "StringValue": text} for name, text in attributes.items()
        },
    )


def test_a_budget_at_its_limit_switches_off_and_a_warning_does_not(
    deployment: Deployment, switch: Callable[[], dict[str, Any]]
) -> None:
    publish(deployment, severity="warning", alert_id="0" * 32)
    publish(deployment, type="problem", severity="critical", alert_id="1" * 32)
    assert switch() == {"state": "on"}

    publish(deployment, severity="critical", percent_of_limit="104.2", alert_id="2" * 32)
    assert eventually(lambda: switch()["state"] == "off")
    assert switch() == {
        "state": "off",
        "budget": "workers",
        "percent_of_limit": "104.2",
        "alert_id": "2" * 32,
    }
    # The filter policy rejected the first two alerts: they did not start the function.
    assert eventually(lambda: started(deployment) > 0)
    assert started(deployment) == 1


def started(deployment: Deployment) -> int:
    """Count the starts of the function; its log is written when it ends."""
    logs = boto3.client("logs", **deployment.aws.connection)
    groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/kill-switch-")["logGroups"]
    events = [
        event
        for group in groups
        for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
    ]
    return sum(event["message"].startswith("START") for event in events)
