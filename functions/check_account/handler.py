"""The function that checks one account for each job: wiring only. SQS invokes it."""

import os
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws import telemetry
from cloudflare_budgets.adapters.aws.accounts.source import configuration_source
from cloudflare_budgets.adapters.aws.alert_table.outbox import DynamoDbOutbox
from cloudflare_budgets.adapters.aws.state_store import DynamoDbStateStore
from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.cloudflare.sources import fresh_source, usage_source
from cloudflare_budgets.adapters.many_accounts.pace_table import BLOCK, PaceTable
from cloudflare_budgets.adapters.many_accounts.queues import JobQueueSqs, SenderQueueSqs
from cloudflare_budgets.adapters.many_accounts.read_once import ReadOnce
from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.domain.run.job import read_job
from cloudflare_budgets.errors import RunFailedError
from cloudflare_budgets.many_accounts.details import detailed_standing
from cloudflare_budgets.many_accounts.handover import Handover
from cloudflare_budgets.many_accounts.worker import Worker
from cloudflare_budgets.messages.reply import failure_text
from cloudflare_budgets.ports import UsageSource

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> "PartialItemFailureResponse":
    """Check the account of each job; a job that is returned as failed is delivered again."""

    def check(record: "SQSRecord") -> None:
        _check(record, context)

    processor = SqsFifoPartialProcessor()
    processor.raise_on_entire_batch_failure = False  # the queue delivers the job again, and has an alarm
    return process_partial_response(event, check, processor, context)


def _check(record: "SQSRecord", context: "LambdaContext") -> None:
    logger = telemetry.start_logging(uuid.uuid4().hex)
    job = read_job(record.body)
    attempt = int(record.attributes.approximate_receive_count or 1)
    documents = _read_once(os.environ["PARAMETER_PREFIX"], os.environ["ALERT_TABLE_NAME"])
    try:
        outcome = Worker(_dependencies(documents, context), documents.run_state, _now).check(job, attempt)
    except Exception:
        logger.exception("job failed", extra={"account_id": job.reference.account_id, "attempt": attempt})
        raise
    telemetry.log_report(logger, outcome.report)
    telemetry.emit_account_metrics(outcome.report)
    if outcome.retry_in is not None:
        JobQueueSqs(os.environ["JOB_QUEUE_URL"], aws_clients.sqs).hide(
            record.receipt_handle, outcome.retry_in
        )
        raise RunFailedError(failure_text(outcome.report))


def _dependencies(documents: ReadOnce, context: "LambdaContext") -> Dependencies:
    def time_left() -> timedelta:
        return timedelta(milliseconds=context.get_remaining_time_in_millis())

    prefix, table = os.environ["PARAMETER_PREFIX"], os.environ["ALERT_TABLE_NAME"]
    state = DynamoDbStateStore(table, _now, aws_clients.dynamodb)
    return Dependencies(
        prefix=prefix,
        configuration=documents,
        usage=_usage(os.environ["USAGE_API"], os.environ["CLOUDFLARE_API_URL"], table),
        fresh=fresh_source(os.environ["FRESH_USAGE"], os.environ["CLOUDFLARE_API_URL"], _pacer(table)),
        accounts=state,
        runs=state,
        standings=state,
        delivery=Handover(
            outbox=DynamoDbOutbox(table, timedelta(0), aws_clients.dynamodb),
            queue=SenderQueueSqs(os.environ["SENDER_QUEUE_URL"], aws_clients.sqs),
            clock=_now,
            time_left=time_left,
        ),
        time_left=time_left,
        prices=shipped_prices(),
        stale_after=timedelta(hours=int(os.environ["STALE_AFTER_HOURS"])),
        standing_of=detailed_standing,
    )


def _now() -> datetime:
    return datetime.now(UTC)


@cache
def _read_once(prefix: str, table: str) -> ReadOnce:
    runs = DynamoDbStateStore(table, _now, aws_clients.dynamodb)
    return ReadOnce(configuration_source(prefix), runs, _now)


@cache
def _usage(usage_api: str, api_url: str, table: str) -> UsageSource:
    """Return the source that the stack parameter UsageApi names."""
    return usage_source(usage_api, CloudflareApi(api_url, pacer=_pacer(table)))


@cache
def _pacer(table: str) -> Pacer:
    """Return the pace of each token, which all functions share."""
    return Pacer(PaceTable(table, _now, aws_clients.dynamodb), BLOCK)
