"""Validates messages against the limits that Slack documents, and rejects unintended markup.

https://docs.slack.dev/reference/block-kit/blocks,
https://docs.slack.dev/messaging/formatting-message-text and, for the size of the whole message as observed by
others, https://github.com/slackapi/bolt-js/issues/2509.

Slack accepts `<!channel>` and notifies everybody. The local Slack rejects it, as well as everything else in
angle brackets except known links, and every `&` that does not start one of the three entities.
"""

import html
import json
import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

MAX_BLOCKS = 50
MAX_HEADER = 150
MAX_SECTION = 3000
MAX_FIELDS = 10
MAX_FIELD = 2000
MAX_ELEMENTS = 10
MAX_MESSAGE = 13_200
MAX_BLOCK_ID = 255

INVALID_PAYLOAD = "invalid_payload"
INVALID_BLOCKS = "invalid_blocks"
TOO_LONG = "msg_blocks_too_long"
NO_TEXT = "no_text"

_ENTITY = re.compile(r"&(?:amp|lt|gt);")
_LINK = re.compile(r"<(https://[^\s<>|]+)\|([^<>|]+)>")


class _RefusedError(Exception):
    """Raised when a message is rejected, with Slack's error code and the reason."""


def refusal_of(message: object, links: Collection[str]) -> tuple[str, str] | None:
    """Return Slack's error code and the reason if a message is invalid, otherwise `None`.

    Args:
        message: the JSON that was posted.
        links: the URLs that messages may link to.
    """
    try:
        _check(message, links)
    except _RefusedError as error:
        word, reason = error.args
        return str(word), str(reason)
    return None


def _check(message: object, links: Collection[str]) -> None:
    if not isinstance(message, dict) or set(message) - {"text", "blocks"}:
        raise _RefusedError(INVALID_PAYLOAD, "a message is an object with text and blocks")
    text = message.get("text")
    if not isinstance(text, str) or not text.strip():
        raise _RefusedError(NO_TEXT, "text is missing, which notifications and screen readers need")
    _check_markup(text, links, INVALID_PAYLOAD)
    blocks = message.get("blocks", [])
    if not isinstance(blocks, list) or len(blocks) > MAX_BLOCKS:
        raise _RefusedError(INVALID_BLOCKS, f"blocks is a list of at most {MAX_BLOCKS}")
    for block in blocks:
        _check_block(block, links)
    if len(json.dumps(message, ensure_ascii=False)) > MAX_MESSAGE:
        raise _RefusedError(TOO_LONG, f"the message is longer than {MAX_MESSAGE}")


def _check_block(block: object, links: Collection[str]) -> None:
    if not isinstance(block, dict):
        raise _RefusedError(INVALID_BLOCKS, "a block is an object")
    if len(str(block.get("block_id", ""))) > MAX_BLOCK_ID:
        raise _RefusedError(INVALID_BLOCKS, f"block_id is longer than {MAX_BLOCK_ID}")
    for kinds, text, limit in _texts(block):
        _check_text(text, kinds, limit, links)


def _texts(block: Mapping[str, Any]) -> Iterator[tuple[set[str], object, int]]:
    both = {"plain_text", "mrkdwn"}
    match block.get("type"):
        case "header":
            yield {"plain_text"}, block.get("text"), MAX_HEADER
        case "section":
            fields = block.get("fields", [])
            if "text" not in block and not fields:
                raise _RefusedError(INVALID_BLOCKS, "a section has neither text nor fields")
            if "text" in block:
                yield both, block["text"], MAX_SECTION
            yield from ((both, field, MAX_FIELD) for field in _list(fields, MAX_FIELDS, "fields"))
        case "context":
            elements = _list(block.get("elements"), MAX_ELEMENTS, "elements")
            if not elements:
                raise _RefusedError(INVALID_BLOCKS, "a context has no elements")
            yield from ((both, element, MAX_SECTION) for element in elements)
        case "divider":
            return
        case kind:
            raise _RefusedError(INVALID_BLOCKS, f"blocks of type {kind!r} are not supported here")


def _list(found: object, limit: int, name: str) -> list[Any]:
    if not isinstance(found, list) or len(found) > limit:
        raise _RefusedError(INVALID_BLOCKS, f"{name} is a list of at most {limit}")
    return found


def _check_text(found: object, kinds: set[str], limit: int, links: Collection[str]) -> None:
    if not isinstance(found, dict) or found.get("type") not in kinds:
        raise _RefusedError(INVALID_BLOCKS, f"{found!r} is not a text of type {' or '.join(sorted(kinds))}")
    text = found.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > limit:
        raise _RefusedError(INVALID_BLOCKS, f"{text!r} must have 1 to {limit} characters")
    allowed = {"type", "text", "emoji"} if found["type"] == "plain_text" else {"type", "text", "verbatim"}
    if set(found) - allowed:
        raise _RefusedError(
            INVALID_BLOCKS, f"{sorted(set(found) - allowed)} is not allowed in {found['type']}"
        )
    _check_markup(text, links if found["type"] == "mrkdwn" else (), INVALID_BLOCKS)


def _check_markup(text: str, links: Collection[str], word: str) -> None:
    for url, _ in _LINK.findall(text):
        if html.unescape(url) not in links:
            raise _RefusedError(word, f"the link to {url!r} is not expected")
    rest = _ENTITY.sub("", _LINK.sub("", text))
    for character in "<>&":
        if character in rest:
            raise _RefusedError(word, f"{character!r} is not escaped in {text!r}")
