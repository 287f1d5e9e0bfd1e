"""The function that sends the workers' alerts: wiring; SQS invokes one at a time."""

import os
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws import telemetry
from cloudflare_budgets.adapters.aws.alert_table.outbox import DynamoDbOutbox
from cloudflare_budgets.adapters.aws.topics import SnsAlertTopic
from cloudflare_budgets.adapters.many_accounts.queues import read_key
from cloudflare_budgets.check.delivery import Delivery
from cloudflare_budgets.many_accounts.sender import send_pending

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# A lease must end after its run. A run was seen to end 0.7 s after its timeout.
# https://github.com/aws-powertools/powertools-lambda-python/issues/4759
LEASE_MARGIN = timedelta(seconds=30)


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Send all pending alerts; SQS redelivers the messages about those that were not sent."""

    def time_left() -> timedelta:
        return timedelta(milliseconds=context.get_remaining_time_in_millis())

    run_id = uuid.uuid4().hex
    logger = telemetry.start_logging(run_id)
    keys = {record["messageId"]: read_key(record["body"]) for record in event["Records"]}
    delivery = Delivery(
        outbox=DynamoDbOutbox(
            os.environ["ALERT_TABLE_NAME"], time_left() + LEASE_MARGIN, aws_clients.dynamodb
        ),
        topic=SnsAlertTopic(
            os.environ["ALERT_TOPIC_ARN"], aws_clients.sns, os.environ.get("ALERT_EMAIL", "")
        ),
        owner=run_id,
        clock=_now,
        time_left=time_left,
    )
    sent = send_pending([key for key in keys.values() if key], delivery)
    for failure in sent.failures:
        logger.error("left undone", extra={"failure": failure})
    logger.info("alerts sent", extra={"sent": sent.count, "unsettled": len(sent.unsettled)})
    telemetry.emit_sent(sent.count)
    failed = [message_id for message_id, key in keys.items() if key in sent.unsettled]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def _now() -> datetime:
    return datetime.now(UTC)
