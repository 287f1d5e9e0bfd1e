"""The function that plans the checks of many accounts: wiring, for EventBridge Scheduler."""

import os
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws import telemetry
from cloudflare_budgets.adapters.aws.accounts.list_store import DynamoDbAccountLists
from cloudflare_budgets.adapters.aws.accounts.source import configuration_source
from cloudflare_budgets.adapters.aws.state_store import DynamoDbStateStore
from cloudflare_budgets.adapters.many_accounts.queues import JobQueueSqs
from cloudflare_budgets.check.configuration import AccountDirectory
from cloudflare_budgets.many_accounts.planner import Planner

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG001
    """Send a job for each account to the queue of the workers, and return their number.

    Raises:
        RetryableError: some jobs were not sent; a retry sends them.
    """
    logger = telemetry.start_logging(uuid.uuid4().hex)
    prefix, table = os.environ["PARAMETER_PREFIX"], os.environ["ALERT_TABLE_NAME"]
    lists = DynamoDbAccountLists(table, aws_clients.dynamodb)
    planner = Planner(
        prefix,
        AccountDirectory(configuration_source(prefix), None, lists, _now(), renews=False),
        DynamoDbStateStore(table, _now, aws_clients.dynamodb),
        JobQueueSqs(os.environ["JOB_QUEUE_URL"], aws_clients.sqs),
    )
    jobs = planner.plan(_now())
    logger.info("checks planned", extra={"jobs": jobs})
    return {"jobs": jobs}


def _now() -> datetime:
    return datetime.now(UTC)
