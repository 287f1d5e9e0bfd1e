"""An alert as a function receives it: from the alert topic, or from a subscribed queue."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudflare_budgets.messages.message import (
    MENTIONED_IN,
    MENTIONS,
    Mention,
    Message,
    parse_mentions,
    parse_message,
)

BY_HAND = "message"  # the type of a message that was published by hand


class InvalidNotificationError(ValueError):
    """Raised when an event carries nothing from an SNS topic."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One alert: subject and text of its mail, its JSON, and the message that channels lay out.

    `document` is empty for a message that was published by hand. `message` is `None` there, and in what was
    queued by a version that published none. `mentions` are the other alerts of the same check that Slack
    shows in the message of this one. `mentioned_in` is the id of the alert that mentions this one.
    """

    subject: str
    body: str
    document: Mapping[str, Any]
    message: Message | None = None
    mentions: tuple[Mention, ...] = ()
    mentioned_in: str = ""

    @property
    def alert_document(self) -> Mapping[str, Any]:
        """The alert's JSON; for a message published by hand, its subject and its text."""
        return self.document or {"type": BY_HAND, "subject": self.subject, "text": self.body}


def read_notifications(event: object) -> tuple[Notification, ...]:
    """Read the event that SNS passes to a function, or SQS with what SNS put into a queue.

    Without raw delivery, which would leave out the subject, a queue's message is that of SNS, as JSON.
    https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html

    Raises:
        InvalidNotificationError: the event is another one.
    """
    try:
        return tuple(_read(_envelope(record)) for record in event["Records"])  # type: ignore[index]
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
        message = (
            'the event is not one of SNS: expected {"Records": [{"Sns": {"Subject", "Message", ...}}]}, '
            'or the same as JSON in "body"'
        )
        raise InvalidNotificationError(message) from error


def _envelope(record: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    return record["Sns"] if "Sns" in record else json.loads(record["body"])


def _read(sns: Mapping[str, Any]) -> Notification:
    attributes = sns.get("MessageAttributes") or {}
    names = ("alert", "message", MENTIONS, MENTIONED_IN)
    alert, message, mentions, leader = ((attributes.get(name) or {}).get("Value") for name in names)
    return Notification(
        subject=str(sns.get("Subject") or ""),
        body=str(sns["Message"]),
        document=_document(alert),
        message=parse_message(message),
        mentions=parse_mentions(mentions),
        mentioned_in=str(leader or ""),
    )


def _document(text: object) -> Mapping[str, Any]:
    try:
        found = json.loads(text)  # type: ignore[arg-type]
    except (TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
