"""The alert that says that what was told is over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR, Alert, AlertType
from cloudflare_budgets.domain.alerts.alert_key import resolved_key
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert
from cloudflare_budgets.domain.alerts.problem import budget_of
from cloudflare_budgets.domain.alerts.resolution import Reason, Resolution
from cloudflare_budgets.domain.alerts.severity import Severity
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.primitives.amount import percent_reached
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.messages.alerts.documents import account_document, standing_document
from cloudflare_budgets.messages.alerts.layout import (
    MAX_FACT,
    NO_FEES,
    account_lines,
    data_text,
    labelled,
    letter,
    paragraphs,
    subject_line,
)
from cloudflare_budgets.messages.alerts.phrases import bar_lines, budget_line, dates, short_line
from cloudflare_budgets.messages.alerts.problem import problem_headline
from cloudflare_budgets.messages.formatting import allowance_text, format_amount, whole_percent

_WHY = {
    Reason.LIMIT_RAISED: "The limit was changed from {}.",
    Reason.THRESHOLDS_CHANGED: (
        "The limit is still {}, and the threshold that was told is still reached: it is none of the budget's "
        "thresholds any more."
    ),
    Reason.USAGE_RESTATED: (
        "The limit is still {}: Cloudflare has restated its usage downwards, or the budget counts less of "
        "it. Should the same threshold be reached once more in this period, no message comes again."
    ),
}


def resolved_alert(resolution: Resolution, account: AccountReport | None, as_of: datetime) -> Alert:
    """Render the alert for the end of an earlier one, of an account that was read or (`None`) of none."""
    opened, evaluation = resolution.opened, resolution.evaluation
    key = resolved_key(opened.key)
    return Alert(
        key=key,
        type=AlertType.RESOLVED,
        severity=Severity.INFO,
        subject=_subject(resolution, account),
        body=letter(
            paragraphs([_standing(evaluation), _why(resolution)] if evaluation else [_gone(opened)]),
            _figures(resolution, account, as_of),
            paragraphs([NO_FEES] if evaluation and evaluation.budget.is_cost else []),
            f"This ends the alert {opened.key.alert_id}.",
            alert_id=key.alert_id,
        ),
        document=_document(resolution, account, key.alert_id),
        expires=as_of + REMEMBERED_FOR,
        budget=evaluation.budget.name if evaluation else budget_of(opened.problem or "", opened.subject),
        account_id=account.account_id if account else opened.account_id,
        label=resolution.reason.value,
    )


def _subject(resolution: Resolution, account: AccountReport | None) -> str:
    opened, evaluation = resolution.opened, resolution.evaluation
    name = sanitize(account.account_name or account.account_id if account else opened.account_id or "", 60)
    if evaluation and evaluation.observed:
        limit = evaluation.budget.limit
        fact, at = "Resolved: ", f" at {whole_percent(evaluation.observed.number, limit.number)}"
        shorter = f"{fact}{short_line(evaluation, MAX_FACT - len(fact + at))}{at}"
        return subject_line(f"{fact}{budget_line(evaluation)}{at} of {format_amount(limit)}", name, shorter)
    kind, fact = opened.problem or "", "Resolved problem: "
    shorter = fact + problem_headline(kind, opened.subject, MAX_FACT - len(fact))
    # An account without a name may be what the problem is about, and is named then.
    is_named = name == opened.account_id and name in opened.subject
    return subject_line(fact + problem_headline(kind, opened.subject), "" if is_named else name, shorter)


def _standing(evaluation: Evaluation) -> str:
    budget, observed = evaluation.budget, evaluation.observed
    percent = percent_reached(observed.number, budget.limit.number) if observed else 0
    what = f"{allowance_text(budget.allowance_percent)}," if budget.allowance_of else "its budget of"
    name = budget_line(evaluation)
    return f"{name} is below its thresholds again: at {percent:,f}% of {what} {format_amount(budget.limit)}."


def _why(resolution: Resolution) -> str:
    return _WHY.get(resolution.reason, "").format(resolution.opened.limit)


def _gone(opened: OpenAlert) -> str:
    return f"This problem is gone: {problem_headline(opened.problem or '', opened.subject)}."


def _figures(resolution: Resolution, account: AccountReport | None, as_of: datetime) -> str:
    evaluation, lines = resolution.evaluation, list[tuple[str, str]]()
    if evaluation and evaluation.window:
        first, *others = bar_lines(evaluation)
        lines = [("Standing", first), *(("", other) for other in others)]
        lines.append(("Period", f"{dates(evaluation.window.period)} (UTC)"))
    if account:
        lines += [("Data", data_text(account, as_of)), *account_lines(account)]
    elif resolution.opened.account_id:
        lines.append(("Account", resolution.opened.account_id))
    return labelled(lines)


def _account(opened: OpenAlert, account: AccountReport | None) -> Mapping[str, Any] | None:
    if account:
        return account_document(account)
    return {"id": opened.account_id, "name": None} if opened.account_id else None


def _document(resolution: Resolution, account: AccountReport | None, alert_id: str) -> Mapping[str, Any]:
    opened, evaluation = resolution.opened, resolution.evaluation
    return {
        "version": "1",
        "alert_id": alert_id,
        "type": AlertType.RESOLVED.value,
        "severity": Severity.INFO.value,
        "account": _account(opened, account),
        "resolves": opened.key.alert_id,
        "reason": resolution.reason.value,
        "problem": {"kind": opened.problem, "subject": opened.subject} if opened.problem else None,
        "standing": standing_document(evaluation) if evaluation else None,
        "data_through": utc_text(account.data_through) if account and account.data_through else None,
        "source": account.source if account else None,
    }
