"""From a crossed threshold through the topic and the deployed function into a Slack channel."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest

from local.slack.answers import channel_is_archived
from tests.local.conftest import NOW
from tests.local.waiting import eventually

if TYPE_CHECKING:
    from tests.local.conftest import Deployment


@pytest.fixture(scope="module")
def _checked(deployment: Deployment) -> None:
    deployment.watcher.check(as_of=NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))


@pytest.mark.usefixtures("_checked")
def test_a_crossed_threshold_and_a_problem_reach_the_channel(deployment: Deployment) -> None:
    slack = deployment.slack
    assert eventually(lambda: any(is_about_spend(text) for text in slack.shown))
    assert eventually(lambda: any("Problem: " in text and "treshold" in text for text in slack.shown))

    [crossed] = [text for text in slack.shown if is_about_spend(text)]
    assert crossed.startswith("\N{POLICE CARS REVOLVING LIGHT} spend at ")
    assert "██████████" in crossed
    assert slack.reasons == []


def is_about_spend(text: str) -> bool:
    return "spend at " in text and " of 50 USD\n\n" in text


@pytest.mark.usefixtures("_checked")
def test_the_webhooks_url_stays_in_its_parameter(deployment: Deployment) -> None:
    secret = deployment.slack.webhook_url.rpartition("/")[2]

    def posted() -> list[str]:
        lines = [line for line in deployment.watcher.log("post-to-slack") if '"posted to Slack"' in line]
        return [json.loads(line)["alert"]["posted"] for line in lines]

    assert eventually(lambda: posted()[:1] == ["whole"])
    assert secret not in "\n".join(deployment.watcher.log("post-to-slack"))


def test_what_slack_refuses_for_good_is_kept_with_its_word(deployment: Deployment) -> None:
    # MiniStack's SNS waits for a function and tries it once; AWS's hands over to Lambda's own queue, as here.
    functions = boto3.client("lambda", **deployment.aws.connection)
    [name] = [
        found["FunctionName"]
        for found in functions.list_functions()["Functions"]
        if "PostToSlack" in found["FunctionName"]
    ]
    event = {"Records": [{"Sns": {"Subject": "by hand", "Message": "hello"}}]}
    deployment.slack.always_answer(channel_is_archived())
    functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
    kept = boto3.client("sqs", **deployment.aws.connection).receive_message(
        QueueUrl=deployment.stack.outputs["UndeliveredSlackQueueUrl"], WaitTimeSeconds=20
    )
    deployment.slack.always_answer(None)

    [message] = kept["Messages"]
    record = json.loads(message["Body"])
    assert record["requestPayload"] == event
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert "410 (channel_is_archived)" in record["responsePayload"]["errorMessage"]
    assert "/cloudflare-budgets/slack/webhook-url" in record["responsePayload"]["errorMessage"]
    assert deployment.slack.webhook_url not in message["Body"]
