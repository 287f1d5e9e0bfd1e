"""What a run found and did, as its caller gets to see it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cloudflare_budgets.domain.alerts.alert import Alert, AlertKey
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.run.request import Request


class AlertState(StrEnum):
    """What became of an alert in this run."""

    SENT = "sent"
    ALREADY_SENT = "already_sent"
    DRY_RUN = "dry_run"
    OWED = "owed"  # not delivered yet: the run fails, and a later one sends it


@dataclass(frozen=True, slots=True)
class AlertReport:
    """An alert, and what became of it."""

    alert: Alert
    state: AlertState


@dataclass(frozen=True, slots=True)
class AccountReport:
    """What a run found about one account. `source` is the usage API that spoke, if any did.

    `account_name` is as Cloudflare gives it. `failures` are what a retry can mend. An account for which
    no time was left `was_begun` not.
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


@dataclass(frozen=True, slots=True)
class Report:
    """What a run found and did.

    `alerts` and `problems` are those that belong to no single account. `resent` counts the alerts of
    earlier, interrupted runs that this one sent; `still_pending` are those it could not send, `None` where
    the table did not say. With any `failures` the run fails. `listeners` have
    confirmed that they want alerts, `None` where the topic does not say.
    """

    as_of: datetime
    accounts: tuple[AccountReport, ...] = ()
    alerts: tuple[AlertReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    resent: int = 0
    still_pending: frozenset[AlertKey] | None = frozenset()
    own_failures: tuple[str, ...] = ()
    listeners: int | None = None

    @property
    def failures(self) -> tuple[str, ...]:
        """Everything left undone that a retry can mend."""
        return (*self.own_failures, *(failure for account in self.accounts for failure in account.failures))

    @property
    def left_at(self) -> str | None:
        """The first account for which no time was left."""
        return next((account.account_id for account in self.accounts if not account.was_begun), None)

    @property
    def owed(self) -> int | None:
        """How many alerts are still to be sent after the run; `None`: the memory did not say."""
        if self.still_pending is None:
            return None
        owed = {each.alert.key for each in self.all_alerts if each.state is AlertState.OWED}
        sent = {each.alert.key for each in self.all_alerts if each.state is not AlertState.OWED}
        return len(owed | (self.still_pending - sent))

    @property
    def all_alerts(self) -> tuple[AlertReport, ...]:
        """Every alert of the run, of accounts and of none."""
        return (*self.alerts, *(alert for account in self.accounts for alert in account.alerts))

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Every problem of the run, of accounts and of none."""
        return (*self.problems, *(problem for account in self.accounts for problem in account.problems))


def is_complete_check(report: Report, request: Request, now: datetime) -> bool:
    """Tell whether a run proves that all is watched: each account now, and nothing left undone."""
    return not report.failures and request.account_id is None and request.is_live(now)
