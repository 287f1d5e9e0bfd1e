"""The alert that says a budget, an account or a parameter needs a person."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR, Alert, AlertType
from cloudflare_budgets.domain.alerts.alert_key import problem_key
from cloudflare_budgets.domain.alerts.open_alerts import opened_by_problem
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.alerts.severity import Severity
from cloudflare_budgets.domain.primitives.period import midnight, utc_text
from cloudflare_budgets.domain.primitives.text import MAX_NAME, sanitize
from cloudflare_budgets.messages.alerts.documents import account_document
from cloudflare_budgets.messages.alerts.layout import (
    MAX_SUBJECT,
    Named,
    account_lines,
    labelled,
    letter,
    paragraphs,
    subject_line,
)

MAX_MESSAGE = 2000
_LEAST_NAME = 12

_HEADLINES = {
    "access_denied": "Cloudflare refuses the credential of {}",
    "account_unknown": "account not known: {}",
    "invalid_account": "unusable account parameter {}",
    "invalid_budget": "budget {} cannot be used and is not watched",
    "no_budgets": "nothing is watched: no budget in {}",
    "no_accounts": "nothing is watched: no account in {}",
    "no_data": "no usage data for {}",
    "stale_data": "usage data of {} is old",
    "cost_unavailable": "no costs for {}",
    "price_unknown": "costs of {} cannot all be estimated",
    "cost_disagrees": "budget {} looks kept, but prices say otherwise",
    "no_allowance": "budget {} covers metrics without a known allowance",
    "invalid_price": "unusable price in {}",
    "unknown_unit": "budget {} does not fit the units of its usage",
    "unknown_currency": "budget {} does not fit the currency of its usage",
    "usage_unavailable": "usage of {} cannot be read",
    "not_covered": "Cloudflare's usage API does not serve {}",
    "history_unavailable": "usage of {} does not reach back far enough",
    "billing_period_unknown": "the billing period of {} is not known",
    "metric_vanished": "a metric of {} has vanished",
    "usage_went_down": "usage of {} went down afterwards",
    "missing_days": "usage of {} has a gap",
    "totals_contradict": "usage of {} contradicts its own totals",
    "not_summable": "budget {} counts what cannot be added up",
    "no_matching_usage": "budget {} matches no usage",
}


def problem_alert(problem: Problem, as_of: datetime, account: Named | None = None) -> Alert:
    """Render the alert for a problem; its identity is the problem and the time for which it is told once.

    Args:
        problem: what it is about.
        as_of: the instant that the run judged by.
        account: the problem's own, where more than its id is known.
    """
    day = problem.since or midnight(as_of)
    key = problem_key(problem, day)
    message = sanitize(problem.message, MAX_MESSAGE)
    headline = problem_headline(problem.kind, problem.subject)
    return Alert(
        key=key,
        type=AlertType.PROBLEM,
        severity=Severity.WARNING,
        subject=_subject(problem),
        body=_body(headline, problem, account, message, key.alert_id),
        document={
            "version": "1",
            "alert_id": key.alert_id,
            "type": AlertType.PROBLEM.value,
            "severity": Severity.WARNING.value,
            "account": _account_document(problem, account),
            "problem": {"kind": problem.kind, "subject": sanitize(problem.subject), "message": message},
            "day": utc_text(day),
        },
        expires=day + REMEMBERED_FOR,
        budget=problem.budget,
        account_id=problem.account_id,
        label=problem.kind,
        opens=opened_by_problem(problem, key, day, as_of),
    )


def problem_headline(kind: str, subject: str, room: int = MAX_SUBJECT + MAX_NAME) -> str:
    """Name a problem in a line; in so many characters if what it is about can be cut as far as that."""
    words = _HEADLINES.get(kind, kind + " {}")
    return words.format(sanitize(subject, min(max(room - len(words.format("")), _LEAST_NAME), MAX_NAME)))


def _subject(problem: Problem) -> str:
    said = "Problem: "
    shorter = said + problem_headline(problem.kind, problem.subject, MAX_SUBJECT - len(said))
    return subject_line(said + problem_headline(problem.kind, problem.subject), shorter=shorter)


def _account_document(problem: Problem, account: Named | None) -> Mapping[str, Any] | None:
    if account:
        return account_document(account)
    return {"id": problem.account_id, "name": None} if problem.account_id else None


def _body(headline: str, problem: Problem, account: Named | None, message: str, alert_id: str) -> str:
    whose = account_lines(account) if account else [("Account", problem.account_id or "")]
    further = ", and once more at each higher threshold," if problem.step else ""
    anew = "\nWhat it names anew, and its return after a week, are told as well." if problem.since else ""
    return letter(
        paragraphs([f"{headline[:1].upper()}{headline[1:]}."]),
        paragraphs([message]),
        labelled([*whose, ("Kind", problem.kind)]),
        "Until this is mended, spending there can grow unseen.\n"
        f"This is told once a {'month' if problem.since else 'day'}{further} for as long as it lasts.{anew}",
        alert_id=alert_id,
    )
