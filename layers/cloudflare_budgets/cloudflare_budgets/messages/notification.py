"""An alert as it reaches a function: from the alert topic, or from a queue that is subscribed to it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


class InvalidNotificationError(ValueError):
    """An event that carries nothing from an SNS topic."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One alert: subject and text for people, the JSON for machines, and when the topic got it.

    `document` is empty for a message that was published by hand.
    """

    subject: str
    body: str
    document: Mapping[str, Any]
    sent: datetime | None = None


def read_notifications(event: object) -> tuple[Notification, ...]:
    """Read the event that SNS hands to a function, or SQS with what SNS put into a queue.

    Without raw delivery, which would leave out subject and time, a queue's message is SNS's own, as JSON.
    https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html
    https://docs.aws.amazon.com/sns/latest/dg/sns-sqs-as-subscriber.html

    Raises:
        InvalidNotificationError: it is no such event.
    """
    try:
        return tuple(_read(_told(record)) for record in event["Records"])  # type: ignore[index]
    except (LookupError, TypeError, AttributeError, ValueError, RecursionError) as error:
        message = (
            'the event is none of SNS: expected {"Records": [{"Sns": {"Subject", "Message", ...}}]}, '
            'or the same as JSON in "body"'
        )
        raise InvalidNotificationError(message) from error


def _told(record: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any JSON
    return record["Sns"] if "Sns" in record else json.loads(record["body"])


def _read(sns: Mapping[str, Any]) -> Notification:
    attributes = sns.get("MessageAttributes") or {}
    alert = attributes.get("alert") or {}
    return Notification(
        subject=str(sns.get("Subject") or ""),
        body=str(sns["Message"]),
        document=_document(alert.get("Value")),
        sent=_instant(sns.get("Timestamp")),
    )


def _document(text: object) -> Mapping[str, Any]:
    try:
        found = json.loads(text)  # type: ignore[arg-type]
    except (TypeError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _instant(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo else None
