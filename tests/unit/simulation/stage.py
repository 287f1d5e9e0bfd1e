"""What the check meets in a story: the fakes of the other tests, each with the faults of a service."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from cloudflare_budgets.adapters.aws.topics import alert_message
from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.alerts.alert import Claim, OutgoingAlert
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.state import AccountState
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.history import DayRecord
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import (
    AccessDeniedError,
    AlertRejectedError,
    AlertUndeliveredError,
    RetryableError,
    StateUnavailableError,
    UsageUnavailableError,
)
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import charge
from tests.support.fakes import FakeAlertTopic, FakeOutbox, Published
from tests.support.world import FakeAccountStateStore, FakeUsage, World
from tests.unit.simulation.periods import cycle_of
from tests.unit.simulation.story import DAY, UNITS, Fault, Plan, Story, Version

_FORGETS = StateUnavailableError("no answer")
_TABLE = ("pending", "is_settled", "claim", "release", "confirm", "settle_lower")


@dataclass
class Cloudflare(FakeUsage):
    """The usage API: of the period that is asked for, what it shows by now."""

    source: str = "v2"
    anchor: int = 1
    shown: dict[tuple[str, datetime], Charge] = field(default_factory=dict)
    error: Exception | None = None

    def show(self, version: Version) -> None:
        start, end = cycle_of(self.anchor, version.on)
        self.shown[version.metric, version.on] = charge(
            f"{version.on:%Y-%m-%d}",
            str(version.quantity),
            version.cost,
            version.metric,
            consumed_unit=UNITS[version.metric],
            subscription_id="subscription",
            billing_period_start=start,
            billing_period_end=end if self.source == "v2" else None,
        )

    def read(self, account: Account, query: UsageQuery) -> Reading:  # noqa: ARG002 - there is one account
        if self.error:
            raise self.error
        rows = [row for row in self.shown.values() if row.charge_period_start in query.period]
        anchors = {"subscription": self.anchor} if self.source == "v1" and rows else {}
        return Reading(self.source, rows, anchors)


@dataclass
class Table(FakeOutbox):
    """The alerts in the table."""

    loses_claims: bool = False

    def claim(self, alert: OutgoingAlert, owner: str, now: datetime) -> Claim:
        claimed = super().claim(alert, owner, now)
        if self.loses_claims:
            raise _FORGETS
        return claimed


@dataclass
class Accounts(FakeAccountStateStore):
    """What is remembered of accounts, in the same table."""

    is_down: bool = False
    writes_nothing: bool = False

    def load_state(self, account_id: str) -> AccountState:
        self._may_fail(is_write=False)
        return super().load_state(account_id)

    def save_state(self, account_id: str, notes: AccountState) -> None:
        self._may_fail(is_write=True)
        super().save_state(account_id, notes)

    def load_days(self, account_id: str, period: Period) -> list[DayRecord]:
        self._may_fail(is_write=False)
        return super().load_days(account_id, period)

    def _may_fail(self, *, is_write: bool) -> None:
        if self.is_down or (is_write and self.writes_nothing):
            raise _FORGETS


@dataclass
class Topic(FakeAlertTopic):
    """The alert topic, without the schema: to hold each alert against it takes a fifth of the time."""

    loses_replies: bool = False

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        self.may_fail("publish")
        message = alert_message(alert, attempt)
        document = json.loads(message.attributes["alert"])
        self.published.append(Published("", message.subject, message.body, message.attributes, document))
        if self.loses_replies:
            raise AlertUndeliveredError("no answer")
        return f"message-{len(self.published)}"


@dataclass
class Stage:
    """The world of a story."""

    story: Story
    cloudflare: Cloudflare = field(init=False)
    table: Table = field(default_factory=Table)
    accounts: Accounts = field(default_factory=Accounts)
    topic: Topic = field(default_factory=Topic)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.cloudflare = Cloudflare(source=self.story.source, anchor=self.story.anchor)
        self.world = World(usage=self.cloudflare, outbox=self.table, accounts=self.accounts, topic=self.topic)
        if self.story.has_prices:
            self.world.prices = shipped_prices()

    def configure(self, plans: dict[str, Plan]) -> None:
        """Put budgets into Parameter Store."""
        self.world.configuration.given_budgets = {name: plan.document for name, plan in plans.items()}

    def break_down(self, faults: frozenset[Fault]) -> None:
        """Let these be out of order from now on, and nothing else."""
        self.cloudflare.error = None
        if Fault.CLOUDFLARE in faults:
            self.cloudflare.error = UsageUnavailableError("503")
        elif Fault.TOKEN in faults:
            self.cloudflare.error = AccessDeniedError("403")
        asks = ("accounts",) if Fault.SSM in faults else ()
        self.world.configuration.faults = dict.fromkeys(asks, RetryableError("no answer"))
        self._break_table(faults)
        self._break_topic(faults)

    def _break_table(self, faults: frozenset[Fault]) -> None:
        broken = _TABLE if Fault.TABLE in faults else ("confirm",) if Fault.UNCONFIRMED in faults else ()
        self.table.faults = dict.fromkeys(broken, _FORGETS)
        self.table.loses_claims = Fault.LOST_CLAIMS in faults
        self.accounts.is_down = Fault.TABLE in faults
        self.accounts.writes_nothing = Fault.NOTES in faults
        days = ("save_days",) if Fault.NOTES in faults else ()
        self.accounts.faults = dict.fromkeys(days, _FORGETS)
        runs = ("load", "save") if Fault.TABLE in faults else ("save",) if Fault.NOTES in faults else ()
        self.world.run_store.faults = dict.fromkeys(runs, _FORGETS)

    def _break_topic(self, faults: frozenset[Fault]) -> None:
        error: Exception | None = None
        if Fault.SNS in faults:
            error = AlertUndeliveredError("no answer")
        elif Fault.REFUSAL in faults:
            error = AlertRejectedError("throttled")
        self.topic.faults = {"publish": error} if error else {}
        self.topic.loses_replies = Fault.LOST_REPLIES in faults
        # SNS does not say who listens when it does not answer.
        self.topic.subscriptions = 0 if Fault.NOBODY in faults else None if Fault.SNS in faults else 1

    def through(self, now: datetime) -> datetime:
        """Give the end of the newest day that Cloudflare shows, or `now` if it shows none."""
        return max((on for _, on in self.cloudflare.shown), default=now - DAY) + DAY

    def spent(self, plan: Plan, start: datetime, end: datetime) -> Fraction | None:
        """Add up what Cloudflare shows of a budget in a period; `None` without any row at all."""
        rows = [row for (_, on), row in self.cloudflare.shown.items() if start <= on < end]
        counted = [row for row in rows if plan.metric in {None, row.x_billable_metric_id}]
        if plan.unit == "USD":
            numbers = [Fraction(row.billed_cost or 0) for row in counted]
        else:
            numbers = [Fraction(row.consumed_quantity) for row in counted]
        return sum(numbers, Fraction(0)) if rows else None
