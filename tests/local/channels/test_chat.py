"""Alerts reach the topic of Amazon Q Developer as custom notifications, with the roles of the template."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.local.queue import Queue

if TYPE_CHECKING:
    from tests.local.conftest import Check, Deployment


def test_a_crossed_threshold_reaches_the_chat_as_a_custom_notification(deployment: Deployment) -> None:
    crossed = deployment.first.notifications["threshold_crossed"]

    assert "of 50 USD" in crossed["content"]["title"]
    assert crossed["metadata"]["threadId"].endswith("/spend/2026-11-01T00:00:00Z")


def test_a_problem_reaches_the_chat_as_a_custom_notification(live: Check) -> None:
    assert "treshold" in live.notifications["problem"]["content"]["description"]


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
