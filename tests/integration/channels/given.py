"""Settings of channels, and alerts as the queue delivers them."""

import base64
import json
from typing import Any

from tests.support.builders import PREFIX
from tests.support.documents import crossed

OLD_SECRET = "whsec_" + base64.b64encode(b"o" * 32).decode()
NEW_SECRET = "whsec_" + base64.b64encode(b"n" * 32).decode()
ROUTING_KEY = "0123456789abcdef0123456789abcdef"
TEAMS_URL = (
    "https://default0123.4a.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/"
    "0f/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=secret"
)
DISCORD_URL = "https://discord.com/api/webhooks/1234567890/secret"


def parameter(name: str) -> str:
    return f"{PREFIX}/channels/{name}"


def record(channel: str | None = None, **changed: Any) -> dict[str, Any]:  # noqa: ANN401 - any part of an alert
    """An alert as the queue delivers it: from the topic, or for one channel."""
    notification = {
        "Subject": "workers at 82% of 50 USD",
        "Message": "the text for people",
        "MessageAttributes": {"alert": {"Type": "String", "Value": json.dumps(crossed(**changed))}},
    }
    attributes = {"channel": {"stringValue": channel, "dataType": "String"}} if channel else {}
    return {"eventSource": "aws:sqs", "messageAttributes": attributes, "body": json.dumps(notification)}
