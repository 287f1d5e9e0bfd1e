"""An alert as an event of PagerDuty's Events API v2, without the routing key.

https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
"""

import hashlib
from collections.abc import Mapping
from typing import Any

from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.messages.channels.texts import budget_name, footer, lead, links, sections
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.slack.message import UNNAMED

MAX_SUMMARY = 1024
MAX_DEDUP_KEY = 255
_MAX_LINES = 50
_SEVERITIES = frozenset({"critical", "warning", "info"})
# What needs no action opens no incident.
_WITHOUT_INCIDENT = frozenset({"digest", "period_closed"})


def pagerduty_event(notification: Notification) -> dict[str, Any] | None:
    """Return the event of an alert; `None` if the alert opens and ends no incident.

    The crossings of a budget in one period are one incident: a higher threshold is added to it. Any other
    alert is an incident of its own, by its `alert_id`. A `resolved` ends the incident of what it resolves.
    """
    document = notification.document
    kind = document.get("type")
    if kind in _WITHOUT_INCIDENT:
        return None
    if kind == "resolved":
        ended = _incident(document) or document.get("resolves")  # both are absent in a truncated alert
        return {"event_action": "resolve", "dedup_key": _key(ended)} if ended else None
    event = {
        "event_action": "trigger",
        "client": UNNAMED,
        "payload": _payload(notification),
        "links": [{"href": action.url, "text": action.text} for action in links(notification)],
    }
    key = _incident(document) or document.get("alert_id")
    return {**event, "dedup_key": _key(key)} if key else event


def _incident(document: Mapping[str, Any]) -> str:
    """Name the incident of a crossing or its end by budget and period; empty for other alerts."""
    match document:
        case {"type": "threshold_crossed", **crossed}:
            found: object = crossed
        case {"type": "resolved", "problem": None, "standing": {**standing}}:
            found = standing
        case _:
            return ""
    match found:
        case {"budget": {"name": str(name), **budget}, "period": {"start": str(start)}}:
            allowance = budget.get("allowance_of")
            parts = ("cf", _account(document, "id"), name, *([str(allowance)] if allowance else []), start)
            return "/".join(parts)
    return ""


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


def _key(text: object) -> str:
    key = str(text)
    return key if len(key) <= MAX_DEDUP_KEY else hashlib.sha256(key.encode()).hexdigest()
