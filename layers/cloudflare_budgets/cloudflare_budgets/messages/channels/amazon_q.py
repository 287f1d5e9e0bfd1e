"""An alert as a custom notification of Amazon Q Developer, which shows it in Slack.

The layout is that of our own Slack messages. A message of any other form is dropped silently.
https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cloudflare_budgets.domain.budgets.budget import PLACES
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.slack.blocks import Block, fitting_lines, line, link
from cloudflare_budgets.messages.slack.message import slack_message

# AWS publishes no limits. Slack accepts 3,000 characters in a section, which these texts become.
_MAX_DESCRIPTION = 3000
_MAX_NAME = 100
_MAX_STEP = 300
_MAX_THREAD = 200
_MAX_TYPE = 80
# A custom action can be tied to an event type of letters, digits and hyphens.
_UNFIT = re.compile("[^A-Za-z0-9]+")
_FENCE = "```"


def chat_notification(notification: Notification) -> dict[str, Any]:
    """Return the custom notification of any alert, also of a type that is unknown here.

    All texts from outside are escaped, and each is within its limit.
    """
    document = notification.document
    message = slack_message(notification)
    content = {
        "textType": "client-markdown",
        "title": _title(message["blocks"]),
        "description": _description(message["blocks"]) or message["text"],
        "nextSteps": _next_steps(notification),
        "keywords": _present_names("Cloudflare", _text(document, "severity"), _budget(document)),
    }
    return {
        "version": "1.0",
        "source": "custom",
        **_present({"id": _text(document, "alert_id")}),
        "content": _present(content),
        "metadata": _present(_metadata(document, message["text"])),
    }


def thread_id(document: Mapping[str, Any]) -> str:
    """Return the thread of an alert; all alerts of a budget and period, for instance, have one."""
    return _fitting_id("/".join((_name(document, "account", "id") or "-", *_subject_of(document))))


def _subject_of(document: Mapping[str, Any]) -> Sequence[str]:
    match document:
        case {"problem": {"kind": kind, "subject": subject}}:
            return ("problem", str(kind), str(subject))
        case {"budget": {"name": name}, "period": {"start": start}} | {
            "standing": {"budget": {"name": name}, "period": {"start": start}}
        }:
            return (str(name), str(start))
        case {"metric": {"metric_id": metric_id}, "since": since}:
            return (str(metric_id), str(since), *_places(document))
        case _:
            return (_text(document, "type") or "alert",)


def _places(document: Mapping[str, Any]) -> Sequence[str]:
    match document:
        case {"budget": {"scope": {**scope}}}:
            return [f"{key} {scope[key]}" for key in PLACES if scope.get(key)]
        case _:
            return ()


def _metadata(document: Mapping[str, Any], summary: str) -> dict[str, Any]:
    return {
        "threadId": thread_id(document),
        "summary": summary,
        "eventType": f"cloudflare-budgets-{_UNFIT.sub('-', _text(document, 'type') or 'alert')[:_MAX_TYPE]}",
        "relatedResources": _present_names(
            _name(document, "account", "name") or _name(document, "account", "id"),
            _budget(document),
        ),
        "additionalContext": _present(
            {
                "alert_id": _text(document, "alert_id"),
                "type": _text(document, "type"),
                "severity": _text(document, "severity"),
                "account_id": _name(document, "account", "id"),
                "budget": _budget(document),
            }
        ),
    }


def _title(blocks: Sequence[Block]) -> str:
    return "\n".join(block["text"]["text"] for block in blocks if block["type"] == "header")


def _description(blocks: Sequence[Block]) -> str:
    sections = [block["text"]["text"] for block in blocks if block["type"] == "section"]
    footers = [
        element["text"] for block in blocks if block["type"] == "context" for element in block["elements"]
    ]
    foot = "\n".join(footers)
    room = _MAX_DESCRIPTION - len(foot) - len(f"\n{_FENCE}\n\n")
    body = fitting_lines("\n\n".join(sections).split("\n"), room)
    closed = f"{body}\n{_FENCE}" if body.count(_FENCE) % 2 else body
    return "\n\n".join(part for part in (closed, foot) if part)


def _next_steps(notification: Notification) -> list[str]:
    message = notification.message
    if message is None or notification.document.get("severity") == "info":
        return []
    return _present_names(
        *(
            link(action.text, action.url) if action.url else line(action.text, _MAX_STEP)
            for action in message.actions
        )
    )


def _name(document: Mapping[str, Any], thing: str, key: str) -> str:
    found = document.get(thing)
    return _text(found, key) if isinstance(found, Mapping) else ""


def _budget(document: Mapping[str, Any]) -> str:
    standing = document.get("standing")
    whose = standing if isinstance(standing, Mapping) else document
    return _name(whose, "budget", "name")


def _text(document: Mapping[str, Any], key: str) -> str:
    return line(str(document.get(key) or ""), _MAX_NAME)


def _present_names(*names: str) -> list[str]:
    return [name for name in names if name]


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}


def _fitting_id(text: str) -> str:
    return text if len(text) <= _MAX_THREAD else hashlib.sha256(text.encode()).hexdigest()
