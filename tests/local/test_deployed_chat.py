"""Alerts reach the topic of Amazon Q Developer as custom notifications, with the roles of the template."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.local.conftest import NOW
from tests.local.queue import Queue
from tests.schemas.chat import checked_notification

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.local.conftest import Deployment


def notifications(deployment: Deployment, *types: str) -> dict[str, Mapping[str, Any]]:
    """Wait for notifications of these types, and return the notifications by type."""
    found: dict[str, Mapping[str, Any]] = {}
    deadline = time.monotonic() + 30
    while not found.keys() >= set(types) and time.monotonic() < deadline:
        for delivery in deployment.chat.read(wait_seconds=5):
            notification = checked_notification(json.loads(delivery.body))
            found[notification["metadata"]["additionalContext"]["type"]] = notification
    return found


def test_a_crossed_threshold_reaches_the_chat_as_a_custom_notification(deployment: Deployment) -> None:
    deployment.watcher.check(as_of=NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))
    found = notifications(deployment, "threshold_crossed")

    assert "of 50 USD" in found["threshold_crossed"]["content"]["title"]
    assert found["threshold_crossed"]["metadata"]["threadId"].endswith("/spend/2026-11-01T00:00:00Z")


@pytest.mark.usefixtures("live")
def test_a_problem_reaches_the_chat_as_a_custom_notification(deployment: Deployment) -> None:
    found = notifications(deployment, "problem")

    assert "treshold" in found["problem"]["content"]["description"]


def test_an_event_that_cannot_be_sent_to_the_chat_is_stored(deployment: Deployment) -> None:
    functions = boto3.client("lambda", **deployment.aws.connection)
    [name] = [
        each["FunctionName"]
        for each in functions.list_functions()["Functions"]
        if "-PostToChatFunction-" in each["FunctionName"]
    ]
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"this": "is not from SNS"}')

    record = json.loads(Queue(deployment, deployment.stack.outputs["UndeliveredChatQueueUrl"]).take())
    assert record["requestPayload"] == {"this": "is not from SNS"}
    assert record["requestContext"]["approximateInvokeCount"] == 3


def test_a_workspace_without_a_channel_is_rejected_with_the_reason(deployment: Deployment) -> None:
    given = {"SlackWorkspaceId": "T07EA123LEP", "SlackChannelId": ""}

    with pytest.raises(ClientError, match="SlackWorkspaceId and SlackChannelId belong together"):
        boto3.client("cloudformation", **deployment.aws.connection).update_stack(
            StackName=deployment.stack.name,
            UsePreviousTemplate=True,
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in given.items()],
        )
