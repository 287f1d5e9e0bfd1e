"""An alert as AWS SNS takes it: subject, text for people, and attributes for machines."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from cloudflare_budgets.domain.wording import repeat_subject
from cloudflare_budgets.ports import OutgoingAlert

# Message and attributes together, in bytes of UTF-8.
# https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
MAX_BYTES = 256 * 1024

_CUT = "\n[the rest was too long to send]"
_PLAIN_SUBJECT = "Cloudflare Budgets: an alert"


@dataclass(frozen=True, slots=True)
class AlertMessage:
    """What one publish carries; `attributes` are all strings, none of them empty."""

    subject: str
    body: str
    attributes: Mapping[str, str]

    def in_plain_words(self) -> "AlertMessage":
        """Give the same message with a constant subject and a text in ASCII alone."""
        return AlertMessage(_PLAIN_SUBJECT, self.body.encode("ascii", "replace").decode(), self.attributes)


def alert_message(alert: OutgoingAlert, attempt: int) -> AlertMessage:
    """Write the message of an attempt; from the second on, its subject says that it may be a repeat."""
    document = json.dumps({**json.loads(alert.document), "attempt": attempt}, separators=(",", ":"))
    # SNS refuses attributes that are empty.
    attributes = {name: text for name, text in alert.attributes.items() if text} | {"alert": document}
    subject = alert.subject if attempt == 1 else repeat_subject(alert.subject)
    return AlertMessage(subject, _fitting(alert.body, _room(subject, attributes)), attributes)


def _room(subject: str, attributes: Mapping[str, str]) -> int:
    # Each attribute counts with its name, its type ("String") and its value.
    taken = sum(len(f"{name}String{text}".encode()) for name, text in attributes.items())
    return MAX_BYTES - len(subject) - taken


def _fitting(body: str, room: int) -> str:
    encoded = body.encode()
    if len(encoded) <= room:
        return body
    return encoded[: max(room - len(_CUT), 0)].decode(errors="ignore") + _CUT
