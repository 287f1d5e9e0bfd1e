"""What the alert topic promises, and how SNS's answers are read."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.parsers import ResponseParserError

from cloudflare_budgets.adapters import aws_clients
from cloudflare_budgets.adapters.alert_topic import SnsAlertTopic
from cloudflare_budgets.errors import AlertRejectedError, AlertUndeliveredError
from cloudflare_budgets.ports import AlertTopic
from tests.fakes import FakeAlertTopic, Published
from tests.integration.aws_wire import answered, error, timeout, wire_of
from tests.integration.given import outgoing


class Mailbox:
    """A queue that listens to the topic."""

    def __init__(self, topic_arn: str) -> None:
        self._sqs = aws_clients._session().client("sqs")  # noqa: SLF001 - the product needs no such client
        self._url = self._sqs.create_queue(QueueName="mailbox")["QueueUrl"]
        queue = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])
        arn = queue["Attributes"]["QueueArn"]
        aws_clients.sns().subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn)

    def messages(self) -> list[Mapping[str, Any]]:
        answer = self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in answer.get("Messages", [])]


@pytest.fixture
def sns_topic(topic_arn: str) -> SnsAlertTopic:
    return SnsAlertTopic(topic_arn, aws_clients.sns, aws_clients.sns_once)


@pytest.fixture
def mailbox(topic_arn: str) -> Mailbox:
    return Mailbox(topic_arn)


def published(message: Mapping[str, Any]) -> Published:
    attributes = {name: each["Value"] for name, each in message["MessageAttributes"].items()}
    document = json.loads(attributes["alert"])
    return Published(message["MessageId"], message["Subject"], message["Message"], attributes, document)


@pytest.fixture(params=["fake", "sns"])
def topic_with_reader(
    request: pytest.FixtureRequest,
) -> Iterator[tuple[AlertTopic, Callable[[], list[Published]]]]:
    """A topic and a way to read what its only subscriber got."""
    if request.param == "fake":
        fake = FakeAlertTopic()
        yield fake, lambda: fake.published
    else:
        mailbox: Mailbox = request.getfixturevalue("mailbox")
        yield (
            request.getfixturevalue("sns_topic"),
            lambda: [published(message) for message in mailbox.messages()],
        )


Topic = tuple[AlertTopic, Callable[[], list[Published]]]


def test_a_subscriber_gets_the_text_and_the_json_for_machines(topic_with_reader: Topic) -> None:
    topic, read = topic_with_reader
    message_id = topic.publish(outgoing(80), attempt=1)
    [message] = read()
    assert message.message_id == message_id
    assert message.subject == outgoing(80).subject
    assert message.body == outgoing(80).body
    assert message.alert == json.loads(outgoing(80).document) | {"attempt": 1}


def test_filter_policies_see_every_attribute_that_has_a_value(topic_with_reader: Topic) -> None:
    topic, read = topic_with_reader
    topic.publish(outgoing(80), attempt=1)
    [message] = read()
    assert {name: text for name, text in message.attributes.items() if name != "alert"} == {
        "type": "threshold_crossed",
        "severity": "warning",
        "budget": "workers",
    }


def test_a_second_attempt_says_that_it_may_be_a_repeat(topic_with_reader: Topic) -> None:
    topic, read = topic_with_reader
    topic.publish(replace(outgoing(80), subject="x" * 99), attempt=2)
    [message] = read()
    assert message.subject.endswith(" (possible repeat)")
    assert len(message.subject) == 99
    assert message.alert["attempt"] == 2


def test_every_message_has_an_id_of_its_own(topic_with_reader: Topic) -> None:
    topic, _ = topic_with_reader
    assert topic.publish(outgoing(80), attempt=1) != topic.publish(outgoing(80), attempt=1)


# ---- SNS alone ----


def test_those_who_listen_are_counted(sns_topic: SnsAlertTopic) -> None:
    attributes = {"SubscriptionsConfirmed": "2", "SubscriptionsPending": "1"}
    with answered(aws_clients.sns(), "GetTopicAttributes", {"Attributes": attributes}):
        assert sns_topic.confirmed_subscriptions() == 2


def test_a_topic_without_subscribers_has_none(sns_topic: SnsAlertTopic) -> None:
    assert sns_topic.confirmed_subscriptions() == 0


def test_when_the_topic_does_not_say_who_listens_that_is_no_number(topic_arn: str) -> None:
    topic = SnsAlertTopic(topic_arn + "-absent", aws_clients.sns, aws_clients.sns_once)
    assert topic.confirmed_subscriptions() is None


@pytest.mark.parametrize(
    "answer", [{}, {"Attributes": {}}, {"Attributes": {"SubscriptionsConfirmed": "many"}}]
)
def test_an_odd_answer_about_who_listens_is_no_number(
    sns_topic: SnsAlertTopic, answer: dict[str, Any]
) -> None:
    with answered(aws_clients.sns(), "GetTopicAttributes", answer):
        assert sns_topic.confirmed_subscriptions() is None


@pytest.mark.parametrize("char", ["x", "ü", "東", "\U0001f600"])
def test_a_text_that_is_too_long_is_cut_and_says_so(
    sns_topic: SnsAlertTopic, mailbox: Mailbox, char: str
) -> None:
    sns_topic.publish(outgoing(80, body=char * 300_000), attempt=1)
    [message] = mailbox.messages()
    text, _, mark = message["Message"].rpartition("\n")
    assert mark == "[the rest was too long to send]"
    assert set(text) == {char}
    assert len(text.encode()) > 261_000
    assert "alert" in message["MessageAttributes"]


@pytest.mark.parametrize(
    "code",
    [
        "NotFound",
        "AuthorizationError",
        "InvalidSecurity",
        "KMSAccessDenied",
        "KMSThrottling",
        "Throttled",
        "Throttling",
        "ThrottlingException",
        "ExpiredToken",
    ],
)
def test_a_refusal_says_that_the_message_was_not_taken(sns_topic: SnsAlertTopic, code: str) -> None:
    with (
        answered(aws_clients.sns_once(), "Publish", error(code)) as calls,
        pytest.raises(AlertRejectedError, match=f"the alert topic takes no message: {code}$"),
    ):
        sns_topic.publish(outgoing(), attempt=1)
    assert len(calls) == 1


@pytest.mark.parametrize("code", ["InternalError", "InternalFailure", "ServiceUnavailable", "RequestTimeout"])
def test_an_error_that_leaves_it_open_is_not_a_refusal(sns_topic: SnsAlertTopic, code: str) -> None:
    with (
        answered(aws_clients.sns_once(), "Publish", error(code)) as calls,
        pytest.raises(AlertUndeliveredError, match=code) as raised,
    ):
        sns_topic.publish(outgoing(), attempt=1)
    assert not isinstance(raised.value, AlertRejectedError)
    assert len(calls) == 1


@pytest.mark.parametrize(
    "fault", [timeout(), ConnectionResetError(), ResponseParserError("<html>"), KeyError("Publish")]
)
def test_a_publish_whose_answer_got_lost_goes_over_the_wire_once(
    sns_topic: SnsAlertTopic, mailbox: Mailbox, fault: Exception
) -> None:
    with wire_of(aws_clients.sns_once()) as wire:
        wire.after["Publish"] = [fault]
        with pytest.raises(AlertUndeliveredError, match=type(fault).__name__) as raised:
            sns_topic.publish(outgoing(), attempt=1)
    assert not isinstance(raised.value, AlertRejectedError)
    assert wire.sent == ["Publish"]
    assert len(mailbox.messages()) == 1


@pytest.mark.parametrize("answer", [{}, {"MessageId": ""}])
def test_an_answer_without_a_message_id_is_no_success(
    sns_topic: SnsAlertTopic, answer: dict[str, Any]
) -> None:
    with (
        answered(aws_clients.sns_once(), "Publish", answer),
        pytest.raises(AlertUndeliveredError) as raised,
    ):
        sns_topic.publish(outgoing(), attempt=1)
    assert not isinstance(raised.value, AlertRejectedError)


def test_a_message_refused_for_its_subject_is_sent_in_plain_words(
    sns_topic: SnsAlertTopic, mailbox: Mailbox
) -> None:
    alert = replace(outgoing(80, body="Zürich\n"), subject="a subject\nof two lines")
    sns_topic.publish(alert, attempt=1)
    [message] = mailbox.messages()
    assert message["Subject"] == "Cloudflare Budgets: an alert"
    assert message["Message"] == "Z?rich\n"
    assert "alert" in message["MessageAttributes"]


@pytest.mark.parametrize("code", ["InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"])
def test_a_message_refused_in_plain_words_too_is_rejected(sns_topic: SnsAlertTopic, code: str) -> None:
    with (
        answered(aws_clients.sns_once(), "Publish", error(code)) as calls,
        pytest.raises(AlertRejectedError, match=f"refuses the message: {code}"),
    ):
        sns_topic.publish(outgoing(), attempt=1)
    assert len(calls) == 2
