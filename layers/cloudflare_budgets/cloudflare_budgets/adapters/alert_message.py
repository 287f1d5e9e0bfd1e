"""An alert as AWS SNS takes it: subject, text for people, and attributes for machines."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cloudflare_budgets.domain.outgoing import OutgoingAlert
from cloudflare_budgets.domain.room import essence, fitting, json_text, sendable, size
from cloudflare_budgets.domain.subject_line import repeat_subject

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
    return _message(subject, sendable(alert.body), attributes, document, json_text)


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
        whole["alert"] = write(essence(document))
    return AlertMessage(subject, fitting(body, _room(subject, whole)), whole)


def _room(subject: str, attributes: Mapping[str, str]) -> int:
    # Each attribute counts with its name, its type ("String") and its value.
    taken = sum(size(f"{name}String{text}") for name, text in attributes.items())
    return MAX_BYTES - len(subject) - taken


def _ascii_json(document: Document) -> str:
    return json.dumps(document, separators=(",", ":"))
