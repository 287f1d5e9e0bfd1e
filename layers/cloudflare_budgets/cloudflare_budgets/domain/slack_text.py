"""Texts as Slack takes them: nothing that a user wrote means anything to Slack, and nothing is too long."""

from collections.abc import Sequence

_ELLIPSIS = "..."
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def escaped(text: str) -> str:
    """Make text mean itself in Slack's markup: `<!channel>` in a budget's name calls nobody.

    Slack asks for these three characters and no others.
    https://docs.slack.dev/messaging/formatting-message-text#escaping
    """
    return "".join(_ESCAPES.get(char, char) for char in text)


def shortened(text: str, limit: int) -> str:
    """Cut text that is already escaped to at most `limit` characters, never within an escape."""
    if len(text) <= limit:
        return text
    kept = text[: max(limit - len(_ELLIPSIS), 0)]
    ampersand = kept.rfind("&")
    if ampersand >= 0 and ";" not in kept[ampersand:]:
        kept = kept[:ampersand]  # every ampersand of escaped text begins an escape
    return (kept.rstrip() + _ELLIPSIS)[:limit]


def fitting_lines(lines: Sequence[str], limit: int) -> str:
    """Put lines below each other in at most `limit` characters; the last says how many were left out."""
    if len(text := "\n".join(lines)) <= limit:
        return text
    for count in range(len(lines) - 1, 0, -1):
        text = "\n".join([*lines[:count], f"... and {len(lines) - count} more"])
        if len(text) <= limit:
            return text
    return shortened("\n".join(lines), limit)
