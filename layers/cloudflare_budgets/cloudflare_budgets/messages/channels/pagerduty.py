"""An alert as an event of PagerDuty's Events API v2; the routing key is added where the event is sent.

https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
"""

from collections.abc import Mapping
from typing import Any

from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.channels.texts import UNNAMED, budget_name, footer, lead, links, sections
from cloudflare_budgets.messages.notification import Notification

MAX_SUMMARY = 1024
MAX_DEDUP_KEY = 255
_MAX_LINES = 50
_SEVERITIES = frozenset({"critical", "warning", "info"})
# What needs no action opens no incident.
_WITHOUT_INCIDENT = frozenset({"digest", "period_closed"})


def pagerduty_event(notification: Notification) -> dict[str, Any] | None:
    """Return the event of an alert; `None` if the alert opens and ends no incident.

    Each alert is an incident of its own, `dedup_key` is its `alert_id`: a repeat opens no second incident. An
    alert `resolved` ends the incident of the alert that it resolves.
    """
    document = notification.document
    kind = document.get("type")
    if kind in _WITHOUT_INCIDENT:
        return None
    if kind == "resolved":
        ended = document.get("resolves")  # absent in a truncated alert
        return {"event_action": "resolve", "dedup_key": _key(ended)} if ended else None
    event = {
        "event_action": "trigger",
        "client": UNNAMED,
        "payload": _payload(notification),
        "links": [{"href": action.url, "text": action.text} for action in links(notification)],
    }
    alert_id = document.get("alert_id")
    return {**event, "dedup_key": _key(alert_id)} if alert_id else event


def _payload(notification: Notification) -> dict[str, Any]:
    document, message = notification.document, notification.message
    details = {
        "message": "\n".join([*lead(notification), *sections(notification)][:_MAX_LINES]),
        "data": footer(notification),
        "account_id": _account(document, "id"),
        "alert_id": document.get("alert_id"),
    }
    payload = {
        "summary": sanitize((message.headline if message else notification.subject) or UNNAMED, MAX_SUMMARY),
        "source": _account(document, "name") or _account(document, "id") or UNNAMED,
        "severity": _severity(document),
        "component": budget_name(document),
        "class": document.get("type"),
        "custom_details": {name: text for name, text in details.items() if text},
    }
    return {name: found for name, found in payload.items() if found}


def _severity(document: Mapping[str, Any]) -> str:
    severity = str(document.get("severity"))
    return severity if severity in _SEVERITIES else "info"


def _account(document: Mapping[str, Any], key: str) -> str:
    account = document.get("account")
    return sanitize(str(account.get(key) or "")) if isinstance(account, Mapping) else ""


def _key(alert_id: object) -> str:
    return str(alert_id)[:MAX_DEDUP_KEY]
