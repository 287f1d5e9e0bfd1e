"""What the check needs from outside."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cloudflare_budgets.domain.alerts.alert import AlertKey, Claim, OutgoingAlert
from cloudflare_budgets.domain.budgets.account import Account, InvalidAccount
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.state import AccountState, RunState
from cloudflare_budgets.domain.usage.history import DayRecord
from cloudflare_budgets.domain.usage.usage import Reading


class ConfigurationSource(Protocol):
    """What people have set up."""

    def accounts(self) -> Sequence[Account | InvalidAccount]:
        """Read every account's credential.

        Raises:
            ConfigurationUnavailableError: Parameter Store could not be read.
        """

    def budget_documents(self) -> Mapping[str, str]:
        """Read every budget document by the budget's name.

        Raises:
            ConfigurationUnavailableError: Parameter Store could not be read.
        """

    def price_document(self) -> str | None:
        """Read the document of own prices; `None`: nobody wrote any.

        Raises:
            ConfigurationUnavailableError: Parameter Store could not be read.
        """


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """What to read of an account's usage.

    `needs_cost`: some budget counts money, so costs are worth a further request. `needs_quantity`: some
    budget counts quantities, in the units and with the metrics' ids of the source that serves it.
    `preferred_source` served the account last, and is asked first.
    """

    period: Period
    needs_cost: bool = False
    needs_quantity: bool = False
    preferred_source: str | None = None


class UsageSource(Protocol):
    """Where usage and costs come from."""

    def read(self, account: Account, query: UsageQuery) -> Reading:
        """Read the charges whose charge period starts within a period, and all of a cycle it touches.

        Raises:
            UsageUnavailableError: a retry can mend it.
            NonRetryableError: only a person can.
        """


class AccountStateStore(Protocol):
    """What runs learn about accounts; every method raises `StateUnavailableError`."""

    def load_state(self, account_id: str) -> AccountState:
        """Recall what earlier runs learned, empty notes at first."""

    def save_state(self, account_id: str, state: AccountState) -> None:
        """Remember it for later runs."""

    def load_days(self, account_id: str, period: Period) -> Sequence[DayRecord]:
        """Recall the days of a period that earlier runs recorded, oldest first."""

    def save_days(self, account_id: str, records: Sequence[DayRecord]) -> None:
        """Record days, each in place of what was recorded of it before."""


class RunStateStore(Protocol):
    """What runs remember that belongs to no account; both methods raise `StateUnavailableError`."""

    def load(self) -> RunState:
        """Recall what earlier runs noted, nothing at first."""

    def save(self, state: RunState) -> None:
        """Note it for later runs."""


class ReportStore(Protocol):
    """Where a page is kept that a digest links to."""

    def publish(self, page: str) -> str:
        """Keep a page for a while, and give a link to it that works without logging in.

        Raises:
            ReportUnavailableError: it could not be kept.
        """


class Outbox(Protocol):
    """What was sent, what is owed; the only thing that makes an alert go out once.

    Every method raises `StateUnavailableError` when it does not know that it did its work.
    """

    def pending(self, now: datetime) -> Iterable[OutgoingAlert]:
        """Find the alerts that some run claimed, whose lease is over, and that were not sent.

        What cannot be read of them raises after those that can.
        """

    def is_settled(self, key: AlertKey) -> bool:
        """Tell whether an alert is settled, without claiming it."""

    def claim(self, alert: OutgoingAlert, owner: str, now: datetime) -> Claim:
        """Claim an alert for an owner, unless it is settled or a lease still runs.

        The owner's own lease counts too: what it published before may have arrived, so only a
        release or the end of the lease opens the alert again.
        """

    def release(self, key: AlertKey, owner: str) -> None:
        """Give an alert back that was definitely not sent, so that nobody need wait for its lease.

        Does nothing when another owner has claimed it, or when it is settled.
        """

    def confirm(self, alert: OutgoingAlert, message_id: str, now: datetime) -> None:
        """Record that an alert was sent, and the lower thresholds with it, in one step."""

    def settle_lower(self, alert: OutgoingAlert) -> None:
        """Record the lower thresholds of a settled alert; does nothing when there are none."""


class AlertTopic(Protocol):
    """Where alerts go, and from there to everybody."""

    def confirmed_subscriptions(self) -> int | None:
        """Count who listens; `None` when the topic does not say."""

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        """Publish once, with no retry of its own, and give the message's id.

        Raises:
            AlertRejectedError: the message was definitely not taken.
            AlertUndeliveredError: it may have been taken.
        """


class Ping(Protocol):
    """Somebody outside, who rings when no sign of life comes."""

    def __call__(self) -> None:
        """Give a sign of life.

        Raises:
            PingFailedError: it did not arrive, or nobody knows whether it did.
        """


class TimeLeft(Protocol):
    """How much of its time a run has left."""

    def __call__(self) -> timedelta:
        """Give the time until the run is killed."""
