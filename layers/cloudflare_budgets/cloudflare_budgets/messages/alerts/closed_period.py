"""The alert for a period that is over: one for all budgets whose period ended."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR, Alert, AlertType
from cloudflare_budgets.domain.alerts.alert_key import closed_key
from cloudflare_budgets.domain.alerts.decision import ClosedPeriod
from cloudflare_budgets.domain.alerts.severity import Severity
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, share_of_limit
from cloudflare_budgets.domain.primitives.period import Period, utc_text
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.messages.account_text import (
    NO_FEES,
    account_name,
    account_text,
    data_text,
    subject_name,
)
from cloudflare_budgets.messages.alerts.documents import ListedBudget, envelope, list_within
from cloudflare_budgets.messages.budget_text import (
    OWN_FIGURES,
    amounts_text,
    budget_name,
    level_text,
    status_text,
)
from cloudflare_budgets.messages.formatting import dates, percent_text
from cloudflare_budgets.messages.mail import MAX_FACT, mail_text, subject_line
from cloudflare_budgets.messages.message import Fact, Message, Section, message_json, present

# At most this many budgets are listed, the fullest first, in at most this many bytes of JSON.
_BUDGETS_SHOWN = 30
_ROOM = 60_000
_LATE = "Usage that arrives late may still change it a little. The invoice is final."


def closed_period_alert(closed: ClosedPeriod, usage: Usage, as_of: datetime) -> Alert:
    """Return the alert for a period that is over."""
    period = closed.period
    key = closed_key(usage.account_id, period)
    fullest = sorted(closed.evaluations, key=share_of_limit, reverse=True)
    shown = list_within(fullest[:_BUDGETS_SHOWN], _ROOM)
    more = len(fullest) - len(shown)
    lines = [status_text(each.evaluation) for each in shown] + ([f"and {more} more"] if more else [])
    message = Message(
        _fact(period, fullest),
        account_name(usage),
        lead=(_LATE,),
        actions=(OWN_FIGURES,),
        sections=(Section("", tuple(lines)),),
        facts=tuple(_facts(closed, usage)),
        footer=present((data_text(usage, as_of),)),
    )
    return Alert(
        key=key,
        type=AlertType.PERIOD_CLOSED,
        severity=Severity.INFO,
        subject=subject_line(_fact(period, fullest), subject_name(usage), _shorter(period, fullest[0])),
        body=mail_text(message, key.alert_id),
        document=_document(period, shown, more, usage, key.alert_id),
        expires=period.end + REMEMBERED_FOR,
        account_id=usage.account_id,
        label=dates(period),
        message=message_json(message),
    )


def _fact(period: Period, fullest: Sequence[Evaluation]) -> str:
    first = fullest[0]
    more = f", and {len(fullest) - 1} more" if len(fullest) > 1 else ""
    figures = f"{level_text(first)}, {amounts_text(first)}" if first.observed else level_text(first)
    return f"Closed {dates(period)}: {budget_name(first.budget)} {figures}{more}"


def _shorter(period: Period, first: Evaluation) -> str:
    before, figures = f"Closed {dates(period)}: ", f" {level_text(first)}"
    if first.observed:
        figures += f", {percent_text(first.observed.number, first.budget.limit.number)}"
    return f"{before}{budget_name(first.budget, MAX_FACT - len(before + figures))}{figures}"


def _facts(closed: ClosedPeriod, usage: Usage) -> Iterable[Fact]:
    yield Fact("Period", f"{dates(closed.period)} (UTC)")
    yield Fact("Account", account_text(usage))
    if any(each.budget.is_cost for each in closed.evaluations):
        yield Fact("Costs", NO_FEES)


def _document(
    period: Period, shown: Sequence[ListedBudget], more: int, usage: Usage, alert_id: str
) -> Mapping[str, Any]:
    return {
        **envelope(alert_id, AlertType.PERIOD_CLOSED, Severity.INFO, usage),
        "period": {"start": utc_text(period.start), "end": utc_text(period.end)},
        "budgets": [each.document for each in shown],
        "more": more,
        "data_through": utc_text(usage.data_through) if usage.data_through else None,
        "source": usage.source,
    }
