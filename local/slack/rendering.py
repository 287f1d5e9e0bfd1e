"""Renders a message as the plain text that a channel shows."""

import html
import re
from collections.abc import Iterable, Mapping
from typing import Any

LINK = re.compile(r"<(https://[^\s<>|]+)\|([^<>|]+)>")
BOLD = re.compile(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])")


def rendered(message: Mapping[str, Any]) -> str:
    """Render a message: one block below the other, links as `text (URL)`, plain text."""
    blocks = message.get("blocks") or [
        {"type": "section", "text": {"type": "mrkdwn", "text": message["text"]}}
    ]
    return "\n\n".join(_block(block) for block in blocks) + "\n"


def _block(block: Mapping[str, Any]) -> str:
    match block["type"]:
        case "context":
            return " ".join(_text(element) for element in block["elements"])
        case "divider":
            return "---"
        case _:
            return "\n".join(_each(block))


def _each(block: Mapping[str, Any]) -> Iterable[str]:
    if "text" in block:
        yield _text(block["text"])
    for field in block.get("fields", []):
        yield _text(field)


def _text(found: Mapping[str, str]) -> str:
    text = found["text"]
    if found["type"] == "mrkdwn":
        text = BOLD.sub(r"\1", LINK.sub(r"\2 (\1)", text))
    return html.unescape(text)
