"""The queue of the channels: an alert for all of them, or for the one in an attribute."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.errors import RetryableError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_ATTRIBUTE = "channel"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def channel_of(record: Mapping[str, Any]) -> str | None:
    """Return the channel that a record is for; `None` for an alert from the topic."""
    name = str(record.get("messageAttributes", {}).get(_ATTRIBUTE, {}).get("stringValue", ""))
    return name if _NAME.fullmatch(name) else None


class ChannelQueue:
    """Puts alerts back into the queue, one message per channel."""

    def __init__(self, url: str, client: "Callable[[], SQSClient]") -> None:
        self._url = url
        self._client = client

    def send(self, body: str, name: str) -> None:
        """Send an alert, as it came from the topic, for one channel.

        Raises:
            RetryableError: the message was not accepted, or it is unknown whether it was.
        """
        attributes = {_ATTRIBUTE: {"DataType": "String", "StringValue": name}}
        try:
            self._client().send_message(
                QueueUrl=self._url,
                MessageBody=body,
                MessageAttributes=attributes,  # type: ignore[arg-type]
            )
        except Exception as error:  # noqa: BLE001 - an invalid response can raise any exception
            code = error_code(error)
        else:
            return
        # Raised outside the handler: AWS quotes the session token in an error about a wrong signature.
        raise RetryableError(f"cannot put the alert for the channel {name} into the queue: {code}")
