"""The real handler between an AWS in memory and a Cloudflare on loopback, with a clock that tests move."""

import importlib.util
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models.table import Table

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.cloudflare.analytics import source as analytics
from cloudflare_budgets.check.delivery import Delivery
from cloudflare_budgets.errors import RunFailedError
from local.cloudflare.accounts.account import Account, Metered
from local.cloudflare.accounts.examples import spiking
from local.cloudflare.server import LocalCloudflare
from tests.integration.aws.mailbox import Mailbox
from tests.integration.aws.wire import Kill
from tests.integration.crashes.boundaries import Boundary, at
from tests.integration.crashes.watched_wires import WatchedAnalytics, WatchedCloudflare, watched_aws
from tests.integration.dynamodb.tables import create_table
from tests.support.builders import AS_OF

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient

PREFIX = "/crashes"
TIMEOUT = timedelta(seconds=480)
LEASE = TIMEOUT + timedelta(seconds=30)

# Costs are estimated, some thresholds are for forecasts, one budget is invalid, and there is a spike.
BUDGETS = {
    "spend": '{"limit": "10 USD"}',
    "requests": '{"limit": "9000000 Requests", "scope": {"metric_id": ["workers_*"]},'
    ' "thresholds": ["50%", "90%", "100% forecast"]}',
    "wrong": '{"limit": "?"}',
}
_FUNCTIONS = Path(__file__).parents[3] / "functions"


def load_handler(function: str = "check_budgets") -> ModuleType:
    """Load a function's own module anew."""
    spec = importlib.util.spec_from_file_location(f"{function}_handler", _FUNCTIONS / function / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass(frozen=True, slots=True)
class Context:
    """What Lambda hands to a function: it has all its time."""

    timeout: timedelta = TIMEOUT

    def get_remaining_time_in_millis(self) -> int:
        return int(self.timeout.total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class Cached:
    """What time it was, and what the table held."""

    now: datetime
    items: Any


@dataclass
class Stage:
    """Runs the handler, at the time `now`; each trial begins with a table of its own."""

    handler: ModuleType
    monkeypatch: pytest.MonkeyPatch
    table_properties: Mapping[str, Any]
    mailbox: Mailbox
    cloudflare: LocalCloudflare
    now: datetime = AS_OF
    event: Mapping[str, str] = field(default_factory=lambda: {"action": "check"})
    tables: int = 0
    subjects: dict[str, str] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)

    def begin(self) -> None:
        """Begin a trial with an empty table."""
        if self.tables:
            aws_clients.dynamodb().delete_table(TableName=self._table)
        self.tables += 1
        create_table(aws_clients.dynamodb(), self._table, self.table_properties)
        self.monkeypatch.setenv("ALERT_TABLE_NAME", self._table)
        self._forget_requests()
        self.now = AS_OF

    def keep(self) -> Cached:
        """Return a copy of the clock and the rows of a trial."""
        return Cached(self.now, deepcopy(self._rows.items))

    def return_to(self, kept: Cached) -> None:
        """Restore the clock and the rows of a trial."""
        self.now = kept.now
        self._rows.items = deepcopy(kept.items)
        self._forget_requests()

    def _forget_requests(self) -> None:
        """Make the pacer anew: hundreds of trials in five minutes would reach the limit of the token."""
        for name in ("_usage", "_pacer"):
            getattr(self.handler, name).cache_clear()

    def run(self, boundary: Boundary | None = None) -> bool:
        """Run once, and return whether the run was complete."""
        try:
            with at(boundary or Boundary()):
                self.handler.lambda_handler(dict(self.event), Context())
        except (RunFailedError, Kill):
            return False
        return True

    def wait_after(self, boundaries: Iterable[Boundary]) -> None:
        """Wait until the leases that faults may have left have ended; a refusal leaves no lease.

        If Cloudflare refuses the days before, they are requested once a day.
        """
        faulty = list(boundaries)
        if any(boundary.was_denied("cloudflare.") for boundary in faulty):
            self.now += timedelta(days=1)
        elif any(boundary.may_copy for boundary in faulty):
            self.now += LEASE + timedelta(seconds=1)
        else:
            self.now += timedelta(seconds=1)

    def received(self) -> Counter[str]:
        """Count the messages that came since the last call, by the alert that they carry."""
        found: Counter[str] = Counter()
        while messages := self.mailbox.messages():
            for message in messages:
                alert = json.loads(message["MessageAttributes"]["alert"]["Value"])
                found[alert["alert_id"]] += 1
                self.types.add(alert["type"])
                self.subjects.setdefault(alert["alert_id"], message["Subject"])
        return found

    @property
    def _rows(self) -> Table:
        region = aws_clients.dynamodb().meta.region_name
        return get_backend("dynamodb")[DEFAULT_ACCOUNT_ID][region].tables[self._table]

    @property
    def _table(self) -> str:
        return f"alerts-{self.tables}"


@contextmanager
def stage_on(
    monkeypatch: pytest.MonkeyPatch,
    topic_arn: str,
    mailbox: Mailbox,
    table_properties: Mapping[str, Any],
    fresh_usage: str = "off",
) -> Iterator[Stage]:
    """Set the stage: parameters, a Cloudflare, the handler with a clock and without sleep."""
    local = small_account()
    write_parameters(aws_clients.ssm(), local)
    handler = load_handler()
    with LocalCloudflare(now=AS_OF, accounts=(local,)) as cloudflare, watched_aws():
        stage = Stage(handler, monkeypatch, table_properties, mailbox, cloudflare)
        monkeypatch.setattr(handler, "_now", lambda: stage.now)
        monkeypatch.setattr(handler, "CloudflareApi", WatchedCloudflare)
        monkeypatch.setattr(analytics, "AnalyticsClient", WatchedAnalytics)
        monkeypatch.setattr(analytics, "CloudflareApi", WatchedCloudflare)
        monkeypatch.setattr(handler, "Delivery", partial(Delivery, sleep=lambda _: None))
        for name, value in environment(topic_arn, cloudflare.url).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("FRESH_USAGE", fresh_usage)
        operations = aws_clients.sns().create_topic(Name="operations")["TopicArn"]
        monkeypatch.setenv("OPERATIONS_TOPIC_ARN", operations)
        yield stage


def small_account() -> Account:
    """Make the account with a spike, and leave it but one metric that is steady: runs are quick."""
    local = spiking(AS_OF)
    assert isinstance(local.source, Metered)
    used = {"workers_standard_requests", *(surge.metric_id for surge in local.source.surges)}
    metrics = tuple(metric for metric in local.source.metrics if metric.id in used)
    return replace(local, source=replace(local.source, metrics=metrics))


def write_parameters(ssm: "SSMClient", local: Account) -> None:
    """Store the account's token, and the budgets."""
    account = f"{PREFIX}/accounts/{local.id}/api-token"
    ssm.put_parameter(Name=account, Value=local.credentials.token, Type="SecureString")
    for name, text in BUDGETS.items():
        ssm.put_parameter(Name=f"{PREFIX}/budgets/{name}", Value=text, Type="String")


def environment(topic_arn: str, api_url: str) -> dict[str, str]:
    """Give the function's environment, but for the table."""
    return {
        "PARAMETER_PREFIX": PREFIX,
        "ALERT_TOPIC_ARN": topic_arn,
        "CLOUDFLARE_API_URL": api_url,
        "USAGE_API": "auto",
        "STALE_AFTER_HOURS": "72",
        "REPORT_BUCKET_NAME": "",
        "POWERTOOLS_SERVICE_NAME": "crashes",
        "POWERTOOLS_METRICS_NAMESPACE": "CloudflareBudgets",
    }
