"""Publishes alerts from the topic to Amazon Q Developer in chat applications: wiring only."""

import os
import uuid
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws import telemetry
from cloudflare_budgets.adapters.aws.topics import ChatTopic
from cloudflare_budgets.messages.channels.amazon_q import chat_notification
from cloudflare_budgets.messages.notification import read_notifications

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG001 - Lambda's
    """Publish each alert of an event to the chat topic, and return the messages' ids.

    Raises:
        InvalidNotificationError: the event is not one of SNS.
        AlertUndeliveredError: the chat topic did not accept the alert; Lambda retries the function.
    """
    logger = telemetry.start_logging(uuid.uuid4().hex)
    topic = ChatTopic(os.environ["CHAT_TOPIC_ARN"], aws_clients.sns)
    published = []
    for notification in read_notifications(event):
        message_id = topic.publish(chat_notification(notification))
        published.append({"alert_id": notification.document.get("alert_id"), "message_id": message_id})
        logger.info("handed over to the chat", extra={"alert": published[-1]})
    return {"alerts": published}
