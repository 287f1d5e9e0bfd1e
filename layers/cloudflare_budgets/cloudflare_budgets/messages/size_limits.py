"""How much an alert may carry, and what is made of one that would be too long.

SNS takes 256 KiB with everything in it, a row of the alert table 400 KB. Text and JSON for machines
are bounded before either sees them: what is refused for its size is refused for ever.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

# In bytes of UTF-8. Together they leave 12 KB of a message for all the rest.
MAX_DOCUMENT = 160_000
MAX_BODY = 60_000
MAX_MESSAGE = 30_000

_CUT = "\n[the rest was too long to send]"
# Halves of characters, and what queues behind a topic refuse.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
_UNSENDABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")
_ENVELOPE = ("version", "alert_id", "type", "severity", "attempt", "account")


def strip_unsendable(text: str) -> str:
    """Replace the characters that no message can carry."""
    return _UNSENDABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def json_text(document: Mapping[str, Any]) -> str:
    """Write a document in as few bytes as it takes."""
    return strip_unsendable(json.dumps(document, separators=(",", ":"), ensure_ascii=False))


def size(text: str) -> int:
    """Count the bytes of a text that can be sent."""
    return len(text.encode())


def truncate(text: str, room: int) -> str:
    """Cut a text to so many bytes, and say so at its end."""
    encoded = text.encode()
    if len(encoded) <= room:
        return text
    return encoded[: max(room - len(_CUT), 0)].decode(errors="ignore") + _CUT


def minimal_document(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Leave of an alert that is too long to send what it is, and whom and which budget it is about."""
    envelope = {key: document[key] for key in _ENVELOPE if key in document}
    budget = (document.get("standing") or document).get("budget")
    named = {"budget": {"name": budget["name"]}} if budget else {}
    return {**envelope, **named, "truncated": True}


def bounded_json(document: Mapping[str, Any]) -> str:
    """Write an alert's document, or its essence where all of it would be too long."""
    text = json_text(document)
    return text if size(text) <= MAX_DOCUMENT else json_text(minimal_document(document))


def fair_shares(wanted: Sequence[int], total: int) -> list[int]:
    """Share a total out evenly: nobody gets more than is wanted, and what one leaves the others have."""
    shares = [0] * len(wanted)
    by_size = sorted(range(len(wanted)), key=lambda place: wanted[place])
    for count, place in enumerate(by_size):
        shares[place] = min(wanted[place], total // (len(wanted) - count))
        total -= shares[place]
    return shares


def take_while_it_fits(texts: Iterable[str], room: int) -> list[str]:
    """Take the first texts that together fit into so many bytes; one at the least."""
    kept: list[str] = []
    for text in texts:
        room -= size(text)
        if room < 0 and kept:
            break
        kept.append(text)
    return kept
