"""PagerDuty: the Events API v2.

https://developer.pagerduty.com/docs/events-api-v2/overview/
"""

import json
import re
from collections.abc import Sequence

from cloudflare_budgets.adapters.channels.channel import Channel, ChannelRequest, ChannelType
from cloudflare_budgets.adapters.http.urls import UrlRule
from cloudflare_budgets.messages.channels.pagerduty import pagerduty_event
from cloudflare_budgets.messages.notification import Notification

URL = "https://events.pagerduty.com/v2/enqueue"
URLS = UrlRule(
    f"{URL}, or the same at events.eu.pagerduty.com",
    frozenset({"events.pagerduty.com", "events.eu.pagerduty.com"}),
    path="/v2/enqueue",
)
_ROUTING_KEY = re.compile(r"[A-Za-z0-9]{32}")


def requests(channel: Channel, notification: Notification, _now: float) -> Sequence[ChannelRequest]:
    """Return the request that opens or ends an incident; none for an alert that needs no action."""
    event = pagerduty_event(notification)
    if event is None:
        return []
    [key] = channel.keys
    body = json.dumps({"routing_key": key.reveal(), **event}, ensure_ascii=False).encode()
    return [ChannelRequest(channel.url.reveal(), body, {})]


PAGERDUTY = ChannelType(
    "PagerDuty",
    URLS,
    requests,
    default_url=URL,
    key="routing_key",
    is_key=lambda text: bool(_ROUTING_KEY.fullmatch(text)),
    expected_key="the integration key of an Events API v2 integration, 32 letters and digits",
    ends_alerts=True,
)
