"""An alert as the embed of a Discord webhook, escaped and within Discord's limits.

https://discord.com/developers/docs/resources/webhook#execute-webhook
https://discord.com/developers/docs/resources/message#embed-object-embed-limits
"""

import re
from collections.abc import Sequence
from typing import Any

from cloudflare_budgets.messages.channels.texts import (
    fitting,
    footer,
    headline,
    lead,
    links,
    mentioned,
    sections,
    titles,
)
from cloudflare_budgets.messages.message import Action
from cloudflare_budgets.messages.notification import Notification

MAX_TITLE = 256
MAX_DESCRIPTION = 4096
MAX_FOOTER = 1000  # Discord accepts 2,048, but 6,000 characters in the whole embed
MAX_CONTENT = 2000
_MAX_MENTIONED = 3000  # of the description; mentions have at most 2,800 characters before they are escaped

_MARKUP = re.compile(r"[\\*_~`|<>\[\]#@]")
_NOT_IN_LINK = re.compile(r"[\s()<>]")
_SILENT: dict[str, list[str]] = {"parse": []}  # no text of an alert notifies a person or a role
_RED, _AMBER, _BLUE, _GREEN = 0xD1242F, 0xBF8700, 0x0969DA, 0x1A7F37
_COLOURS = {"critical": _RED, "warning": _AMBER, "info": _BLUE}


def discord_message(notification: Notification) -> dict[str, Any]:
    """Lay out an alert as one embed; its own lines that do not fit are left out and counted."""
    others = _mentioned(notification)
    description = fitting(
        [*map(escaped, lead(notification)), *_with_bold_titles(sections(notification), notification)],
        lambda lines: _description([*lines, *others], links(notification)),
        lambda text: len(text) <= MAX_DESCRIPTION,
    )
    embed: dict[str, Any] = {
        "title": _cut(escaped(headline(notification, MAX_TITLE)), MAX_TITLE),
        "description": description,
        "color": _colour(notification),
    }
    if small := footer(notification):
        embed["footer"] = {"text": small[:MAX_FOOTER]}
    return {"embeds": [embed], "allowed_mentions": _SILENT}


def discord_text(notification: Notification) -> dict[str, Any]:
    """Make a message of text alone, for an embed that Discord rejects."""
    first = escaped(headline(notification, MAX_TITLE))
    text = "\n".join([first, *_mentioned(notification), *map(escaped, lead(notification))])
    return {"content": _cut(text, MAX_CONTENT), "allowed_mentions": _SILENT}


def escaped(text: str) -> str:
    """Escape the characters that Discord's Markdown interprets."""
    return _MARKUP.sub(lambda found: f"\\{found[0]}", text)


def _mentioned(notification: Notification) -> list[str]:
    """Return lines about the other alerts of the same check, without markup if escapes are long."""
    lines = mentioned(notification)
    is_short = sum(len(escaped(line)) + 1 for line in lines) <= _MAX_MENTIONED
    return _with_bold_titles(lines, notification) if is_short else [_MARKUP.sub("", line) for line in lines]


def _with_bold_titles(lines: Sequence[str], notification: Notification) -> list[str]:
    bold = titles(notification)
    return [f"**{escaped(line)}**" if line in bold else escaped(line) for line in lines]


def _description(lines: Sequence[str], actions: Sequence[Action]) -> str:
    found = [
        f"[{escaped(action.short)}]({action.url})"
        for action in actions
        if not _NOT_IN_LINK.search(action.url)
    ]
    return "\n".join([*lines, *([" · ".join(found)] if found else [])])


def _cut(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    kept = text[: limit - 3]
    backslashes = len(kept) - len(kept.rstrip("\\"))
    return (kept[:-1] if backslashes % 2 else kept) + "..."  # never within an escape


def _colour(notification: Notification) -> int:
    if notification.document.get("type") == "resolved":
        return _GREEN
    return _COLOURS.get(str(notification.document.get("severity")), _AMBER)
