"""An alert as JSON for machines: the body of a webhook, the detail of an EventBridge event."""

from collections.abc import Mapping
from typing import Any

from cloudflare_budgets.messages.notification import Notification

BY_HAND = "message"  # the type of a message that was published by hand


def alert_document(notification: Notification) -> Mapping[str, Any]:
    """Return the alert's JSON; for a message published by hand, its subject and its text."""
    if notification.document:
        return notification.document
    return {"type": BY_HAND, "subject": notification.subject, "text": notification.body}
