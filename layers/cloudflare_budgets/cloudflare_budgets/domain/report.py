"""What a run found and did, as its caller gets to see it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from cloudflare_budgets.domain.alert import Alert, AlertKey, AlertType
from cloudflare_budgets.domain.alert_document import period_document
from cloudflare_budgets.domain.amount import percent_reached, plain
from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.outlook_document import outlook_document
from cloudflare_budgets.domain.period import utc_text
from cloudflare_budgets.domain.problem import Problem
from cloudflare_budgets.domain.request import Request

_FAILURES_SHOWN = 10


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

    `alerts` and `problems` are those that belong to no single account. `swept` counts the alerts of
    earlier, interrupted runs that this one sent, `unswept` are those it could not send, `None` where the
    memory did not say. With any `failures` the run fails. `listeners` have
    confirmed that they want alerts, `None` where the topic does not say.
    """

    as_of: datetime
    accounts: tuple[AccountReport, ...] = ()
    alerts: tuple[AlertReport, ...] = ()
    problems: tuple[Problem, ...] = ()
    swept: int = 0
    unswept: frozenset[AlertKey] | None = frozenset()
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
        if self.unswept is None:
            return None
        owed = {each.alert.key for each in self.all_alerts if each.state is AlertState.OWED}
        sent = {each.alert.key for each in self.all_alerts if each.state is not AlertState.OWED}
        return len(owed | (self.unswept - sent))

    @property
    def all_alerts(self) -> tuple[AlertReport, ...]:
        """Every alert of the run, of accounts and of none."""
        return (*self.alerts, *(alert for account in self.accounts for alert in account.alerts))

    @property
    def all_problems(self) -> tuple[Problem, ...]:
        """Every problem of the run, of accounts and of none."""
        return (*self.problems, *(problem for account in self.accounts for problem in account.problems))


def is_proof(report: Report, request: Request, now: datetime) -> bool:
    """Tell whether a run proves that all is watched: each account now, and nothing left undone."""
    return not report.failures and request.account_id is None and request.is_live(now)


def failure_text(report: Report) -> str:
    """Say in one text what was left undone; the log has all of it."""
    shown = report.failures[:_FAILURES_SHOWN]
    more = len(report.failures) - len(shown)
    return "; ".join(shown) + (f"; and {more} more, see the log" if more else "")


def reply(report: Report) -> dict[str, Any]:
    """Render a report as the JSON that whoever invoked the function gets."""
    return {
        "as_of": utc_text(report.as_of),
        "accounts": [_account(account) for account in report.accounts],
        "alerts": [_alert(alert) for alert in report.alerts],
        "problems": [_problem(problem) for problem in report.problems],
    }


def _account(account: AccountReport) -> dict[str, Any]:
    return {
        "account_id": account.account_id,
        "source": account.source,
        "data_through": utc_text(account.data_through) if account.data_through else None,
        "budgets": [_budget(evaluation) for evaluation in account.evaluations],
        "alerts": [_alert(alert) for alert in account.alerts],
        "problems": [_problem(problem) for problem in account.problems],
    }


def _budget(evaluation: Evaluation) -> dict[str, Any]:
    budget, observed = evaluation.budget, evaluation.observed
    limit = budget.limit
    return {
        "name": budget.name,
        "status": evaluation.status.value,
        "observed": str(observed) if observed else None,
        "limit": budget.limit_text,
        "allowance_of": budget.allowance_of,
        "percent": plain(percent_reached(observed.number, limit.number)) if observed else None,
        "period": period_document(evaluation.window) if evaluation.window else None,
        "forecast": outlook_document(evaluation.outlook, limit),
        "cost_basis": evaluation.costs.basis.value if evaluation.costs else None,
        "reason": evaluation.reason,
        "muted_until": utc_text(budget.muted_until) if budget.muted_until else None,
        "not_evaluated": [threshold.label(limit.unit) for threshold in evaluation.not_evaluated],
    }


def _alert(report: AlertReport) -> dict[str, Any]:
    alert = report.alert
    return {
        "alert_id": alert.key.alert_id,
        "type": alert.type.value,
        "budget": alert.budget,
        "threshold": alert.label if alert.type is AlertType.THRESHOLD_CROSSED else None,
        "problem": alert.label if alert.type is AlertType.PROBLEM else None,
        "metric_id": alert.label if alert.type in (AlertType.SPIKE, AlertType.NEW_METRIC) else None,
        "state": report.state.value,
    }


def _problem(problem: Problem) -> dict[str, str]:
    return {"kind": problem.kind, "subject": problem.subject, "message": problem.message}
