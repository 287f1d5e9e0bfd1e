"""What SNS hands to a function, or a queue for it, and what becomes of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from cloudflare_budgets.errors import MessageRefusedError, NonRetryableError
from cloudflare_budgets.messages.message import Message, message_json
from cloudflare_budgets.messages.notification import (
    InvalidNotificationError,
    Notification,
    read_notifications,
)
from cloudflare_budgets.post_to_slack import PostResult, post
from tests.support import documents

TIME = timedelta(seconds=57)


def time_left() -> timedelta:
    return TIME


def event(**sns: object) -> dict[str, Any]:
    return {
        "Records": [{"EventSource": "aws:sns", "Sns": {"Subject": "a subject", "Message": "a text", **sns}}]
    }


def queued(**sns: object) -> dict[str, Any]:
    """What SQS hands over when SNS put it into the queue without raw delivery."""
    [record] = event(**sns)["Records"]
    envelope = {"Type": "Notification", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:alerts"}
    body = json.dumps(envelope | record["Sns"])
    return {"Records": [{"eventSource": "aws:sqs", "messageId": "m", "messageAttributes": {}, "body": body}]}


either = pytest.mark.parametrize("given", [event, queued])


@dataclass
class FakeChannel:
    """Takes messages, after raising the errors it is given."""

    errors: list[Exception] = field(default_factory=list)
    messages: list[Mapping[str, Any]] = field(default_factory=list)
    times: list[timedelta] = field(default_factory=list)

    def post(self, message: Mapping[str, Any], time_left: timedelta) -> None:
        self.times.append(time_left)
        if self.errors:
            raise self.errors.pop(0)
        self.messages.append(message)


@either
def test_subject_text_document_and_message_are_read(given: Callable[..., dict[str, Any]]) -> None:
    message = Message("a fact", lead=("a cause",))
    values = {"alert": json.dumps(documents.crossed()), "message": message_json(message)}
    attributes = {name: {"Type": "String", "Value": value} for name, value in values.items()}
    [found] = read_notifications(given(MessageAttributes=attributes))
    assert (found.subject, found.body) == ("a subject", "a text")
    assert found.document == documents.crossed()
    assert found.message == message


@either
@pytest.mark.parametrize(
    "sns",
    [
        {},
        {"MessageAttributes": {}},
        {"MessageAttributes": None, "Subject": None},
        {"MessageAttributes": {"alert": {"Type": "String", "Value": "no json"}}},
        {"MessageAttributes": {name: {"Type": "String", "Value": "[1]"} for name in ("alert", "message")}},
        {"MessageAttributes": {"alert": {"Type": "String", "Value": "[" * 100_000}}},
    ],
)
def test_a_message_by_hand_is_a_message_too(
    given: Callable[..., dict[str, Any]], sns: dict[str, Any]
) -> None:
    [found] = read_notifications(given(**sns))
    assert (found.body, found.document, found.message) == ("a text", {}, None)


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        {},
        [],
        {"action": "check"},
        {"Records": [{}]},
        {"Records": [{"Sns": {}}]},
        {"Records": [{"body": None}]},
        {"Records": [{"body": "the bare text, as raw delivery has it"}]},
        {"Records": [{"body": '"Message"'}]},
        {"Records": [{"body": "{}"}]},
        {"Records": [{"body": "[" * 100_000}]},
        {"Records": [None]},
    ],
)
def test_an_event_of_another_kind_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidNotificationError, match="not one of SNS"):
        read_notifications(wrong)


def test_an_alert_is_posted_whole() -> None:
    channel = FakeChannel()
    assert post(Notification("s", "b", documents.crossed()), channel, time_left) is PostResult.WHOLE
    assert channel.messages[0]["text"] == "⚠️ s"
    assert channel.times == [TIME]


def test_a_message_that_is_refused_is_posted_in_plain_words() -> None:
    channel = FakeChannel([MessageRefusedError("invalid_blocks")])
    assert post(Notification("s", "b", documents.crossed()), channel, time_left) is PostResult.PLAIN
    assert channel.messages == [{"text": "s\n```\nb\n```"}]


def test_the_plain_words_get_the_time_that_is_left_then() -> None:
    channel = FakeChannel([MessageRefusedError("invalid_blocks")])
    left = iter([TIME, timedelta(seconds=7)])
    post(Notification("s", "b", {}), channel, lambda: next(left))
    assert channel.times == [TIME, timedelta(seconds=7)]


def test_a_webhook_that_refuses_everything_is_not_tried_again() -> None:
    channel = FakeChannel([NonRetryableError("no_service")])
    with pytest.raises(NonRetryableError, match="no_service"):
        post(Notification("s", "b", {}), channel, time_left)
    assert channel.messages == []
