"""The parts of an alert's message that the channels have in common, as plain text."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.formatting import bar
from cloudflare_budgets.messages.message import Action, Message
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.slack.message import MENTIONED, SHORT_ID, UNNAMED, icon, is_repeat

MAX_LINE = 600
MAX_BODY = 3000


T = TypeVar("T")


def headline(notification: Notification, limit: int) -> str:
    """Return the fact of an alert in one line of at most `limit` characters, after its sign."""
    message = notification.message
    text = message.headline if message else notification.subject
    return f"{icon(notification.document)} {sanitize(text or UNNAMED, limit - 3)}"


def lead(notification: Notification) -> list[str]:
    """Return the lines below the headline; the text of the mail if the alert has no message."""
    message = notification.message
    if message is None:
        found = [sanitize(line, MAX_LINE) for line in notification.body[:MAX_BODY].splitlines()]
        return [line for line in found if line]
    lines = [sanitize(line, MAX_LINE) for line in message.lead if line]
    if message.percent is None:
        return lines
    beside = " · ".join(text for text in (*lines[:1], sanitize(message.account)) if text)
    return [f"{bar(message.percent)}  {beside}", *lines[1:]]


def sections(notification: Notification) -> list[str]:
    """Return the lines of all sections, each title on a line of its own."""
    message = notification.message or Message("")
    found = [line for each in message.sections for line in (each.title, *each.lines) if line]
    return [sanitize(line, MAX_LINE) for line in found]


def titles(notification: Notification) -> frozenset[str]:
    """Return the lines of `sections` and `mentioned` that are titles."""
    message = notification.message or Message("")
    return frozenset(
        {MENTIONED, *(sanitize(each.title, MAX_LINE) for each in message.sections if each.title)}
    )


def mentioned(notification: Notification) -> list[str]:
    """Return lines about the other alerts of the same check, below a title."""
    lines = [
        f"{icon({'type': each.type, 'severity': each.severity})} {sanitize(each.headline, MAX_LINE)}"
        for each in notification.mentions
    ]
    return [MENTIONED, *lines] if lines else []


def links(notification: Notification) -> list[Action]:
    """Return the actions that lead to an https URL."""
    message = notification.message or Message("")
    return [action for action in message.actions if action.short and action.url.startswith("https://")]


def footer(notification: Notification) -> str:
    """Return the small print: possible repeat, account, state of the data, id of the alert."""
    message, document = notification.message or Message(""), notification.document
    alert_id = sanitize(str(document.get("alert_id") or ""))[:SHORT_ID]
    parts = (
        "possible repeat" if is_repeat(document) else "",
        "" if message.percent is not None else message.account,
        *message.footer,
        f"alert {alert_id}" if alert_id else "",
    )
    return " · ".join(sanitize(part) for part in parts if part)


def budget_name(document: Any) -> str:  # noqa: ANN401 - any JSON
    """Return the name of the budget that an alert is about; empty if there is no single one."""
    match document:
        case {"budget": {"name": str(name)}} | {"standing": {"budget": {"name": str(name)}}}:
            return name
    return ""


def fitting(lines: Sequence[str], build: Callable[[Sequence[str]], T], fits: Callable[[T], bool]) -> T:
    """Build a message of as many lines as fit; the last line counts the omitted ones."""
    kept, built = len(lines), build(lines)
    while not fits(built) and kept:
        kept = kept * 3 // 4
        built = build([*lines[:kept], f"... and {len(lines) - kept} more, in the mail"])
    return built
