"""Posts alerts that SQS delivers from the topic to Slack: wiring only."""

import os
import uuid
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters import slack_webhook
from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws import telemetry
from cloudflare_budgets.adapters.aws.secret_url import SecretUrlParameter
from cloudflare_budgets.adapters.slack_webhook import SlackWebhook
from cloudflare_budgets.messages.notification import read_notifications
from cloudflare_budgets.post_to_slack import post

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# Time reserved for logging what went wrong.
_MARGIN = timedelta(seconds=3)


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Post each alert of an event, and return how each was posted.

    Raises:
        InvalidNotificationError: the event is not one of SNS.
        RetryableError: Slack did not accept an alert in time; the queue delivers the alert again.
        NonRetryableError: Slack refuses every message, or the parameter contains no URL of a webhook.
    """

    def time_left() -> timedelta:
        return timedelta(milliseconds=context.get_remaining_time_in_millis()) - _MARGIN

    logger = telemetry.start_logging(uuid.uuid4().hex)
    posted = []
    for notification in read_notifications(event):
        outcome = post(notification, _channel(os.environ["PARAMETER_PREFIX"]), time_left)
        posted.append({"alert_id": notification.document.get("alert_id"), "posted": outcome.value})
        logger.info("posted to Slack", extra={"alert": posted[-1]})
    return {"alerts": posted}


@cache
def _channel(prefix: str) -> SlackWebhook:
    """Return the channel, cached with its connection, and for a while the webhook's URL."""
    name = f"{prefix}/{slack_webhook.PARAMETER}"
    return SlackWebhook(SecretUrlParameter(name, slack_webhook.URLS, aws_clients.ssm))
