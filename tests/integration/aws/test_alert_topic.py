"""What the alert topic promises, and how SNS's answers are read."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.topics import SnsAlertTopic
from cloudflare_budgets.domain.run.subscriptions import Subscriptions
from cloudflare_budgets.ports import AlertTopic
from tests.integration.aws.mailbox import Mailbox
from tests.integration.aws.wire import answered
from tests.support.fakes import FakeAlertTopic, Published
from tests.support.outgoing import outgoing

Topic = tuple[AlertTopic, Callable[[], list[Published]]]


def published(message: Mapping[str, Any]) -> Published:
    attributes = {name: each["Value"] for name, each in message["MessageAttributes"].items()}
    document = json.loads(attributes["alert"])
    return Published(message["MessageId"], message["Subject"], message["Message"], attributes, document)


@pytest.fixture(params=["fake", "sns"])
def topic_with_reader(request: pytest.FixtureRequest) -> Topic:
    """A topic and a way to read what its only subscriber got."""
    if request.param == "fake":
        fake = FakeAlertTopic()
        return fake, lambda: fake.published
    mailbox: Mailbox = request.getfixturevalue("mailbox")
    topic: SnsAlertTopic = request.getfixturevalue("sns_topic")
    return topic, lambda: [published(message) for message in mailbox.messages()]


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


def test_a_second_attempt_is_marked_as_a_possible_repeat(topic_with_reader: Topic) -> None:
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


@pytest.mark.parametrize(("name", "is_delivered"), [("reads", True), ("workers", True), ("kv", False)])
def test_a_filter_policy_finds_each_budget_of_a_message(
    sns_topic: SnsAlertTopic, topic_arn: str, mailbox: Mailbox, name: str, *, is_delivered: bool
) -> None:
    [subscription] = aws_clients.sns().list_subscriptions_by_topic(TopicArn=topic_arn)["Subscriptions"]
    aws_clients.sns().set_subscription_attributes(
        SubscriptionArn=subscription["SubscriptionArn"],
        AttributeName="FilterPolicy",
        AttributeValue=json.dumps({"budgets": [name]}),
    )
    alert = outgoing(80)
    sns_topic.publish(
        replace(alert, attributes={**alert.attributes, "budgets": '["workers","reads"]'}), attempt=1
    )
    assert bool(mailbox.messages()) is is_delivered


ARN = "arn:aws:sns:eu-west-1:123456789012:alerts:1"


def listed(*found: tuple[str, str, str], token: str = "") -> dict[str, Any]:
    """Return an answer of SNS that lists subscriptions: protocol, endpoint, ARN."""
    keys = ("Protocol", "Endpoint", "SubscriptionArn")
    return {
        "Subscriptions": [dict(zip(keys, each, strict=True)) for each in found],
        **({"NextToken": token} if token else {}),
    }


def test_subscriptions_are_counted_by_protocol_and_addresses_that_wait_are_named(topic_arn: str) -> None:
    answer = listed(
        ("sqs", "arn:aws:sqs:eu-west-1:123456789012:slack", ARN),
        ("sqs", "arn:aws:sqs:eu-west-1:123456789012:other", ARN),
        ("email", "you@example.com", "PendingConfirmation"),
        ("https", "https://hook.example.com/secret", "PendingConfirmation"),
        ("email", "team@example.com", ARN),
    )
    topic = SnsAlertTopic(topic_arn, aws_clients.sns, "you@example.com")
    with answered(aws_clients.sns(), "ListSubscriptionsByTopic", answer):
        found = topic.subscribers()
    assert found == Subscriptions({"sqs": 2, "email": 1, "https": 0}, ("you@example.com",))


def test_the_address_of_the_stack_waits_after_its_confirmation_has_expired(topic_arn: str) -> None:
    answer = listed(("lambda", "arn:aws:lambda:eu-west-1:123456789012:function:switch", ARN))
    topic = SnsAlertTopic(topic_arn, aws_clients.sns, "you@example.com")
    with answered(aws_clients.sns(), "ListSubscriptionsByTopic", answer):
        assert topic.subscribers() == Subscriptions({"lambda": 1}, ("you@example.com",))


def test_subscriptions_of_further_pages_are_read(topic_arn: str, mailbox: Mailbox) -> None:  # noqa: ARG001
    for number in range(120):
        aws_clients.sns().subscribe(
            TopicArn=topic_arn, Protocol="email", Endpoint=f"you+{number}@example.com"
        )
    assert SnsAlertTopic(topic_arn, aws_clients.sns).subscribers() == Subscriptions({"sqs": 1, "email": 120})


def test_a_topic_without_subscribers_has_no_subscriber(sns_topic: SnsAlertTopic) -> None:
    assert sns_topic.subscribers() == Subscriptions({})


def test_without_an_answer_the_subscribers_are_unknown(topic_arn: str) -> None:
    topic = SnsAlertTopic(topic_arn + "-absent", aws_clients.sns)
    assert topic.subscribers() is None


@pytest.mark.parametrize("answer", [{}, {"Subscriptions": [{}]}, {"Subscriptions": None}])
def test_an_invalid_answer_leaves_the_subscribers_unknown(
    sns_topic: SnsAlertTopic, answer: dict[str, Any]
) -> None:
    with answered(aws_clients.sns(), "ListSubscriptionsByTopic", answer):
        assert sns_topic.subscribers() is None


@pytest.mark.parametrize("char", ["x", "ü", "東", "\U0001f600"])
def test_a_text_that_is_too_long_is_cut_and_marked(
    sns_topic: SnsAlertTopic, mailbox: Mailbox, char: str
) -> None:
    sns_topic.publish(outgoing(80, body=char * 300_000), attempt=1)
    [message] = mailbox.messages()
    text, _, mark = message["Message"].rpartition("\n")
    assert mark == "[the rest was too long to send]"
    assert set(text) == {char}
    assert len(text.encode()) > 260_000
    assert "alert" in message["MessageAttributes"]
