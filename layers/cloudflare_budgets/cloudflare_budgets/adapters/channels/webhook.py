"""A webhook of your own: the alert's JSON, signed as Standard Webhooks describes it.

The signature is HMAC-SHA256 over id, timestamp and body, so that a receiver can refuse what is forged or old.
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

from cloudflare_budgets.adapters.channels.channel import Channel, ChannelRequest, ChannelType
from cloudflare_budgets.adapters.http.urls import UrlRule
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.size_limits import json_text

URLS = UrlRule("an https URL", allows_query=True)
MIN_KEY, MAX_KEY = 24, 64  # bytes, by the specification

_PREFIX = "whsec_"


def requests(channel: Channel, notification: Notification, now: float) -> Sequence[ChannelRequest]:
    """Return the request with the alert's JSON and one signature for each secret.

    While there are two secrets, a receiver that has either one accepts the request, so that a secret can be
    replaced without a gap.
    """
    body = json_text(notification.alert_document).encode()
    timestamp = str(int(now))
    message_id = _message_id(notification, body)
    signed = f"{message_id}.{timestamp}.".encode() + body
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(_signature(key, signed) for key in channel.keys),
    }
    return [ChannelRequest(channel.url.reveal(), body, headers)]


def _message_id(notification: Notification, body: bytes) -> str:
    """Return the same id on every attempt, so that a receiver can act once."""
    found = str(notification.document.get("alert_id") or "")
    return found if found.isalnum() and found.isascii() else hashlib.sha256(body).hexdigest()[:32]


def _signature(key: Secret, signed: bytes) -> str:
    digest = hmac.new(_key_bytes(key.reveal()), signed, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _key_bytes(text: str) -> bytes:
    return base64.b64decode(text.removeprefix(_PREFIX), validate=True)


def _is_key(text: str) -> bool:
    try:
        return text.startswith(_PREFIX) and MIN_KEY <= len(_key_bytes(text)) <= MAX_KEY
    except (binascii.Error, ValueError):
        return False


WEBHOOK = ChannelType(
    "the webhook",
    URLS,
    requests,
    key="secret",
    is_key=_is_key,
    expected_key=f'"{_PREFIX}" and {MIN_KEY} to {MAX_KEY} bytes in Base64, or a list of a new and an old one',
    max_keys=2,
)
