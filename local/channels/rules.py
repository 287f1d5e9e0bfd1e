"""Validates messages against the limits that each channel documents.

- Teams: https://learn.microsoft.com/connectors/teams/#known-issues-and-limitations-with-actions
- Discord: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
- PagerDuty: https://developer.pagerduty.com/docs/events-api-v2/trigger-events/
- Standard Webhooks: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

TEAMS_BYTES = 28 * 1024
DISCORD_CONTENT = 2000
DISCORD_EMBEDS = 10
DISCORD_TOTAL = 6000
DISCORD_TITLE, DISCORD_DESCRIPTION, DISCORD_FOOTER = 256, 4096, 2048
PAGERDUTY_BYTES = 512 * 1024
PAGERDUTY_KEY = 255
PAGERDUTY_SUMMARY = 1024
TOLERANCE = 300  # seconds that a signature may be old

_CARD = "application/vnd.microsoft.card.adaptive"
_UNESCAPED_MENTION = re.compile(r"(?<!\\)@(everyone|here)|(?<!\\)<@")
_ROUTING_KEY = re.compile(r"[A-Za-z0-9]{32}")


def teams_refusal(message: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Return why the workflow cannot post a message, or `None`."""
    if len(json.dumps(message, ensure_ascii=False).encode()) > TEAMS_BYTES:
        return "RequestEntityTooLarge"
    match message:
        case {
            "type": "message",
            "attachments": [{"contentType": kind, "content": {"type": "AdaptiveCard"} as card}],
        }:
            return None if kind == _CARD and _is_card(card) else "not an Adaptive Card"
    return "not a message with one attachment"


def _is_card(card: Mapping[str, Any]) -> bool:
    inlines = [run for block in card["body"] for run in block["inlines"]]
    are_texts = all(run["type"] == "TextRun" and run["text"] for run in inlines)
    are_links = all(action["url"].startswith("https://") for action in card["actions"])
    return card["version"] in {"1.0", "1.1", "1.2", "1.3", "1.4", "1.5"} and are_texts and are_links


def discord_refusal(message: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Return why Discord rejects a message, or `None`; an unescaped mention is rejected too."""
    embeds, content = message.get("embeds", []), message.get("content", "")
    texts = [content, *(text for embed in embeds for text in _embed_texts(embed))]
    if not any(texts) or len(content) > DISCORD_CONTENT or len(embeds) > DISCORD_EMBEDS:
        return f"content has 1 to {DISCORD_CONTENT} characters, embeds at most {DISCORD_EMBEDS}"
    for embed in embeds:
        limits = (DISCORD_TITLE, DISCORD_DESCRIPTION, DISCORD_FOOTER)
        if any(len(text) > limit for text, limit in zip(_embed_texts(embed), limits, strict=True)):
            return f"title, description and footer have at most {limits} characters"
    if sum(map(len, texts)) - len(content) > DISCORD_TOTAL:
        return f"all embeds have at most {DISCORD_TOTAL} characters"
    if any(_UNESCAPED_MENTION.search(text) for text in texts) or message.get("allowed_mentions") != {
        "parse": []
    }:
        return "a mention would notify people"
    return None


def _embed_texts(embed: Mapping[str, Any]) -> tuple[str, str, str]:
    return embed.get("title", ""), embed.get("description", ""), embed.get("footer", {}).get("text", "")


def pagerduty_refusal(event: Any) -> str | None:  # noqa: ANN401 - any JSON
    """Return why PagerDuty refuses an event, or `None`."""
    if not _ROUTING_KEY.fullmatch(str(event.get("routing_key"))):
        return "routing_key has 32 characters"
    if len(json.dumps(event).encode()) > PAGERDUTY_BYTES:
        return "an event has at most 512 KB"
    action, key = event.get("event_action"), event.get("dedup_key", "")
    if action not in {"trigger", "acknowledge", "resolve"} or len(key) > PAGERDUTY_KEY:
        return "event_action or dedup_key is invalid"
    if action != "trigger":
        return None if key else "dedup_key is missing"
    return _payload_refusal(event.get("payload", {}))


def _payload_refusal(payload: Mapping[str, Any]) -> str | None:
    if not 1 <= len(payload.get("summary", "")) <= PAGERDUTY_SUMMARY or not payload.get("source"):
        return f"summary has 1 to {PAGERDUTY_SUMMARY} characters, source is required"
    if payload.get("severity") not in {"critical", "error", "warning", "info"}:
        return "severity is invalid"
    return None


def webhook_refusal(
    headers: Mapping[str, str], body: bytes, secrets: Iterable[str], now: float
) -> str | None:
    """Return why a receiver rejects a request: no valid signature, or too old; or `None`."""
    message_id, timestamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not message_id or not timestamp.isdigit() or abs(now - int(timestamp)) > TOLERANCE:
        return "webhook-id is missing, or webhook-timestamp is too old"
    signed = f"{message_id}.{timestamp}.".encode() + body
    given = headers.get("webhook-signature", "").split()
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        right = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if any(hmac.compare_digest(right, each) for each in given):
            return None
    return "no signature is valid"
