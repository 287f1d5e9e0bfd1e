"""The function that checks budgets: wiring only. EventBridge Scheduler invokes it."""

import gc

gc.disable()  # imports below leave no garbage, and collections would take a twentieth of a cold start

import os
import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters import heartbeat_ping
from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws import telemetry
from cloudflare_budgets.adapters.aws.accounts.list_store import DynamoDbAccountLists
from cloudflare_budgets.adapters.aws.accounts.source import configuration_source
from cloudflare_budgets.adapters.aws.alert_table.alert_log import DynamoDbAlertLog
from cloudflare_budgets.adapters.aws.alert_table.outbox import DynamoDbOutbox
from cloudflare_budgets.adapters.aws.report_bucket import ReportBucket
from cloudflare_budgets.adapters.aws.secret_url import SecretUrlParameter
from cloudflare_budgets.adapters.aws.state_store import DynamoDbStateStore
from cloudflare_budgets.adapters.aws.subscribers import SnsSubscribers
from cloudflare_budgets.adapters.aws.topics import SnsAlertTopic
from cloudflare_budgets.adapters.cloudflare.accounts import CloudflareAccountLister
from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.cloudflare.sources import fresh_source, usage_source
from cloudflare_budgets.adapters.cloudflare.usage.auto import ThreadLocalUsageSource
from cloudflare_budgets.adapters.heartbeat_ping import HeartbeatPing
from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.check.delivery import Delivery
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.check.run import check
from cloudflare_budgets.configuration_ports import AccountLister
from cloudflare_budgets.domain.run.request import Request, parse_request, run_mode
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.errors import RunFailedError
from cloudflare_budgets.messages.reply import failure_text, reply
from cloudflare_budgets.ports import UsageSource

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

gc.freeze()  # collections in later runs ignore the modules, which are never garbage
# No row is garbage before a run ends, and few objects refer to each other in cycles.
gc.set_threshold(50_000)
gc.enable()

# A lease must end after its run. A run was seen to end 0.7 s after its timeout.
# https://github.com/aws-powertools/powertools-lambda-python/issues/4759
LEASE_MARGIN = timedelta(seconds=30)


def lambda_handler(event: dict[str, Any], context: "LambdaContext") -> dict[str, Any]:
    """Run one check and return its reply (docs/reference.md).

    Raises:
        InvalidRequestError: The event is invalid.
        RunFailedError: A part of the check failed and a retry may succeed; the rest was done.
    """
    run_id = uuid.uuid4().hex  # not the request id, which is the same in Lambda's retries
    logger = telemetry.start_logging(run_id)
    request, deps = parse_request(event, _now()), _dependencies(run_id, context)
    is_audit = _is_audit(request)
    report = _audit(request, deps) if is_audit else check(request, deps)
    shown = report.without_accounts if is_audit else report
    telemetry.log_report(logger, shown)
    telemetry.emit_metrics(shown, os.environ.get("BUDGET_METRICS", "auto"))
    if report.failures:
        raise RunFailedError(failure_text(report))
    return reply(report)


def _is_audit(request: Request) -> bool:
    """Return whether workers check the accounts, so that this run audits their checks."""
    mode = run_mode(request, _now())
    return bool(os.environ.get("SENDER_QUEUE_URL")) and mode.saves_state and mode.covers_all


def _audit(request: Request, deps: Dependencies) -> Report:
    # Imported only with ManyAccounts, so that the cold start of other stacks stays short.
    from cloudflare_budgets.adapters.many_accounts.queues import SenderQueueSqs  # noqa: PLC0415
    from cloudflare_budgets.many_accounts.audit import Audit  # noqa: PLC0415
    from cloudflare_budgets.many_accounts.handover import Handover  # noqa: PLC0415

    queue = SenderQueueSqs(os.environ["SENDER_QUEUE_URL"], aws_clients.sqs)
    topic = SnsAlertTopic(os.environ["ALERT_TOPIC_ARN"], aws_clients.sns, os.environ.get("ALERT_EMAIL", ""))
    outbox = DynamoDbOutbox(os.environ["ALERT_TABLE_NAME"], timedelta(0), aws_clients.dynamodb)
    deps = replace(deps, delivery=Handover(outbox, queue, _now, deps.time_left, topic=topic))
    return Audit(deps, queue, timedelta(hours=int(os.environ["HEARTBEAT_HOURS"]))).run(request)


def _dependencies(run_id: str, context: "LambdaContext") -> Dependencies:
    prefix = os.environ["PARAMETER_PREFIX"]

    def time_left() -> timedelta:
        return timedelta(milliseconds=context.get_remaining_time_in_millis())

    table = os.environ["ALERT_TABLE_NAME"]
    state = DynamoDbStateStore(table, _now, aws_clients.dynamodb)
    delivery = Delivery(
        outbox=DynamoDbOutbox(table, time_left() + LEASE_MARGIN, aws_clients.dynamodb),
        topic=SnsAlertTopic(
            os.environ["ALERT_TOPIC_ARN"], aws_clients.sns, os.environ.get("ALERT_EMAIL", "")
        ),
        owner=run_id,
        clock=_now,
        time_left=time_left,
    )
    return Dependencies(
        prefix=prefix,
        configuration=configuration_source(prefix),
        usage=_usage(os.environ["USAGE_API"], os.environ["CLOUDFLARE_API_URL"], table),
        fresh=fresh_source(
            os.environ.get("FRESH_USAGE", "off"), os.environ["CLOUDFLARE_API_URL"], _pacer(table)
        ),
        accounts=state,
        runs=state,
        standings=state,
        delivery=delivery,
        time_left=time_left,
        prices=shipped_prices(),
        stale_after=timedelta(hours=int(os.environ["STALE_AFTER_HOURS"])),
        pages=_pages(os.environ["REPORT_BUCKET_NAME"]),
        lister=_lister(os.environ["CLOUDFLARE_API_URL"], table),
        lists=DynamoDbAccountLists(table, aws_clients.dynamodb),
        alerts=DynamoDbAlertLog(table, aws_clients.dynamodb),
        ping=_ping(prefix) if os.environ.get("PING_ENABLED") == "true" else None,
        operators=_operators(os.environ.get("OPERATIONS_TOPIC_ARN", "")),
    )


def _pages(bucket_name: str) -> ReportBucket | None:
    """Return the store of report pages, if the stack has one."""
    return ReportBucket(bucket_name, _now, aws_clients.s3) if bucket_name else None


def _ping(prefix: str) -> HeartbeatPing:
    name = f"{prefix}/{heartbeat_ping.PARAMETER}"
    return HeartbeatPing(SecretUrlParameter(name, heartbeat_ping.URLS, aws_clients.ssm))


def _operators(topic_arn: str) -> SnsSubscribers | None:
    """Return the reader of the subscriptions of the operations topic."""
    address = os.environ.get("OPERATIONS_EMAIL", "")
    return SnsSubscribers(topic_arn, aws_clients.sns, address) if topic_arn else None


def _now() -> datetime:
    return datetime.now(UTC)


@cache
def _usage(usage_api: str, api_url: str, table: str) -> UsageSource:
    """Return the source that the stack parameter UsageApi names, cached with its connections."""
    pacer = _pacer(table)
    return ThreadLocalUsageSource(lambda: usage_source(usage_api, CloudflareApi(api_url, pacer=pacer)))


@cache
def _lister(api_url: str, table: str) -> AccountLister:
    """Return the lister of the accounts of shared tokens, cached with its connections."""
    pacer = _pacer(table)
    return CloudflareAccountLister(lambda: CloudflareApi(api_url, pacer=pacer))


@cache
def _pacer(table: str) -> Pacer:
    """Return the pace of each token: of this process, or shared with ManyAccounts."""
    if not os.environ.get("SENDER_QUEUE_URL"):
        return Pacer()
    # Imported only with ManyAccounts, so that the cold start of other stacks stays short.
    from cloudflare_budgets.adapters.many_accounts.pace_table import BLOCK, PaceTable  # noqa: PLC0415

    return Pacer(PaceTable(table, _now, aws_clients.dynamodb), BLOCK)
