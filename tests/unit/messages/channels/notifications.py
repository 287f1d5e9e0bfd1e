"""Notifications of the channel tests."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cloudflare_budgets.messages.message import Action, Message
from cloudflare_budgets.messages.notification import Notification
from tests.support import documents

URL = "https://dash.cloudflare.com/?to=/:account/billing/billable-usage"
MESSAGE = Message(
    "workers passed 80 %: 41.20 of 50 USD (82 %), 9 days left",
    "Example account",
    Decimal("82.4"),
    ("Forecast 57.40 USD (56.56-67.60)", "Passed 80 % (also 50 %)"),
    (
        Action("Open Cloudflare", "Cloudflare", URL),
        Action("Mute it", "mute in /cloudflare-budgets/budgets/x"),
    ),
    footer=("data through 21 Nov, usage API V2",),
)
CROSSED = Notification("workers at 82%", "the text of the mail", documents.crossed(), MESSAGE)
BY_HAND = Notification("Hello", "It works.\nReally.", {})
BAR = "████████░░  Forecast 57.40 USD (56.56-67.60) · Example account"


def shown_by_teams(message: dict[str, Any]) -> str:
    [attachment] = message["attachments"]
    card = attachment["content"]
    lines = ["".join(run["text"] for run in block["inlines"]) for block in card["body"]]
    return "\n".join([*lines, *(f"[{action['title']}] {action['url']}" for action in card["actions"])])
