"""A run killed, or left without an answer, at each call to AWS: nothing lost, at most one copy a fault.

`CRASH_PAIRS=1` (`make crashes`) tries every pair of faults in two runs after one another.
"""

import itertools
import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from cloudflare_budgets.adapters import aws_clients
from cloudflare_budgets.adapters.account_table import AccountTable
from cloudflare_budgets.adapters.alert_table import AlertTable
from cloudflare_budgets.adapters.alert_topic import SnsAlertTopic
from cloudflare_budgets.adapters.parameter_store import ParameterStore
from cloudflare_budgets.adapters.run_table import RunTable
from cloudflare_budgets.adapters.shipped_prices import shipped_prices
from cloudflare_budgets.check import check
from cloudflare_budgets.delivery import Delivery
from cloudflare_budgets.domain.report import Report
from cloudflare_budgets.domain.request import Request
from cloudflare_budgets.outside import Outside
from tests.builders import ACCOUNT_ID, AS_OF, charge
from tests.integration.aws_wire import Kill
from tests.integration.mailbox import Mailbox
from tests.unit.world import FakeUsage

PREFIX = "/crashes"
LEASE = timedelta(seconds=330)
SPEND = charge(cost="60", quantity="70")
BUDGETS = ('{"limit": "50 USD"}', '{"limit": "70 Requests", "thresholds": ["100%"]}', '{"limit": "?"}')

PARTS = 40  # of all pairs

Fault = tuple[int, str, type[BaseException]]


@dataclass
class Boundary:
    """Counts the calls to AWS, and lets something happen at one of them."""

    fault: Fault | None = None
    calls: int = 0
    names: list[str] = field(default_factory=list)

    def going(self, event_name: str, **_: object) -> None:
        self.names.append(event_name)
        self._maybe("before")

    def coming_back(self, **_: object) -> None:
        self._maybe("after")
        self.calls += 1

    def _maybe(self, side: str) -> None:
        if self.fault is not None and self.fault[:2] == (self.calls, side):
            kind = self.fault[2]
            raise kind() if kind is Kill else ReadTimeoutError(endpoint_url="https://aws.invalid/")


@contextmanager
def watched(boundary: Boundary) -> Iterator[None]:
    clients = [aws_clients.ssm(), aws_clients.dynamodb(), aws_clients.sns()]
    for client in clients:
        client.meta.events.register_first("before-call", boundary.going)
        client.meta.events.register_last("after-call", boundary.coming_back)
    try:
        yield
    finally:
        for client in clients:
            client.meta.events.unregister("before-call", boundary.going)
            client.meta.events.unregister("after-call", boundary.coming_back)


def somebody_listens(parsed: dict[str, Any], **_: object) -> None:
    """Say what moto never says."""
    parsed.setdefault("Attributes", {})["SubscriptionsConfirmed"] = "1"


@dataclass
class Stage:
    """The real adapters over moto, and a clock."""

    table: str
    topic: str
    now: datetime = AS_OF
    runs: int = 0

    def run(self) -> Report:
        self.runs += 1
        memory = AlertTable(self.table, LEASE, aws_clients.dynamodb)
        topic = SnsAlertTopic(self.topic, aws_clients.sns)
        left = timedelta(seconds=300)
        delivery = Delivery(memory, topic, f"run-{self.runs}", lambda: self.now, lambda: left, lambda _: None)
        notes = AccountTable(self.table, lambda: self.now, aws_clients.dynamodb)
        outside = Outside(
            PREFIX,
            ParameterStore(PREFIX, aws_clients.ssm),
            FakeUsage({ACCOUNT_ID: [SPEND]}),
            notes,
            RunTable(self.table, aws_clients.dynamodb),
            delivery,
            lambda: left,
            shipped_prices(),
        )
        return check(Request(self.now), outside)

    def faulty_run(self, fault: Fault | None) -> Boundary:
        boundary = Boundary(fault)
        with watched(boundary), suppress(Kill):
            self.run()
        self.now += LEASE + timedelta(seconds=1)
        return boundary


@pytest.fixture
def stage(table_name: str, topic_arn: str) -> Iterator[Stage]:
    account = f"{PREFIX}/accounts/{ACCOUNT_ID}/api-token"
    aws_clients.ssm().put_parameter(Name=account, Value="x" * 40, Type="SecureString")
    events = aws_clients.sns().meta.events
    events.register("after-call.sns.GetTopicAttributes", somebody_listens)
    yield Stage(table_name, topic_arn)
    events.unregister("after-call.sns.GetTopicAttributes", somebody_listens)


def write_budgets(number: int) -> None:
    """Store budgets of new names, so that every trial is about new alerts."""
    ssm = aws_clients.ssm()
    for page in ssm.get_paginator("get_parameters_by_path").paginate(Path=f"{PREFIX}/budgets"):
        for parameter in page["Parameters"]:
            ssm.delete_parameter(Name=parameter["Name"])
    for position, text in enumerate(BUDGETS):
        ssm.put_parameter(Name=f"{PREFIX}/budgets/b{number}-{position}", Value=text, Type="String")


def forget_account() -> None:
    """Let the next run be the first one of the account, which learns most."""
    client = aws_clients.dynamodb()
    for name in client.list_tables()["TableNames"]:
        for row in client.scan(TableName=name)["Items"]:
            if row["pk"]["S"].startswith("ACCT#"):
                client.delete_item(TableName=name, Key={"pk": row["pk"], "sk": row["sk"]})


def received(mailbox: Mailbox) -> Counter[str]:
    found: Counter[str] = Counter()
    while messages := mailbox.messages():
        found.update(message["Subject"].removesuffix(" (possible repeat)") for message in messages)
    return found


def trial(stage: Stage, mailbox: Mailbox, number: int, faults: tuple[Fault | None, ...]) -> list[Boundary]:
    """Run with faults, then twice without; see that every alert came, and how often."""
    write_budgets(number)
    stage.now = AS_OF
    boundaries = [stage.faulty_run(fault) for fault in faults]
    for _ in range(2):
        assert stage.run().failures == (), faults
        stage.now += timedelta(minutes=1)
    copies = received(mailbox)
    assert len(copies) == len(BUDGETS), (faults, copies)
    assert sum(copies.values()) <= len(BUDGETS) + sum(fault is not None for fault in faults), (faults, copies)
    return boundaries


def faults_at(calls: int) -> list[Fault]:
    kinds: tuple[type[BaseException], ...] = (Kill, ReadTimeoutError)
    return [
        (call, side, kind) for call, side, kind in itertools.product(range(calls), ("before", "after"), kinds)
    ]


@pytest.mark.parametrize("is_first_run", [True, False])
def test_a_fault_at_any_call_loses_no_alert_and_makes_one_copy_at_most(
    stage: Stage, mailbox: Mailbox, *, is_first_run: bool
) -> None:
    numbers = itertools.count()
    if not is_first_run:
        trial(stage, mailbox, next(numbers), (None,))
    (boundary,) = trial(stage, mailbox, next(numbers), (None,))
    assert boundary.calls > 3 * len(BUDGETS)  # a claim, a publish and a confirmation for each alert
    recorded = [name for name in boundary.names if name.endswith("BatchWriteItem")]
    assert len(recorded) == is_first_run
    for fault in faults_at(boundary.calls):
        if is_first_run:
            forget_account()
        trial(stage, mailbox, next(numbers), (fault,))


# In parts, for moto forgets nothing until its end; none unless asked for, for it takes a quarter of an hour.
@pytest.mark.parametrize("part", range(PARTS) if "CRASH_PAIRS" in os.environ else [])
def test_two_faults_lose_no_alert_and_make_a_copy_each_at_most(
    stage: Stage, mailbox: Mailbox, part: int
) -> None:
    numbers = itertools.count()
    (boundary,) = trial(stage, mailbox, next(numbers), (None,))
    pairs = itertools.product(faults_at(boundary.calls), repeat=2)
    for faults in itertools.islice(pairs, part, None, PARTS):
        trial(stage, mailbox, next(numbers), faults)
