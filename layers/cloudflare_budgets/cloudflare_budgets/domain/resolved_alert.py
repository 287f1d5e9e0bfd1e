"""The alert that says that what was told is over."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cloudflare_budgets.domain.alert import REMEMBERED_FOR, Alert, AlertType, Severity, resolved_key
from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.mail import account_document, labelled, letter, paragraphs
from cloudflare_budgets.domain.open_alert import Reason, Resolution
from cloudflare_budgets.domain.period import utc_text
from cloudflare_budgets.domain.problem_alert import problem_headline
from cloudflare_budgets.domain.report import AccountReport
from cloudflare_budgets.domain.standing import bar_line, dates, standing_document
from cloudflare_budgets.domain.wording import amount_text, one_line, subject_line, whole_percent

_WHY = {
    Reason.LIMIT_RAISED: "The limit was changed from {}.",
    Reason.USAGE_RESTATED: "Cloudflare has restated its usage downwards; the limit is still {}.",
}


def resolved_alert(resolution: Resolution, account: AccountReport | None, as_of: datetime) -> Alert:
    """Render the alert for the end of an earlier one, of an account or (`None`) of none."""
    opened = resolution.opened
    key = resolved_key(opened.key)
    fact = _fact(resolution)
    name = (account.account_name or account.account_id) if account else ""
    budget = resolution.evaluation.budget if resolution.evaluation else None
    return Alert(
        key=key,
        type=AlertType.RESOLVED,
        severity=Severity.INFO,
        subject=subject_line(f"Resolved: {fact}" + (f" - {one_line(name, 60)}" if name else "")),
        body=letter(
            paragraphs([f"Resolved: {fact}.", _why(resolution)]),
            _figures(resolution.evaluation) if resolution.evaluation else "",
            paragraphs([f"This ends the alert {opened.key.alert_id}."]),
            alert_id=key.alert_id,
        ),
        document=_document(resolution, account, key.alert_id),
        expires=as_of + REMEMBERED_FOR,
        budget=budget.name if budget else None,
        account_id=account.account_id if account else None,
        label=resolution.reason.value,
    )


def _fact(resolution: Resolution) -> str:
    opened, evaluation = resolution.opened, resolution.evaluation
    if evaluation is None or evaluation.observed is None:
        return f"no longer: {problem_headline(opened.problem or '', opened.subject)}"
    limit = evaluation.budget.limit
    percent = whole_percent(evaluation.observed.number, limit.number)
    return f"{opened.subject} is at {percent} of {amount_text(limit)}"


def _why(resolution: Resolution) -> str:
    return _WHY.get(resolution.reason, "").format(resolution.opened.limit)


def _figures(evaluation: Evaluation) -> str:
    window = evaluation.window
    period = f"{dates(window.period)} (UTC)" if window else ""
    return labelled([("Standing", bar_line(evaluation)), ("Period", period)])


def _document(resolution: Resolution, account: AccountReport | None, alert_id: str) -> Mapping[str, Any]:
    opened, evaluation = resolution.opened, resolution.evaluation
    return {
        "version": "1",
        "alert_id": alert_id,
        "type": AlertType.RESOLVED.value,
        "severity": Severity.INFO.value,
        "account": account_document(account) if account else None,
        "resolves": opened.key.alert_id,
        "reason": resolution.reason.value,
        "problem": {"kind": opened.problem, "subject": opened.subject} if opened.problem else None,
        "standing": standing_document(evaluation) if evaluation else None,
        "data_through": utc_text(account.data_through) if account and account.data_through else None,
        "source": account.source if account else None,
    }
