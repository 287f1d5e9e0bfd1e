"""Protocols: what a check needs from outside. Adapters and fakes implement them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from cloudflare_budgets.domain.alerts.alert import Claim, OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.sent_alert import Acknowledgement, SentAlert
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.pace import TokenPace
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.domain.run.state import AccountState, RunState
from cloudflare_budgets.domain.run.subscriptions import Subscriptions
from cloudflare_budgets.domain.usage.fresh import FreshAccess, FreshUsage, Resource
from cloudflare_budgets.domain.usage.history import DayRecord
from cloudflare_budgets.domain.usage.subscription import Subscription
from cloudflare_budgets.domain.usage.usage import Reading


@dataclass(frozen=True, slots=True)
class UsageQuery:
    """Which usage to read, and what the budgets of the account need.

    Attributes:
        period: Charges whose charge period starts in this period are read.
        needs_cost: Some budget counts money, so costs are worth another request.
        needs_quantity: Some budget counts quantities. Units and metric ids depend on the source, so the
            source must not change for such a budget.
        preferred_source: The source that served the account last; it is requested first.
        skipped: Requests for costs that were refused lately (`Reading.refused`) and are not repeated.
        required_source: The source that served the account before and must not be replaced by another one.
        subscriptions: The subscriptions that an earlier run read lately, if it did.
    """

    period: Period
    needs_cost: bool = False
    needs_quantity: bool = False
    preferred_source: str | None = None
    required_source: str | None = None
    skipped: frozenset[str] = frozenset()
    subscriptions: tuple[Subscription, ...] | None = None


class UsageSource(Protocol):
    """Reads usage and costs."""

    def read(self, account: Account, query: UsageQuery) -> Reading:
        """Read the charges of a period, and all charges of the billing cycles that it overlaps.

        Raises:
            UsageUnavailableError: A retry may succeed.
            NonRetryableError: A person has to act.
        """


class PaceStore(Protocol):
    """Counts the requests of each token, for everything that shares the store."""

    def update(self, token: str, change: Callable[[TokenPace], TokenPace]) -> TokenPace:
        """Replace the pace of a token in one step, and return the earlier one.

        `token` is a fingerprint. `change` has no side effects and may be called several times.

        Raises:
            StateUnavailableError: the pace was not replaced, or it is unknown whether it was.
        """


class FreshUsageSource(Protocol):
    """Reads usage that is not billed yet; no method raises, since failures are in the result."""

    def read(self, account: Account, window: Period, access: FreshAccess | None) -> FreshUsage:
        """Read what was counted in a window; `access` is what an earlier run stored."""

    def attribute(
        self, account: Account, window: Period, metrics: Iterable[str]
    ) -> Mapping[str, tuple[Resource, ...]]:
        """Read the largest users of each metric in a window, largest first."""


class AccountStateStore(Protocol):
    """Stores what runs learn about accounts; methods raise `StateUnavailableError`.

    Stored state that is damaged or of another format raises `StateUnreadableError`: it counts as empty, and
    the next save replaces it.
    """

    def load_state(self, account_id: str) -> AccountState:
        """Load the state of an account, empty before its first run."""

    def save_state(self, account_id: str, state: AccountState) -> None:
        """Replace the state of an account."""

    def load_days(self, account_id: str, period: Period) -> Sequence[DayRecord]:
        """Load the recorded days of a period, oldest first."""

    def save_days(self, account_id: str, records: Sequence[DayRecord]) -> None:
        """Record days; each replaces the earlier record of the same day."""


class RunStateStore(Protocol):
    """Stores state that belongs to no account; methods raise the errors of `AccountStateStore`."""

    def load(self) -> RunState:
        """Load the state of runs, empty before the first run."""

    def save(self, state: RunState) -> None:
        """Replace the state of runs."""


# What is stored about an account after its check, as of an instant.
StandingOf = Callable[[AccountReport, datetime], Mapping[str, Any]]


class StandingStore(Protocol):
    """Stores where each account stands after its last check; raises StateUnavailableError.

    A standing is a JSON object (docs/reference.md). Readers get whole standings, whatever interrupts a run.
    """

    def save_standing(self, standing: Mapping[str, Any]) -> None:
        """Replace the standing of the account `account_id`; with `None`, that of the whole run."""

    def standings(self) -> Iterable[Mapping[str, Any]]:
        """Return every standing, in the order of the account ids; that of the whole run comes first.

        Raises:
            StateUnreadableError: a standing is damaged or of another format; the next save replaces it.
        """


class ReportStore(Protocol):
    """Stores the pages that digests link to."""

    def publish(self, page: str) -> str:
        """Store a page (HTML) for a while and return a link that opens it without a login.

        Raises:
            RetryableError: The page was not stored.
        """


class Outbox(Protocol):
    """Records which alerts are sent and which are pending, so that each is sent once.

    Methods raise `StateUnavailableError` if they fail, or if it is unknown whether they succeeded.
    """

    def pending(self, now: datetime) -> Iterable[OutgoingAlert]:
        """List the alerts that were claimed and not sent, and whose lease has expired.

        Unreadable alerts raise `StateUnavailableError` after all others.
        """

    def is_settled(self, key: AlertKey) -> bool:
        """Return whether an alert was sent, or included in a message that was sent."""

    def settled(self, keys: Collection[AlertKey]) -> Mapping[AlertKey, Collection[AlertKey]]:
        """Return which of several alerts are settled, each with its recorded lower thresholds.

        A record that is damaged counts as not settled: the claim of the alert reports the damage.
        """

    def claim(self, alert: OutgoingAlert, owner: str, now: datetime) -> Claim:
        """Claim an alert for an owner, unless the alert is settled or a lease has not expired.

        The owner's own lease counts too: its earlier message may have been accepted. Only a release or the
        end of the lease makes the alert claimable again.
        """

    def release(self, key: AlertKey, owner: str) -> None:
        """End the lease of an alert that was definitely not sent.

        Does nothing if the alert is settled or claimed by another owner.
        """

    def confirm(self, alert: OutgoingAlert, message_id: str, now: datetime) -> None:
        """Record that an alert was sent, and the lower thresholds with it, in one step."""

    def settle_lower(self, alert: OutgoingAlert) -> None:
        """Record the lower thresholds of an alert that was sent earlier, if it has any."""


class AlertLog(Protocol):
    """Finds the alerts that were sent; methods raise `StateUnavailableError`."""

    def sent(self, account_id: str | None, since: datetime) -> Sequence[SentAlert]:
        """List the alerts of an account, or (`None`) of no single account, newest first."""

    def message(self, key: AlertKey) -> OutgoingAlert | None:
        """Return an alert as it was sent; `None` if its row has expired."""

    def acknowledge(self, key: AlertKey, acknowledgement: Acknowledgement) -> None:
        """Record who acknowledged a sent alert; a later acknowledgement replaces the earlier one."""


class Subscribers(Protocol):
    """Reads who receives the messages of a topic."""

    def subscribers(self) -> Subscriptions | None:
        """Return the subscriptions; `None` if they are unknown."""


class AlertTopic(Subscribers, Protocol):
    """Delivers alerts to every subscriber."""

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        """Publish once, without a retry, and return the message id.

        Raises:
            AlertRejectedError: The message was definitely not accepted.
            AlertUndeliveredError: The message may have been accepted.
        """


class Ping(Protocol):
    """Notifies a service that raises an alarm when pings stop."""

    def __call__(self) -> None:
        """Ping once.

        Raises:
            PingFailedError: The ping failed, or it is unknown whether it succeeded.
        """


class TimeLeft(Protocol):
    """The remaining time of a run."""

    def __call__(self) -> timedelta:
        """Return the time until the run times out."""
