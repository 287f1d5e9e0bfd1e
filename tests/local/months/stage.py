"""A deployed stack whose clock moves, with a Cloudflare that moves along, and outages of each dependency."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import boto3

from local.aws import LocalAws, Mailbox
from local.cloudflare.accounts.account import GivenRows, account
from local.cloudflare.faults.faults import Fault, FaultKind
from local.cloudflare.server import LocalCloudflare
from local.demo.watcher import Watcher
from tests.local.months.clock import FunctionClock
from tests.support.builders import day

if TYPE_CHECKING:
    from local.cloudflare.http import Row

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
ACCOUNT = account("ab" * 16, "Example", GivenRows())
# Far enough in the future that the local AWS expires no row.
BEGIN = day("2040-01-01")
LIMIT, PERCENTS = 60, (50, 80, 100)
BUDGET = {"limit": f"{LIMIT} USD", "thresholds": [f"{percent}%" for percent in PERCENTS]}
_USUAL, _LATENESS = Decimal(2), 6 * HOUR
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
_DENIED = {"Parameter Store": "ssm:*", "the table": "dynamodb:*", "the topic": "sns:Publish"}
OUTAGES = ("Cloudflare", "the token", *_DENIED, "the subscribers", "the schedule")


@dataclass
class Stage:
    """The stack at the time `now`, all its mails and failures, and the costs of days that are not usual."""

    aws: LocalAws
    cloudflare: LocalCloudflare
    watcher: Watcher
    clock: FunctionClock
    now: datetime = BEGIN
    costs: dict[datetime, Decimal] = field(default_factory=dict)
    mails: list[Mapping[str, Any]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    is_stopped: bool = False

    def check_at(self, now: datetime, action: str = "check") -> bool:
        """Move all clocks and check; return whether the check was complete."""
        self.now = now
        self.clock.move_to(now)
        self.cloudflare.travel_to(now)
        self.cloudflare.register(replace(ACCOUNT, source=GivenRows(tuple(self._rows()))))
        if self.is_stopped:
            return False
        try:
            reply = self.watcher.check(action)
        except RuntimeError as error:
            self.failures.append(str(error))
            return False
        finally:
            self.mails += [delivery.alert for delivery in self.watcher.mailbox.read()]
        assert datetime.fromisoformat(reply["as_of"]) - now < HOUR
        return True

    def next_month(self) -> tuple[datetime, datetime]:
        """Return the next month that no test has used yet."""
        start = (self.now.replace(day=1, hour=0, minute=0) + 32 * DAY).replace(day=1)
        return start, (start + 32 * DAY).replace(day=1)

    def cost(self, start: datetime, end: datetime) -> Decimal:
        """Add up what Cloudflare shows of a period."""
        return sum((cost for on, cost in self._shown() if start <= on < end), Decimal(0))

    def reached(self, start: datetime, end: datetime) -> set[str]:
        """Return the thresholds that a period has reached."""
        spent = self.cost(start, end)
        return {f"{percent}%" for percent in PERCENTS if spent * 100 >= LIMIT * percent}

    def told(self, kind: str, start: datetime) -> list[Mapping[str, Any]]:
        """Return the alerts of a kind about the period that began at an instant."""
        text = f"{start:%Y-%m-%dT%H:%M:%SZ}"
        return [each for each in self.mails if each["type"] == kind and each["period"]["start"] == text]

    def thresholds(self, start: datetime) -> set[str]:
        """Return the thresholds that the alerts about a period mention; each alert is about another one."""
        alerts = self.told("threshold_crossed", start)
        assert max(Counter(str(alert["threshold"]) for alert in alerts).values(), default=1) == 1
        return {
            f"{Decimal(each['percent']).normalize():f}%"
            for alert in alerts
            for each in (alert["threshold"], *alert["also_crossed"])
        }

    @contextmanager
    def outage_of(self, what: str) -> Iterator[None]:
        """Let something be out of order."""
        begin, end = self._switches(what)
        begin()
        try:
            yield
        finally:
            end()

    def _switches(self, what: str) -> tuple[Callable[[], object], Callable[[], object]]:
        match what:
            case "Cloudflare":
                fault = Fault(FaultKind.SERVER_ERROR)
                return lambda: self.cloudflare.switch_on(fault), self.cloudflare.switch_off
            case "the token":
                fault = Fault(FaultKind.INVALID_TOKEN)
                return lambda: self.cloudflare.switch_on(fault), self.cloudflare.switch_off
            case "the subscribers":
                return self._unsubscribe, self._subscribe
            case "the schedule":
                return lambda: self._stop(is_stopped=True), lambda: self._stop(is_stopped=False)
        return lambda: self._deny(_DENIED[what]), self._permit

    def _stop(self, *, is_stopped: bool) -> None:
        self.is_stopped = is_stopped

    def _deny(self, action: str) -> None:
        statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self._iam.put_role_policy(RoleName=self._role, PolicyName="outage", PolicyDocument=document)

    def _permit(self) -> None:
        self._iam.delete_role_policy(RoleName=self._role, PolicyName="outage")

    def _unsubscribe(self) -> None:
        sns = boto3.client("sns", **self.aws.connection)
        for each in sns.list_subscriptions_by_topic(TopicArn=self._topic)["Subscriptions"]:
            sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])

    def _subscribe(self) -> None:
        self.watcher.mailbox = Mailbox(self.aws, self._topic)

    @property
    def _topic(self) -> str:
        return self.watcher.stack.outputs["AlertTopicArn"]

    @property
    def _iam(self) -> Any:  # noqa: ANN401 - a client of boto3
        return boto3.client("iam", **self.aws.connection)

    @property
    def _role(self) -> str:
        name = self.watcher.stack.outputs["CheckBudgetsFunctionName"]
        found = boto3.client("lambda", **self.aws.connection).get_function_configuration(FunctionName=name)
        return found["Role"].rpartition("/")[2]

    def _shown(self) -> Sequence[tuple[datetime, Decimal]]:
        days = (self.now - _LATENESS - BEGIN) // DAY
        each_day = [BEGIN + number * DAY for number in range(days)]
        return [(on, self.costs.get(on, _USUAL)) for on in each_day]

    def _rows(self) -> "Iterator[Row]":
        for on, cost in self._shown():
            yield {
                "BillingAccountId": ACCOUNT.id,
                "BillingAccountName": ACCOUNT.name,
                "ChargeCategory": "Usage",
                "ChargePeriodStart": f"{on:%Y-%m-%dT%H:%M:%SZ}",
                "ChargePeriodEnd": f"{on + DAY:%Y-%m-%dT%H:%M:%SZ}",
                "ConsumedQuantity": int(cost * 1_000_000),
                "ConsumedUnit": "Requests",
                "x_BillableMetricId": "workers_standard_requests",
                "BilledCost": cost,
                "BillingCurrency": "USD",
            }
