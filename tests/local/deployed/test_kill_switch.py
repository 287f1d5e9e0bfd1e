"""The kill switch in examples/: a budget at its limit sets it to off, a warning does not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.aws import deploy
from local.aws.stack import ROOT
from local.cloudflare.workers import TOKEN, LocalWorkers
from tests.local.waiting import eventually
from tests.support.documents import crossed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.local.conftest import Deployment

STACK = "cloudflare-budgets-kill-switch"  # the operations topic accepts its alarms
SWITCH = "/kill-switch/cloudflare"
ACCOUNT, ZONE, ROUTE = "a" * 32, "b" * 32, "c" * 32
ON = {"enabled": True, "previews_enabled": True}
OFF = {"enabled": False, "previews_enabled": False}
PATTERN = "example.com/api/*"
CRITICAL = "2" * 32  # the id of the alert that switches off


@pytest.fixture(scope="module")
def workers() -> Iterator[LocalWorkers]:
    routes = {(ZONE, ROUTE): {"pattern": PATTERN, "script": "shop-api"}}
    with LocalWorkers({"shop-api": dict(ON), "payments": dict(ON)}, routes) as running:
        yield running


@pytest.fixture(scope="module")
def switch(deployment: Deployment, workers: LocalWorkers) -> Iterator[Callable[[], dict[str, Any]]]:
    """Deploy the example, and return a function that reads the state of its switch."""
    settings = {
        "AlertTopicArn": deployment.stack.outputs["AlertTopicArn"],
        "OperationsTopicArn": deployment.stack.outputs["OperationsTopicArn"],
        "DryRun": "false",
        "Workers": "shop-api,payments",
        "NeverTouch": "payments",
        "AccountId": ACCOUNT,
        "ZoneIds": ZONE,
        "CloudflareApiUrl": workers.url,
    }
    ssm = boto3.client("ssm", **deployment.aws.connection)
    ssm.put_parameter(Name=f"{SWITCH}/token", Value=TOKEN, Type="SecureString")
    deploy(deployment.aws, ROOT / "examples/kill_switch/template.yaml", settings, STACK)
    yield lambda: json.loads(ssm.get_parameter(Name=SWITCH)["Parameter"]["Value"])
    deployment.watcher.mailbox.read()  # so that no other test reads these messages


@pytest.fixture(scope="module")
def switched_off(deployment: Deployment, switch: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Send two alerts that are no reason and one that is; return the state after the function has ended."""
    publish(deployment, severity="warning", alert_id="0" * 32)
    publish(deployment, type="problem", severity="critical", alert_id="1" * 32)
    assert switch() == {"state": "on"}

    publish(deployment, severity="critical", percent_of_limit="104.2", alert_id=CRITICAL)
    assert eventually(lambda: switch()["state"] == "off")
    # The state is written before the Workers are disabled, and the log when the function ends.
    assert eventually(lambda: started(deployment) > 0)
    return switch()


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
    deployment: Deployment, switched_off: dict[str, Any], workers: LocalWorkers
) -> None:
    assert switched_off == {
        "state": "off",
        "budget": "workers",
        "percent_of_limit": "104.2",
        "alert_id": CRITICAL,
    }
    # The filter policy rejected the first two alerts: they did not start the function.
    assert started(deployment) == 1
    assert workers.subdomains == {"shop-api": OFF, "payments": ON}
    assert workers.routes == {(ZONE, ROUTE): {"pattern": PATTERN, "script": None}}


@pytest.mark.usefixtures("switched_off")
def test_one_command_undoes_it(
    deployment: Deployment, switch: Callable[[], dict[str, Any]], workers: LocalWorkers
) -> None:
    functions = boto3.client("lambda", **deployment.aws.connection)
    [name] = [
        each["FunctionName"]
        for each in functions.list_functions()["Functions"]
        if each["FunctionName"].startswith(f"{STACK}-SwitchOff-")
    ]
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"action": "undo"}))

    done = answer["Payload"].read()
    assert "FunctionError" not in answer, done
    assert switch() == {"state": "on", "undone": CRITICAL}
    assert workers.subdomains == {"shop-api": ON, "payments": ON}
    assert workers.routes == {(ZONE, ROUTE): {"pattern": PATTERN, "script": "shop-api"}}


def test_dead_letters_have_an_alarm_that_reaches_the_operations_topic(deployment: Deployment) -> None:
    alarms = boto3.client("cloudwatch", **deployment.aws.connection).describe_alarms()["MetricAlarms"]
    [alarm] = [each for each in alarms if each["AlarmName"].startswith(f"{STACK}-GivenUpAlarm")]

    assert alarm["AlarmActions"] == [deployment.stack.outputs["OperationsTopicArn"]]
    assert alarm["Dimensions"][0]["Value"].startswith(f"{STACK}-GivenUp-")


def started(deployment: Deployment) -> int:
    """Count the starts of the function; its log is written when it ends."""
    logs = boto3.client("logs", **deployment.aws.connection)
    groups = logs.describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{STACK}-")["logGroups"]
    events = [
        event
        for group in groups
        for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
    ]
    return sum(event["message"].startswith("START") for event in events)
