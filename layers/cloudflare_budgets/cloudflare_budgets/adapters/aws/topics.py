"""Publishes to the two SNS topics: the alert topic, and the one that Amazon Q Developer reads.

The alert topic carries a subject, text for people and message attributes for machines.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.errors import AlertRejectedError, AlertUndeliveredError
from cloudflare_budgets.messages.alerts.layout import repeat_subject
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

# What people get to read at the least of a long text, before the JSON for machines is cut.
_LEAST_BODY = 16 * 1024
_PLAIN_SUBJECT = "Cloudflare Budgets: an alert"

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """What one publish carries; `attributes` are all strings, none of them empty."""

    subject: str
    body: str
    attributes: Mapping[str, str]

    def in_plain_words(self) -> "AlertMessage":
        """Give the same message with a constant subject, and in ASCII alone."""
        body = self.body.encode("ascii", "replace").decode()
        document = json.loads(self.attributes["alert"])
        return _message(
            _subject(_PLAIN_SUBJECT, document["attempt"]), body, self.attributes, document, _ascii_json
        )


def alert_message(alert: OutgoingAlert, attempt: int) -> AlertMessage:
    """Write the message of an attempt; from the second on, its subject says that it may be a repeat."""
    document = {**json.loads(alert.document), "attempt": attempt}
    # SNS refuses attributes that are empty.
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
    """Put a message together; what is too long is cut, for SNS would refuse it for ever."""
    whole = {**attributes, "alert": write(document)}
    if _room(subject, whole) < min(size(body), _LEAST_BODY):
        whole["alert"] = write(minimal_document(document))
    return AlertMessage(subject, truncate(body, _room(subject, whole)), whole)


def _room(subject: str, attributes: Mapping[str, str]) -> int:
    # Each attribute counts with its name, its type ("String") and its value.
    taken = sum(size(f"{name}String{text}") for name, text in attributes.items())
    return MAX_BYTES - len(subject) - taken


def _ascii_json(document: Document) -> str:
    return json.dumps(document, separators=(",", ":"))


# Where SNS says that something in the message itself is wrong.
_CONTENT_FAULTS = frozenset({"InvalidParameter", "InvalidParameterValue", "ParameterValueInvalid"})
# Errors after which SNS has surely not taken the message. All others leave that open.
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
    """The topic that every alert is published to.

    `client` must make one attempt only, since a publish whose answer got lost may have arrived.
    """

    def __init__(self, topic_arn: str, client: "Callable[[], SNSClient]") -> None:
        self._topic_arn = topic_arn
        self._client = client

    def confirmed_subscriptions(self) -> int | None:
        """Count who listens; `None` when the topic does not say, so that it keeps no alert back."""
        try:
            answer = self._client().get_topic_attributes(TopicArn=self._topic_arn)
            return int(answer["Attributes"]["SubscriptionsConfirmed"])
        except Exception:  # noqa: BLE001 - whatever went wrong, nobody knows who listens
            return None

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        """Publish once and give the message's id.

        A message that SNS refuses for its content is sent a second time in plain words: an ugly
        alert is better than none, and the refused one made no copy.

        Raises:
            AlertRejectedError: the message was definitely not taken.
            AlertUndeliveredError: it may have been taken.
        """
        message = alert_message(alert, attempt)
        try:
            return self._send(message)
        except _ContentRejectedError:
            return self._send(message.in_plain_words())

    def _send(self, message: AlertMessage) -> str:
        try:
            answer = self._client().publish(
                TopicArn=self._topic_arn,
                Subject=message.subject,
                Message=message.body,
                MessageAttributes={
                    name: {"DataType": "String", "StringValue": text}
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
    """SNS finds fault with the message itself."""


def _translated(error: Exception) -> AlertUndeliveredError:
    code = error_code(error)
    if code in _CONTENT_FAULTS:
        return _ContentRejectedError(f"the alert topic refuses the message: {code}")
    if code in _REJECTIONS or code.startswith(_REJECTION_FAMILIES):
        return AlertRejectedError(f"the alert topic takes no message: {code}")
    return AlertUndeliveredError(f"the alert topic may or may not have taken the message: {code}")


class ChatTopic:
    """Takes custom notifications and nothing else: what is in another form never reaches the channel."""

    def __init__(self, topic_arn: str, client: "Callable[[], SNSClient]") -> None:
        self._topic_arn = topic_arn
        self._client = client

    def publish(self, notification: Mapping[str, Any]) -> str:
        """Publish a custom notification once and give the message's id.

        Raises:
            AlertUndeliveredError: it may not have been taken; whoever calls tries again.
        """
        message = json.dumps(notification, ensure_ascii=False, separators=(",", ":"))
        try:
            return self._client().publish(TopicArn=self._topic_arn, Message=message)["MessageId"]
        except Exception as error:  # noqa: BLE001 - a broken answer surfaces as any exception there is
            code = error_code(error)
        # Out of the handler: what AWS says of a wrong signature repeats the session's token.
        raise AlertUndeliveredError(f"the chat topic did not take the alert: {code}")
