"""An alert as the notification that Slack shows."""

from typing import Any

from cloudflare_budgets.messages.message import Message
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.slack.message import slack_message
from local.slack import refusal_of, rendered
from local.slack.server import CLOUDFLARE
from tests.support import documents

REPORT = "https://bucket.example.com/report-1.html"


def shown(notification: Notification) -> str:
    """Render an alert as Slack does, and hold it to what Slack accepts."""
    message = slack_message(notification)
    assert refusal_of(message, (CLOUDFLARE, REPORT)) is None
    return rendered(message)


def posted(message: Message, **document: Any) -> str:  # noqa: ANN401 - any part of an alert
    return shown(Notification("a subject", "a text", {**documents.crossed(), **document}, message))
