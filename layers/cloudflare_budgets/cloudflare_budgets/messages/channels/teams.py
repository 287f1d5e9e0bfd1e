"""An alert as the Adaptive Card that a workflow posts to Microsoft Teams.

Texts are runs of a RichTextBlock, which interprets no Markdown: the name of a budget stays text.
https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
https://adaptivecards.io/explorer/RichTextBlock.html
"""

import json
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
from cloudflare_budgets.messages.notification import Notification

# Teams accepts about 28 KB, and the workflow adds its own parts.
# https://learn.microsoft.com/connectors/teams/#known-issues-and-limitations-with-actions
MAX_MESSAGE = 21_000  # bytes
MAX_ACTIONS = 6  # Teams shows six primary actions
_MAX_HEADLINE = 200
_CARD = {
    "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
    "type": "AdaptiveCard",
    "version": "1.4",
    "msteams": {"width": "Full"},
}


def teams_message(notification: Notification) -> dict[str, Any]:
    """Lay out an alert as a card; its own lines that do not fit are left out and counted."""
    return fitting(
        [*lead(notification), *sections(notification)],
        lambda lines: _message(notification, lines),
        lambda message: len(json.dumps(message, ensure_ascii=False).encode()) <= MAX_MESSAGE,
    )


def _message(notification: Notification, lines: Sequence[str]) -> dict[str, Any]:
    fact, bold = headline(notification, _MAX_HEADLINE), titles(notification)
    body = [
        _text(fact, size="Large", weight="Bolder"),
        *(
            _text(line, weight="Bolder") if line in bold else _text(line)
            for line in (*lines, *mentioned(notification))
        ),
        *(_text(small, size="Small", isSubtle=True) for small in (footer(notification),) if small),
    ]
    actions = [
        {"type": "Action.OpenUrl", "title": action.short, "url": action.url} for action in links(notification)
    ]
    card = {**_CARD, "fallbackText": fact, "body": body, "actions": actions[:MAX_ACTIONS]}
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return {"type": "message", "attachments": [attachment]}


def _text(text: str, **style: object) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **style}]}
