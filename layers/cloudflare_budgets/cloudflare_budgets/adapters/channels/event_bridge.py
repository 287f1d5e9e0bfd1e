"""EventBridge: one event per alert on the default event bus, for rules of your own.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
"""

from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.adapters.channels.channel import ChannelType
from cloudflare_budgets.errors import RetryableError
from cloudflare_budgets.messages.notification import BY_HAND, Notification
from cloudflare_budgets.messages.size_limits import json_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_events import EventBridgeClient

SOURCE = "cloudflare-budgets"  # the function's role permits no other source

EVENT_BRIDGE = ChannelType("EventBridge", urls=None, requests=lambda *_: ())


def put_event(notification: Notification, client: "Callable[[], EventBridgeClient]") -> None:
    """Send one event: `detail-type` is the type of the alert, `detail` its JSON.

    Raises:
        RetryableError: the event was not accepted, or it is unknown whether it was.
    """
    document = notification.alert_document
    entry = {
        "Source": SOURCE,
        "DetailType": str(document.get("type") or BY_HAND),
        "Detail": json_text(document),
    }
    try:
        [result] = client().put_events(Entries=[entry])["Entries"]  # type: ignore[list-item]
        code = result.get("ErrorCode")
    except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
        code = error_code(error)
    # Raised outside the handler, because AWS quotes the session token in an error about a wrong signature.
    if code:
        raise RetryableError(f"EventBridge did not accept the event: {code}")
