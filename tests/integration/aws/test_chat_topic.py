"""From SNS's event to the topic of Amazon Q Developer: the real handler, on an AWS in this process."""

import importlib.util
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.topics import ChatTopic
from cloudflare_budgets.errors import AlertUndeliveredError
from cloudflare_budgets.messages.notification import InvalidNotificationError
from tests.integration.aws.wire import answered, error, timeout, wire_of
from tests.schemas.chat import checked_notification
from tests.support.documents import crossed

HANDLER = Path(__file__).parents[3] / "functions/post_to_chat/handler.py"
NOTIFICATION = {"version": "1.0", "source": "custom", "content": {"description": "Über 41.20 USD"}}


@pytest.fixture
def chat_topic_arn(aws: None) -> str:  # noqa: ARG001
    return aws_clients.sns().create_topic(Name="chat")["TopicArn"]


@pytest.fixture
def received(chat_topic_arn: str) -> Callable[[], list[str]]:
    """What the topic's only subscriber gets, as it was published."""
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="chat")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    raw = {"RawMessageDelivery": "true"}
    aws_clients.sns().subscribe(TopicArn=chat_topic_arn, Protocol="sqs", Endpoint=arn, Attributes=raw)
    return lambda: [
        message["Body"]
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    ]


@pytest.fixture
def handle(chat_topic_arn: str, monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, Any]], Any]:
    """The function's handler, as Lambda calls it."""
    monkeypatch.setenv("CHAT_TOPIC_ARN", chat_topic_arn)
    spec = importlib.util.spec_from_file_location("post_to_chat", HANDLER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda event: module.lambda_handler(event, SimpleNamespace())


def event(document: Mapping[str, Any]) -> Mapping[str, Any]:
    sns = {
        "Subject": "workers at 82% of 50 USD (41.20 USD) - Example account",
        "Message": "the text for people",
        "Timestamp": "2026-11-22T10:00:00.000Z",
        "MessageAttributes": {"alert": {"Type": "String", "Value": json.dumps(document)}},
    }
    return {"Records": [{"EventSource": "aws:sns", "Sns": sns}]}


def test_the_chat_topic_receives_only_the_json(
    chat_topic_arn: str, received: Callable[[], list[str]]
) -> None:
    ChatTopic(chat_topic_arn, aws_clients.sns).publish(NOTIFICATION)

    [text] = received()
    assert json.loads(text) == NOTIFICATION
    assert "Über" in text


@pytest.mark.parametrize("code", ["Throttled", "NotFound", "AuthorizationError", "InternalError"])
def test_a_message_that_the_topic_rejects_is_left_to_lambdas_retries(chat_topic_arn: str, code: str) -> None:
    with (
        answered(aws_clients.sns(), "Publish", error(code)) as calls,
        pytest.raises(AlertUndeliveredError, match=f"the chat topic did not accept the alert: {code}"),
    ):
        ChatTopic(chat_topic_arn, aws_clients.sns).publish(NOTIFICATION)
    assert len(calls) == 1


def test_an_alert_is_forwarded_from_one_topic_to_the_other(
    handle: Callable[[Mapping[str, Any]], Any], received: Callable[[], list[str]]
) -> None:
    reply = handle(event(crossed()))

    [notification] = [checked_notification(json.loads(text)) for text in received()]
    assert notification["id"] == crossed()["alert_id"] == reply["alerts"][0]["alert_id"]
    assert reply["alerts"][0]["message_id"]


def test_a_publish_that_fails_fails_the_function(handle: Callable[[Mapping[str, Any]], Any]) -> None:
    with wire_of(aws_clients.sns()) as wire:
        wire.before["Publish"] = [timeout()]
        with pytest.raises(AlertUndeliveredError):
            handle(event(crossed()))
    assert wire.sent == ["Publish"]


def test_an_event_of_something_else_fails_the_function(handle: Callable[[Mapping[str, Any]], Any]) -> None:
    with pytest.raises(InvalidNotificationError):
        handle({"action": "check"})
