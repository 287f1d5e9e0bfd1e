"""How the errors of SNS are read: did it take the message or not?"""

from dataclasses import replace
from typing import Any

import pytest
from botocore.parsers import ResponseParserError

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.topics import SnsAlertTopic
from cloudflare_budgets.errors import AlertRejectedError, AlertUndeliveredError
from tests.integration.aws.mailbox import Mailbox
from tests.integration.aws.wire import answered, error, timeout, wire_of
from tests.support.outgoing import outgoing


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
def test_a_refused_message_is_reported_as_rejected(sns_topic: SnsAlertTopic, code: str) -> None:
    with (
        answered(aws_clients.sns(), "Publish", error(code)) as calls,
        pytest.raises(AlertRejectedError, match=f"the alert topic accepts no message: {code}$"),
    ):
        sns_topic.publish(outgoing(), attempt=1)
    assert len(calls) == 1


@pytest.mark.parametrize("code", ["InternalError", "InternalFailure", "ServiceUnavailable", "RequestTimeout"])
def test_an_ambiguous_error_is_not_a_refusal(sns_topic: SnsAlertTopic, code: str) -> None:
    with (
        answered(aws_clients.sns(), "Publish", error(code)) as calls,
        pytest.raises(AlertUndeliveredError, match=code) as raised,
    ):
        sns_topic.publish(outgoing(), attempt=1)
    assert not isinstance(raised.value, AlertRejectedError)
    assert len(calls) == 1


@pytest.mark.parametrize(
    "fault", [timeout(), ConnectionResetError(), ResponseParserError("<html>"), KeyError("Publish")]
)
def test_a_publish_without_an_answer_is_not_repeated(
    sns_topic: SnsAlertTopic, mailbox: Mailbox, fault: Exception
) -> None:
    with wire_of(aws_clients.sns()) as wire:
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
        answered(aws_clients.sns(), "Publish", answer),
        pytest.raises(AlertUndeliveredError) as raised,
    ):
        sns_topic.publish(outgoing(), attempt=1)
    assert not isinstance(raised.value, AlertRejectedError)


def test_a_message_rejected_for_its_subject_is_sent_with_an_ascii_subject(
    sns_topic: SnsAlertTopic, mailbox: Mailbox
) -> None:
    alert = replace(outgoing(80, body="Zürich\n"), subject="a subject\nof two lines")
    sns_topic.publish(alert, attempt=1)
    [message] = mailbox.messages()
    assert message["Subject"] == "Cloudflare Budgets: an alert"
    assert message["Message"] == "Z?rich\n"
    assert "alert" in message["MessageAttributes"]


@pytest.mark.parametrize("code", ["InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"])
def test_a_message_rejected_with_an_ascii_subject_too_is_rejected(
    sns_topic: SnsAlertTopic, code: str
) -> None:
    with (
        answered(aws_clients.sns(), "Publish", error(code)) as calls,
        pytest.raises(AlertRejectedError, match=f"refuses the message: {code}"),
    ):
        sns_topic.publish(outgoing(), attempt=1)
    assert len(calls) == 2
