"""Size limits of alerts, and how alerts are shortened to fit.

SNS accepts 256 KiB in all, an item of the alert table has at most 400 KB. Texts and JSON are bounded before
they are stored or sent: a message that is refused for its size would be refused on every retry.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# In bytes of UTF-8. Together they leave 12 KB of a message for everything else.
MAX_DOCUMENT = 160_000
MAX_BODY = 60_000
MAX_MESSAGE = 30_000

_CUT = "\n[the rest was too long to send]"
# Lone surrogates, and characters that SQS refuses.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_UNSENDABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_ENVELOPE = ("version", "alert_id", "type", "severity", "attempt", "account")


def strip_unsendable(text: str) -> str:
    """Replace the characters that no message can contain."""
    return _UNSENDABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def json_text(document: Mapping[str, Any]) -> str:
    """Serialize a document without unnecessary bytes."""
    return strip_unsendable(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def json_array(texts: Sequence[str]) -> str:
    """Serialize texts as an SNS attribute of the type String.Array; empty if there are none."""
    return json.dumps(texts, separators=(",", ":")) if texts else ""


def size(text: str) -> int:
    """Count the bytes of a text in UTF-8."""
    return len(text.encode())


def truncate(text: str, room: int) -> str:
    """Cut a text to `room` bytes, with a note at its end."""
    encoded = text.encode()
    if len(encoded) <= room:
        return text
    return encoded[: max(room - len(_CUT), 0)].decode(errors="ignore") + _CUT


def minimal_document(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the least of an alert that is too long: its envelope and the name of its budget."""
    envelope = {key: document[key] for key in _ENVELOPE if key in document}
    budget = (document.get("standing") or document).get("budget")
    named = {"budget": {"name": budget["name"]}} if budget else {}
    return {**envelope, **named, "truncated": True}


def bounded_json(document: Mapping[str, Any]) -> str:
    """Serialize an alert's document; if it is too long, the minimal document."""
    text = json_text(document)
    return text if size(text) <= MAX_DOCUMENT else json_text(minimal_document(document))


def fair_shares(wanted: Sequence[int], total: int) -> list[int]:
    """Divide a total evenly; what exceeds the demand of one share is divided among the others."""
    shares = [0] * len(wanted)
    by_size = sorted(range(len(wanted)), key=lambda place: wanted[place])
    for count, place in enumerate(by_size):
        shares[place] = min(wanted[place], total // (len(wanted) - count))
        total -= shares[place]
    return shares


def take_while_it_fits(texts: Iterable[str], room: int) -> list[str]:
    """Return the first texts that together fit into `room` bytes, at least one."""
    kept: list[str] = []
    for text in texts:
        room -= size(text)
        if room < 0 and kept:
            break
        kept.append(text)
    return kept
