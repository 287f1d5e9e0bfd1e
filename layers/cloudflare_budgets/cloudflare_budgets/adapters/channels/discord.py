"""Discord: the webhook of a channel.

https://discord.com/developers/docs/resources/webhook#execute-webhook
"""

import json
from collections.abc import Sequence

from cloudflare_budgets.adapters.channels.channel import Channel, ChannelRequest, ChannelType
from cloudflare_budgets.adapters.http.urls import UrlRule
from cloudflare_budgets.messages.channels.discord import discord_message, discord_text
from cloudflare_budgets.messages.notification import Notification

URLS = UrlRule(
    "the URL of a Discord webhook, https://discord.com/api/webhooks/...",
    frozenset({"discord.com", "discordapp.com", "canary.discord.com", "ptb.discord.com"}),
    path="/api/webhooks/",
)
# Without it, Discord reports success for a message that it did not save.
_CONFIRMED = "?wait=true"


def requests(channel: Channel, notification: Notification, _now: float) -> Sequence[ChannelRequest]:
    """Return the request that posts an alert as an embed, and the one that posts it as text."""
    url = channel.url.reveal() + _CONFIRMED
    messages = (discord_message(notification), discord_text(notification))
    return [ChannelRequest(url, json.dumps(message, ensure_ascii=False).encode(), {}) for message in messages]


DISCORD = ChannelType("Discord", URLS, requests, shows_mentions=True)
