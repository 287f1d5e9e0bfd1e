"""The results of a run, as its caller receives them."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.alerts.severity import Severity
from cloudflare_budgets.domain.budgets.budgets_object import ObjectBudgets
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.run.request import LIVE, RunMode
from cloudflare_budgets.domain.run.state import RunCounts
from cloudflare_budgets.domain.run.subscriptions import Subscriptions
from cloudflare_budgets.domain.usage.fresh_scale import FreshQuality


class AlertState(StrEnum):
    """The state of an alert after this run."""

    SENT = "sent"
    QUEUED = "queued"  # stored by a worker for the sender
    ALREADY_SENT = "already_sent"
    DRY_RUN = "dry_run"
    CLAIMED = "claimed"  # another run is sending it; at the end of the run it is either of the others
    OWED = "owed"  # not delivered: the run fails, and a later run sends it


@dataclass(frozen=True, slots=True)
class AlertReport:
    """An alert and its state after the run."""

    alert: Alert
    state: AlertState


@dataclass(frozen=True, slots=True)
class AccountReport:
    """The results of one account. `source` is the usage API that answered, if any did.

    `fresh_through` is the instant up to which analytics were read, if any were; `fresh_quality` says how good
    they are. `account_name` is the name that Cloudflare returns; `is_name_shared`: another watched account
    has it too. `failures` are what a retry can fix. If no time was left for the account, or the limit of its
    token was reached, `was_begun` is false; `retry_at` is the end of the limit. `is_unexpected` says that the
    failure has no known reason.
    """

    account_id: str
    source: str | None = None
    data_through: datetime | None = None
    evaluations: tuple[Evaluation, ...] = ()
    alerts: tuple[AlertReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    failures: tuple[str, ...] = ()
    account_name: str | None = None
    was_begun: bool = True
    retry_at: datetime | None = None
    is_unexpected: bool = False
    fresh_through: datetime | None = None
    fresh_quality: FreshQuality | None = None
    is_name_shared: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """The results of a run.

    `alerts` and `problems` belong to no single account. `resent` counts the alerts of earlier, interrupted
    runs that this run sent; `still_pending` are those that it could not send (`None`: the table could not
    be read). The run fails with any `failures`. `listeners` are the subscriptions of the alert topic
    (`None`: the topic did not return them).
    """

    as_of: datetime
    accounts: tuple[AccountReport, ...] = ()
    alerts: tuple[AlertReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    resent: int = 0
    still_pending: frozenset[AlertKey] | None = frozenset()
    own_failures: tuple[str, ...] = ()
    listeners: Subscriptions | None = None
    mode: RunMode = LIVE
    budgets_object: ObjectBudgets = field(default_factory=ObjectBudgets)

    @property
    def failures(self) -> tuple[str, ...]:
        """All failures, of accounts and of the run: a retry can fix them."""
        return (*self.own_failures, *(failure for account in self.accounts for failure in account.failures))

    @property
    def left_at(self) -> str | None:
        """The first account for which no time or no request was left."""
        return next((account.account_id for account in self.accounts if not account.was_begun), None)

    @property
    def owed(self) -> int | None:
        """The number of alerts that a later run must send; `None`: the table could not be read.

        Without a confirmed subscription they are held, which is counted as such.
        """
        if self.still_pending is None or self.has_no_subscriber:
            return None
        owed = {each.alert.key for each in self.all_alerts if each.state is AlertState.OWED}
        sent = {each.alert.key for each in self.all_alerts if each.state is not AlertState.OWED}
        return len(owed | (self.still_pending - sent))

    @property
    def all_alerts(self) -> tuple[AlertReport, ...]:
        """Every alert of the run."""
        return (*self.alerts, *(alert for account in self.accounts for alert in account.alerts))

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Every problem of the run."""
        return (*self.problems, *(problem for account in self.accounts for problem in account.problems))

    @property
    def has_no_subscriber(self) -> bool:
        """Whether the run could send no alert because no subscription is confirmed."""
        return self.listeners is not None and not self.listeners.count

    @property
    def counts(self) -> RunCounts:
        """The run as the digest counts it, without the digest itself and other information."""
        sent = sum(
            each.state is AlertState.SENT and each.alert.severity is not Severity.INFO
            for each in self.all_alerts
        )
        return RunCounts(int(not self.failures), int(bool(self.failures)), sent + self.resent)

    @property
    def is_complete(self) -> bool:
        """Whether the run checked every account as of now and left nothing undone."""
        return not self.failures and self.mode.covers_all and self.mode.saves_state

    @property
    def without_accounts(self) -> "Report":
        """The report of an audit as it is logged: workers have logged the accounts."""
        return replace(self, accounts=(), own_failures=self.failures)

    def with_failures(self, *failures: str) -> "Report":
        """Return the report with further failures."""
        return replace(self, own_failures=(*self.own_failures, *failures))
