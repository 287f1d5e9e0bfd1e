"""The alert for the end of an earlier alert."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR, Alert, AlertType
from cloudflare_budgets.domain.alerts.alert_key import resolved_key
from cloudflare_budgets.domain.alerts.problem import budget_of
from cloudflare_budgets.domain.alerts.resolution import Reason, Resolution
from cloudflare_budgets.domain.alerts.severity import Severity
from cloudflare_budgets.domain.primitives.amount import percent_reached
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.messages.account_text import (
    NO_FEES,
    account_name,
    account_text,
    data_text,
    subject_name,
)
from cloudflare_budgets.messages.alerts.documents import envelope, standing_document
from cloudflare_budgets.messages.alerts.problem_texts import resolution_text
from cloudflare_budgets.messages.budget_text import (
    OWN_FIGURES,
    amounts_text,
    budget_name,
    level_text,
    period_text,
)
from cloudflare_budgets.messages.formatting import percent_text
from cloudflare_budgets.messages.mail import MAX_FACT, mail_text, subject_line
from cloudflare_budgets.messages.message import Fact, Message, message_json, present

_RESOLVED = "Resolved: "
_WHY = {
    Reason.LIMIT_RAISED: "The limit was changed from {}.",
    Reason.THRESHOLDS_CHANGED: (
        "The limit is still {}. The threshold of the earlier alert is still reached, but it was removed from "
        "the budget."
    ),
    Reason.USAGE_RESTATED: (
        "The limit is still {}. Cloudflare has restated its usage downwards, or the budget counts less of it."
    ),
    Reason.NOT_CONFIRMED: (
        "The limit is still {}. The earlier alert was provisional: Cloudflare's analytics counted usage that "
        "was not billed."
    ),
}


def resolved_alert(resolution: Resolution, account: AccountReport | None, as_of: datetime) -> Alert:
    """Return the alert for the end of an earlier one; without `account`, it was not read."""
    opened, evaluation = resolution.opened, resolution.evaluation
    key = resolved_key(opened.key)
    message = resolved_message(resolution, account, as_of)
    return Alert(
        key=key,
        type=AlertType.RESOLVED,
        severity=Severity.INFO,
        subject=_subject(resolution, account),
        body=mail_text(message, key.alert_id),
        document=_document(resolution, account, key.alert_id),
        expires=as_of + REMEMBERED_FOR,
        budget=evaluation.budget.name if evaluation else budget_of(opened.problem or "", opened.subject),
        account_id=account.account_id if account else opened.account_id,
        label=resolution.reason.value,
        message=message_json(message),
    )


def resolved_message(resolution: Resolution, account: AccountReport | None, as_of: datetime) -> Message:
    """Return the message that a condition is over, and why."""
    opened, evaluation = resolution.opened, resolution.evaluation
    observed = evaluation.observed if evaluation else None
    percent = (
        percent_reached(observed.number, evaluation.budget.limit.number) if evaluation and observed else None
    )
    return Message(
        f"{_RESOLVED}{_fact(resolution)}",
        account_name(account) if account else opened.account_id or "",
        percent,
        present((_WHY.get(resolution.reason, "").format(opened.limit),)),
        (OWN_FIGURES,),
        facts=tuple(_facts(resolution, account, as_of)),
        footer=present((data_text(account, as_of) if account else "",)),
    )


def _fact(resolution: Resolution, room: int = 2 * MAX_FACT) -> str:
    opened, evaluation = resolution.opened, resolution.evaluation
    if evaluation is None:
        return resolution_text(opened.problem or "", opened.subject, room)
    return f"{budget_name(evaluation.budget, room)} {level_text(evaluation)}: {amounts_text(evaluation)}"


def _subject(resolution: Resolution, account: AccountReport | None) -> str:
    opened, evaluation = resolution.opened, resolution.evaluation
    name = subject_name(account) if account else opened.account_id or ""
    if evaluation and evaluation.observed:
        percent = percent_text(evaluation.observed.number, evaluation.budget.limit.number)
        figures = f" {level_text(evaluation)}: {percent}"
        shorter = budget_name(evaluation.budget, MAX_FACT - len(_RESOLVED + figures)) + figures
    else:
        shorter = _fact(resolution, MAX_FACT - len(_RESOLVED))
        # An account without a name may be what the problem is about, and is named then.
        name = "" if name == opened.account_id and name in opened.subject else name
    return subject_line(f"{_RESOLVED}{_fact(resolution)}", name, f"{_RESOLVED}{shorter}")


def _facts(resolution: Resolution, account: AccountReport | None, as_of: datetime) -> Iterable[Fact]:
    evaluation = resolution.evaluation
    if evaluation and evaluation.window:
        yield Fact("Period", period_text(evaluation.window, as_of))
    yield Fact("Account", account_text(account) if account else resolution.opened.account_id or "")
    if evaluation and evaluation.budget.is_cost:
        yield Fact("Costs", NO_FEES)
    yield Fact("Ends", f"alert {resolution.opened.key.alert_id}")


def _document(resolution: Resolution, account: AccountReport | None, alert_id: str) -> Mapping[str, Any]:
    opened, evaluation = resolution.opened, resolution.evaluation
    return {
        **envelope(alert_id, AlertType.RESOLVED, Severity.INFO, account, opened.account_id),
        "resolves": opened.key.alert_id,
        "reason": resolution.reason.value,
        "problem": {"kind": opened.problem, "subject": opened.subject} if opened.problem else None,
        "standing": standing_document(evaluation) if evaluation else None,
        "data_through": utc_text(account.data_through) if account and account.data_through else None,
        "source": account.source if account else None,
    }
