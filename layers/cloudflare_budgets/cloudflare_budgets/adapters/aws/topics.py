"""Publishes to two SNS topics: the alert topic, and the topic for Amazon Q Developer.

The alert topic carries a subject, text for people and message attributes for machines.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.adapters.aws.subscribers import SnsSubscribers
from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.domain.run.subscriptions import Subscriptions
from cloudflare_budgets.errors import AlertRejectedError, AlertUndeliveredError
from cloudflare_budgets.messages.mail import repeat_subject
from cloudflare_budgets.messages.size_limits import (
    json_text,
    minimal_document,
    size,
    strip_unsendable,
    truncate,
)

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


# Message and attributes together, in bytes of UTF-8.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MAX_BYTES = 256 * 1024

# The least part of a long text that people receive; the JSON for machines is cut first.
_LEAST_BODY = 16 * 1024
_PLAIN_SUBJECT = "Cloudflare Budgets: an alert"
# The attribute with the message that channels lay out; without it, they show the mail's text.
_LAYOUT = "message"
# Filter policies compare each element of an array; all other attributes are one text.
# https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html
_ARRAYS = frozenset({"budgets"})

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """The message of one publish; no attribute is empty."""

    subject: str
    body: str
    attributes: Mapping[str, str]

    def in_ascii(self) -> "AlertMessage":
        """Return the same message with a constant subject, in ASCII, and without its layout."""
        body = self.body.encode("ascii", "replace").decode()
        document = json.loads(self.attributes["alert"])
        attributes = {name: text for name, text in self.attributes.items() if name != _LAYOUT}
        subject = _subject(_PLAIN_SUBJECT, document["attempt"])
        return _message(subject, body, attributes, document, _ascii_json)


def alert_message(alert: OutgoingAlert, attempt: int) -> AlertMessage:
    """Build the message of an attempt; from the second on, the subject says "possible repeat"."""
    document = {**json.loads(alert.document), "attempt": attempt}
    # SNS refuses empty attributes.
    attributes = {name: text for name, text in alert.attributes.items() if text}
    subject = _subject(alert.subject, attempt)
    return _message(subject, strip_unsendable(alert.body), attributes, document, json_text)


def _subject(subject: str, attempt: int) -> str:
    return subject if attempt == 1 else repeat_subject(subject)


def _message(
    subject: str,
    body: str,
    attributes: Mapping[str, str],
    document: Document,
    write: Callable[[Document], str],
) -> AlertMessage:
    """Return a message that SNS accepts: what is too long is left out or cut, the layout first."""
    whole = {**attributes, "alert": write(document)}
    least = min(size(body), _LEAST_BODY)
    if _room(subject, whole) < least:
        whole.pop(_LAYOUT, None)
    if _room(subject, whole) < least:
        whole["alert"] = write(minimal_document(document))
    return AlertMessage(subject, truncate(body, _room(subject, whole)), whole)


def _room(subject: str, attributes: Mapping[str, str]) -> int:
    # Each attribute counts with its name, its type and its value.
    taken = sum(size(f"{name}{_data_type(name)}{text}") for name, text in attributes.items())
    return MAX_BYTES - len(subject) - taken


def _data_type(name: str) -> str:
    return "String.Array" if name in _ARRAYS else "String"


def _ascii_json(document: Document) -> str:
    return json.dumps(document, separators=(",", ":"))


# Errors that are caused by the message itself.
_CONTENT_FAULTS = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"})
# Errors after which SNS has definitely not accepted the message. After all others, it is unknown.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors and CommonErrors
_REJECTIONS = _CONTENT_FAULTS | {
    "AccessDenied",
    "AccessDeniedException",
    "AuthorizationError",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "InvalidSecurity",
    "NotFound",
    "ValidationException",
}
_REJECTION_FAMILIES = ("KMS", "Throttl")


class SnsAlertTopic:
    """Implements `AlertTopic`.

    Args:
        topic_arn: ARN of the topic that every alert is published to.
        client: Returns a client that makes only one attempt, because a publish whose answer was lost may have
            been accepted.
        address: The mail address that the stack subscribed, if it did.
    """

    def __init__(self, topic_arn: str, client: "Callable[[], SNSClient]", address: str = "") -> None:
        self._topic_arn = topic_arn
        self._client = client
        self._subscribers = SnsSubscribers(topic_arn, client, address)

    def subscribers(self) -> Subscriptions | None:
        """Read the subscriptions; `None` if they are unknown, which delays no alert."""
        return self._subscribers.subscribers()

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        """Publish once and return the message id.

        If SNS refuses the content of a message, the message is published in plain ASCII. The refused
        message was not accepted, so this causes no duplicate.

        Raises:
            AlertRejectedError: The message was definitely not accepted.
            AlertUndeliveredError: The message may have been accepted.
        """
        message = alert_message(alert, attempt)
        try:
            return self._send(message)
        except _ContentRejectedError:
            return self._send(message.in_ascii())

    def _send(self, message: AlertMessage) -> str:
        try:
            answer = self._client().publish(
                TopicArn=self._topic_arn,
                Subject=message.subject,
                Message=message.body,
                MessageAttributes={
                    name: {"DataType": _data_type(name), "StringValue": text}
                    for name, text in message.attributes.items()
                },
            )
            message_id = answer["MessageId"]
        except Exception as error:
            raise _translated(error) from error
        if not message_id:
            raise AlertUndeliveredError("the alert topic answered without a message id")
        return message_id


class _ContentRejectedError(AlertRejectedError):
    """SNS refuses the content of the message."""


def _translated(error: Exception) -> AlertUndeliveredError:
    code = error_code(error)
    if code in _CONTENT_FAULTS:
        return _ContentRejectedError(f"the alert topic refuses the message: {code}")
    if code in _REJECTIONS or code.startswith(_REJECTION_FAMILIES):
        return AlertRejectedError(f"the alert topic accepts no message: {code}")
    return AlertUndeliveredError(f"it is unknown whether the alert topic accepted the message: {code}")


class ChatTopic:
    """The topic that Amazon Q Developer reads; only custom notifications reach the channel."""

    def __init__(self, topic_arn: str, client: "Callable[[], SNSClient]") -> None:
        self._topic_arn = topic_arn
        self._client = client

    def publish(self, notification: Mapping[str, Any]) -> str:
        """Publish a custom notification once and return the message id.

        Raises:
            AlertUndeliveredError: The message may not have been accepted; the caller retries.
        """
        message = json.dumps(notification, ensure_ascii=False, separators=(",", ":"))
        try:
            return self._client().publish(TopicArn=self._topic_arn, Message=message)["MessageId"]
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            code = error_code(error)
        # Raised outside the handler: AWS quotes the session token in an error about a wrong signature.
        raise AlertUndeliveredError(f"the chat topic did not accept the alert: {code}")
