"""The JSON of what a run found: the reply of the function, and the standing of each account."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.alerts.alert import AlertType
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Level
from cloudflare_budgets.domain.primitives.amount import percent_reached, plain
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.run.result import AccountReport, AlertReport, Report
from cloudflare_budgets.domain.run.standing import current, widest_cost
from cloudflare_budgets.messages.alerts.documents import (
    outlook_document,
    period_document,
    provisional_document,
)
from cloudflare_budgets.messages.size_limits import json_text, size

_FAILURES_SHOWN = 10
# Lambda returns at most 6 MB to the caller.
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
MAX_REPLY = 6_000_000
# A reply about more accounts is counts: their standings are in the alert table and the log.
MAX_ACCOUNTS = 100
_OF_TOTAL = ("name", "level", "observed", "limit", "percent", "period", "forecast", "cost_basis")


def failure_text(report: Report) -> str:
    """Return in one text what failed; the log has all of it."""
    shown = report.failures[:_FAILURES_SHOWN]
    more = len(report.failures) - len(shown)
    return "; ".join(shown) + (f"; and {more} more, see the log" if more else "")


def reply(report: Report) -> dict[str, Any]:
    """Return a report as the JSON of the reply; counts if it is large or has many accounts."""
    if len(report.accounts) > MAX_ACCOUNTS:
        return _counts(report)
    whole = whole_reply(report)
    return whole if size(json_text(whole)) <= MAX_REPLY else _counts(report)


def _counts(report: Report) -> dict[str, Any]:
    return {
        "as_of": utc_text(report.as_of),
        "truncated": True,
        "accounts": len(report.accounts),
        "budgets": Counter(each.status.value for account in report.accounts for each in account.evaluations),
        "alerts": Counter(each.state.value for each in report.all_alerts),
        "problems": Counter(each.kind for each in report.all_problems),
        **budgets_object(report),
    }


def whole_reply(report: Report) -> dict[str, Any]:
    """Return a report as JSON, whatever its size."""
    return {
        "as_of": utc_text(report.as_of),
        "accounts": [_account(account, report.as_of) for account in report.accounts],
        "alerts": [_alert(alert) for alert in report.alerts],
        "problems": [_problem(problem) for problem in report.problems],
        **budgets_object(report),
    }


def budgets_object(report: Report) -> dict[str, Any]:
    """Return which content of the object with budgets was read, if the stack has one."""
    found = report.budgets_object
    document = {"url": found.url, "version": found.version or None, "failure": found.failure}
    return {"budgets_object": document} if found.url else {}


def account_standing(account: AccountReport, as_of: datetime) -> Mapping[str, Any]:
    """Return where an account stands after a check: its part of the reply, and what failed.

    Unknown budgets come first, then the fullest ones: the last ones are cut if not all of them fit.
    """
    document = _account(account, as_of)
    return {
        "as_of": utc_text(as_of),
        "account_name": account.account_name,
        **document,
        "budgets": sorted(document["budgets"], key=_fullness, reverse=True),
        "failures": list(account.failures),
    }


def run_standing(report: Report) -> Mapping[str, Any]:
    """Return what a check found that belongs to no account, with the failures of the whole run."""
    return {
        "as_of": utc_text(report.as_of),
        "account_id": None,
        "alerts": [_alert(alert) for alert in report.alerts],
        "problems": [_problem(problem) for problem in report.problems],
        "failures": list(report.failures),
    }


def _fullness(budget: Mapping[str, Any]) -> tuple[bool, Decimal]:
    return budget["level"] == Level.UNKNOWN, Decimal(budget["percent"] or 0)


def _total(account: AccountReport, as_of: datetime) -> dict[str, Any] | None:
    found = widest_cost(current(account, as_of))
    if found is None:
        return None
    document = _budget(found)
    return {key: document[key] for key in _OF_TOTAL} | {"period_kind": found.budget.period.value}


def _account(account: AccountReport, as_of: datetime) -> dict[str, Any]:
    return {
        "account_id": account.account_id,
        "source": account.source,
        "data_through": utc_text(account.data_through) if account.data_through else None,
        "fresh_through": utc_text(account.fresh_through) if account.fresh_through else None,
        "fresh_failure": account.fresh_quality.failure if account.fresh_quality else None,
        "total": _total(account, as_of),
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
        "level": evaluation.level.value,
        "threshold": evaluation.passed[-1].label(limit.unit) if evaluation.passed else None,
        "observed": str(observed) if observed else None,
        "low": str(evaluation.low) if evaluation.low else None,
        "high": str(evaluation.high) if evaluation.high else None,
        "limit": budget.limit_text,
        "allowance_of": budget.allowance_of,
        "percent": plain(percent_reached(observed.number, limit.number)) if observed else None,
        "period": period_document(evaluation.window) if evaluation.window else None,
        "forecast": outlook_document(evaluation.forecast, limit),
        "provisional": provisional_document(evaluation.provisional),
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
