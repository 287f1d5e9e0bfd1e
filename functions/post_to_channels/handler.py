"""Posts alerts that SQS delivers from the topic to the channels of this stack: wiring only."""

import os
import uuid
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws import telemetry
from cloudflare_budgets.adapters.channels.poster import ChannelPoster
from cloudflare_budgets.adapters.channels.queue import ChannelQueue, channel_of
from cloudflare_budgets.adapters.channels.settings import ChannelParameters
from cloudflare_budgets.messages.notification import Notification, read_notifications
from cloudflare_budgets.post_to_channels import deliver, distribute

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Time reserved for logging what went wrong.
_MARGIN = timedelta(seconds=3)


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Send alerts to all channels, or post one to its channel; return what became of them.

    Raises:
        InvalidNotificationError: the event is not one of SNS.
        RetryableError: an alert was not accepted in time; the queue delivers it again.
        NonRetryableError: the channel refuses every message, or its parameter contains no valid channel.
    """

    def time_left() -> timedelta:
        return timedelta(milliseconds=context.get_remaining_time_in_millis()) - _MARGIN

    logger = telemetry.start_logging(uuid.uuid4().hex)
    done = []
    for record in event.get("Records", [event]):
        [notification] = read_notifications({"Records": [record]})
        found = {
            "alert_id": notification.document.get("alert_id"),
            **_handle(record, notification, time_left),
        }
        done.append(found)
        logger.info("alert for channels", extra={"alert": found})
    return {"alerts": done}


def _handle(
    record: Mapping[str, Any], notification: Notification, time_left: Callable[[], timedelta]
) -> dict[str, object]:
    parameters = ChannelParameters(os.environ["PARAMETER_PREFIX"], aws_clients.ssm)
    name = channel_of(record)
    if name is None:
        names = parameters.names()
        distribute(names, partial(_queue().send, record["body"]))
        return {"channels": names}
    outcome = deliver(notification, parameters.read(name), _poster().post, time_left)
    return {"channel": name, "outcome": outcome.value}


@cache
def _poster() -> ChannelPoster:
    return ChannelPoster()


@cache
def _queue() -> ChannelQueue:
    return ChannelQueue(os.environ["CHANNEL_QUEUE_URL"], aws_clients.sqs)
