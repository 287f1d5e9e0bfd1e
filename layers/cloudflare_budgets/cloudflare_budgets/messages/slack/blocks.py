"""Building blocks of Slack messages: everything escaped, everything within Slack's limits."""

from collections.abc import Iterable, Sequence
from typing import Any

from cloudflare_budgets.domain.primitives.text import CUT, sanitize

# https://docs.slack.dev/reference/block-kit/blocks
MAX_HEADER = 150
MAX_SECTION = 3000
_BEYOND_ANY_LIMIT = 100_000
_FENCE = "```"
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

Block = dict[str, Any]


def escaped(text: str) -> str:
    """Escape text for Slack's markup: `<!channel>` in a budget's name notifies no one.

    Slack requires this for these three characters only.
    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return "".join(_ESCAPES.get(char, char) for char in text)


def shortened(text: str, limit: int) -> str:
    """Cut text that is already escaped to at most `limit` characters, never within an escape."""
    if len(text) <= limit:
        return text
    kept = text[: max(limit - len(CUT), 0)]
    ampersand = kept.rfind("&")
    if ampersand >= 0 and ";" not in kept[ampersand:]:
        kept = kept[:ampersand]  # every ampersand of escaped text begins an escape
    return (kept.rstrip() + CUT)[:limit]


def fitting_lines(lines: Sequence[str], limit: int) -> str:
    """Join lines within `limit` characters; the last one counts the lines that were left out."""
    if len(text := "\n".join(lines)) <= limit:
        return text
    for count in range(len(lines) - 1, 0, -1):
        text = "\n".join([*lines[:count], f"... and {len(lines) - count} more"])
        if len(text) <= limit:
            return text
    return shortened("\n".join(lines), limit)


def line(text: str, limit: int) -> str:
    """Make one line of any text: escaped, and at most `limit` characters long."""
    return shortened(escaped(sanitize(text, _BEYOND_ANY_LIMIT)), limit)


def preformatted(text: str, limit: int) -> str:
    """Make a monospace block of any text, its lines unchanged; empty without any text."""
    room = limit - 2 * len(f"{_FENCE}\n")
    lines = [_visible(found, room) for found in text.strip("\n").splitlines()]
    if sum(len(found) + 1 for found in lines) - 1 > room:
        lines = _beginning(lines, room)
    shown = "\n".join(lines)
    return f"{_FENCE}\n{shown}\n{_FENCE}" if shown.strip() else ""


def _beginning(lines: list[str], room: int) -> list[str]:
    room -= len(f"\n... and {len(lines)} more lines")
    for count, found in enumerate(lines):
        room -= len(found) + 1
        if room < 0:
            # At least one line is left out: a single line is cut instead.
            shown = lines[:count] or [shortened(found, room + len(found) + 1)]
            left = len(lines) - len(shown)
            return [*shown, f"... and {left} more lines"] if left else shown
    return lines


def _visible(text: str, limit: int) -> str:
    printable = "".join(character if character.isprintable() else " " for character in text).rstrip()
    return shortened(escaped(printable.replace(_FENCE, "'''")), limit)


def header(text: str) -> Block:
    """Make a headline of any text."""
    return {
        "type": "header",
        # `emoji` off: a name such as `:bell:` is shown as it was written.
        "text": {"type": "plain_text", "text": line(text, MAX_HEADER), "emoji": False},
    }


def section(lines: Iterable[str], limit: int = MAX_SECTION) -> list[Block]:
    """Make a section of escaped lines, without the empty ones; no section if all are empty."""
    text = fitting_lines([found for found in lines if found], limit)
    return [{"type": "section", "text": _markup(text)}] if text else []


def context(texts: Iterable[str]) -> list[Block]:
    """Make a line of small print of the escaped texts that are not empty; none if all are."""
    text = " · ".join(found for found in texts if found)
    return [{"type": "context", "elements": [_markup(text)]}] if text else []


def link(text: str, url: str) -> str:
    """Make a link; empty if the address is not one that Slack accepts.

    An address that could end the link, or that is too long to fit, is not shown at all.
    """
    found = f"<{escaped(url)}|{line(text, MAX_HEADER)}>"
    is_safe = (
        url.startswith("https://") and not set(url) & set(' |<>"') and url.isprintable() and url.isascii()
    )
    return found if is_safe and len(found) <= MAX_SECTION // 2 else ""


def _markup(text: str) -> Block:
    # `verbatim`: channels, people and addresses in a text are not linked.
    return {"type": "mrkdwn", "text": text, "verbatim": True}
