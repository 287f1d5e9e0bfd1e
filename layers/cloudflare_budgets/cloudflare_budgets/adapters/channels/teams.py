"""Microsoft Teams: the webhook of a workflow.

The workflow answers 202 before it posts the card: whether it posted is shown by its run history only.
https://support.microsoft.com/office/create-incoming-webhooks-with-workflows-for-microsoft-teams-8ae491c7-0394-4861-ba59-055e33f75498
"""

import json
from collections.abc import Sequence

from cloudflare_budgets.adapters.channels.channel import Channel, ChannelRequest, ChannelType
from cloudflare_budgets.adapters.http.urls import UrlRule
from cloudflare_budgets.messages.channels.teams import teams_message
from cloudflare_budgets.messages.notification import Notification

# The host of workflows, and their former host.
URLS = UrlRule(
    "the URL of a workflow, https://....api.powerplatform.com/...",
    domains=frozenset({"api.powerplatform.com", "logic.azure.com"}),
    allows_query=True,
    allows_escapes=True,
)


def requests(channel: Channel, notification: Notification, _now: float) -> Sequence[ChannelRequest]:
    """Return the request that posts an alert as a card."""
    body = json.dumps(teams_message(notification), ensure_ascii=False).encode()
    return [ChannelRequest(channel.url.reveal(), body, {})]


TEAMS = ChannelType("Microsoft Teams", URLS, requests, shows_mentions=True)
