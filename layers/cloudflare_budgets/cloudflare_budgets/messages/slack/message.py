"""The layout of an alert's message in Slack: one glance, the rest behind the links.

https://docs.slack.dev/reference/block-kit
"""

import json
from collections.abc import Mapping
from typing import Any

from cloudflare_budgets.messages.formatting import bar
from cloudflare_budgets.messages.message import Message
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.slack.blocks import (
    MAX_SECTION,
    Block,
    context,
    header,
    line,
    link,
    preformatted,
    section,
)

UNNAMED = "Cloudflare Budgets"
_MAX_TEXT = 300
_MAX_LEAD = 2500  # a problem says what is wrong in one text
_MAX_LINE = 600
_MAX_SHORT = 120
# Slack refuses messages from about 13,200 characters on.
# https://github.com/slackapi/bolt-js/issues/2509
_MAX_BLOCKS_TOGETHER = 12_500
_ROOM_OF_MENTIONS = 3_300  # the section, with its keys
MENTIONED = "The same check also found"
SHORT_ID = 8
_RESOLVED = "\N{WHITE HEAVY CHECK MARK}"
_WARNING = "\N{WARNING SIGN}\ufe0f"
_ICONS = {"critical": "\N{POLICE CARS REVOLVING LIGHT}", "info": "\N{INFORMATION SOURCE}\ufe0f"}


def slack_message(notification: Notification) -> dict[str, Any]:
    """Lay out an alert; an alert without a message, as in earlier versions, shows its mail."""
    # The text is what a phone's notification shows, and what a screen reader reads.
    text = f"{icon(notification.document)} {line(notification.subject, _MAX_TEXT) or UNNAMED}"
    found = blocks(notification)
    at = len(found) - 1 if found[-1]["type"] == "context" else len(found)
    return {"text": text, "blocks": [*found[:at], *section(_mentioned(notification)), *found[at:]]}


def plain_message(notification: Notification) -> dict[str, Any]:
    """Make a message of text alone, which Slack has no reason to refuse."""
    subject, body = notification.subject, notification.body
    lines = [line(subject, _MAX_TEXT) or UNNAMED, preformatted(body, MAX_SECTION), *_mentioned(notification)]
    return {"text": "\n".join(each for each in lines if each)}


def _mentioned(notification: Notification) -> list[str]:
    """Return lines about the other alerts of the same check, below a title."""
    lines = [
        f"{icon({'type': each.type, 'severity': each.severity})} {line(each.headline, _MAX_LINE)}"
        for each in notification.mentions
    ]
    return [f"*{MENTIONED}*", *lines] if lines else []


def icon(document: Mapping[str, Any]) -> str:
    """Return the sign of an alert's severity, or that of its end."""
    if document.get("type") == "resolved":
        return _RESOLVED
    return _ICONS.get(str(document.get("severity")), _WARNING)


def blocks(notification: Notification) -> list[Block]:
    """Return the blocks of an alert, as many sections of it as Slack has room for."""
    message, document = notification.message, notification.document
    if message is None:
        return _mail_blocks(notification)
    begin = [header(f"{icon(document)} {message.headline}"), *section(_lead(message))]
    end = context([*_actions(message), *_footer(message, document)])
    sections = [block for each in message.sections for block in section(_lines(each.title, each.lines))]
    kept = len(sections)
    room = _MAX_BLOCKS_TOGETHER - (_ROOM_OF_MENTIONS if notification.mentions else 0)
    while kept and len(json.dumps(begin + sections[:kept] + end, ensure_ascii=False)) > room:
        kept -= 1
    more = section([f"... and {len(sections) - kept} more, in the mail"] if kept < len(sections) else [])
    return [*begin, *sections[:kept], *more, *end]


def _lead(message: Message) -> list[str]:
    """Return the lines below the headline, the first one beside a bar if there is a limit."""
    lines = [line(text, _MAX_LEAD) for text in message.lead]
    if message.percent is None:
        return lines
    beside = [*lines[:1], line(message.account, _MAX_SHORT)]
    return [f"{bar(message.percent)}  {' · '.join(text for text in beside if text)}", *lines[1:]]


def _lines(title: str, lines: tuple[str, ...]) -> list[str]:
    return [f"*{line(title, _MAX_LINE)}*" if title else "", *(line(text, _MAX_LINE) for text in lines)]


def _actions(message: Message) -> list[str]:
    return [
        link(action.short, action.url) if action.url else line(action.short, _MAX_LINE)
        for action in message.actions
        if action.short
    ]


def _footer(message: Message, document: Mapping[str, Any]) -> list[str]:
    account = "" if message.percent is not None else message.account
    alert_id = str(document.get("alert_id") or "")[:SHORT_ID]
    return [
        "*possible repeat*" if is_repeat(document) else "",
        *(line(text, _MAX_SHORT) for text in (account, *message.footer)),
        f"alert {line(alert_id, _MAX_SHORT)}" if alert_id else "",
    ]


def is_repeat(document: Mapping[str, Any]) -> bool:
    """Return whether the message may have been sent before."""
    attempt = document.get("attempt")
    return isinstance(attempt, int) and attempt > 1


def _mail_blocks(notification: Notification) -> list[Block]:
    document = notification.document
    return [
        header(f"{icon(document)} {notification.subject or UNNAMED}"),
        *section([preformatted(notification.body, MAX_SECTION)]),
        *context(_footer(Message(""), document)),
    ]
