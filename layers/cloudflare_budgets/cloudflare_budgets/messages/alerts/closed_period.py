"""What a period that is over came to, told once for all the budgets that it ended for."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cloudflare_budgets.domain.alerts.alert import REMEMBERED_FOR, Alert, AlertType
from cloudflare_budgets.domain.alerts.alert_key import closed_key
from cloudflare_budgets.domain.alerts.decision import ClosedPeriod
from cloudflare_budgets.domain.alerts.severity import Severity
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, share_of_limit
from cloudflare_budgets.domain.primitives.period import Period, utc_text
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.messages.alerts.documents import ListedBudget, account_document, list_within
from cloudflare_budgets.messages.alerts.layout import (
    MAX_FACT,
    NO_FEES,
    account_lines,
    data_text,
    labelled,
    letter,
    paragraphs,
    subject_line,
    wrapped,
)
from cloudflare_budgets.messages.alerts.phrases import bar_lines, budget_line, dates, short_line
from cloudflare_budgets.messages.formatting import format_amount, whole_percent

# So many budgets are told of, the fullest first, and in so many bytes.
_BUDGETS_SHOWN = 30
_ROOM = 60_000
_LATE = "Usage that arrives late may still change it a little; the invoice has the last word."


def closed_period_alert(closed: ClosedPeriod, usage: Usage, as_of: datetime) -> Alert:
    """Render the alert for a period that is over."""
    period, evaluations = closed.period, closed.evaluations
    key = closed_key(usage.account_id, period)
    fullest = sorted(evaluations, key=share_of_limit, reverse=True)
    shown = list_within(fullest[:_BUDGETS_SHOWN], _ROOM)
    more = len(fullest) - len(shown)
    return Alert(
        key=key,
        type=AlertType.PERIOD_CLOSED,
        severity=Severity.INFO,
        subject=_subject(period, fullest, usage),
        body=letter(
            paragraphs([f"The period {dates(period)} (UTC) is over. It came to:"]),
            _budgets(shown, more),
            labelled([("Data", data_text(usage, as_of)), *account_lines(usage)]),
            paragraphs([_LATE, *([NO_FEES] if any(each.budget.is_cost for each in evaluations) else [])]),
            alert_id=key.alert_id,
        ),
        document=_document(period, shown, more, usage, key.alert_id),
        expires=period.end + REMEMBERED_FOR,
        account_id=usage.account_id,
        label=dates(period),
    )


def _subject(period: Period, fullest: Sequence[Evaluation], usage: Usage) -> str:
    first = fullest[0]
    observed, limit = first.observed, first.budget.limit
    fact, shorter = f"{dates(period)} closed", ""
    if observed:
        fact, at = f"{fact}: ", f" at {whole_percent(observed.number, limit.number)}"
        shorter = f"{fact}{short_line(first, MAX_FACT - len(fact + at))}{at}"
        fact += f"{budget_line(first)}{at} of {format_amount(limit)}"
    more = f" and {len(fullest) - 1} more" if len(fullest) > 1 else ""
    return subject_line(f"{fact}{more}", sanitize(usage.account_name or usage.account_id, 60), shorter)


def _budgets(shown: Sequence[ListedBudget], more: int) -> str:
    texts = [_budget(told.evaluation) for told in shown]
    return "\n\n".join([*texts, *([f"and {more} more"] if more else [])])


def _budget(evaluation: Evaluation) -> str:
    reason = evaluation.unknown.reason if evaluation.unknown else ""
    lines = [*bar_lines(evaluation), *wrapped(sanitize(reason, 300), indent=2)]
    return "\n".join([budget_line(evaluation), *(f"  {line}" for line in lines)])


def _document(
    period: Period, shown: Sequence[ListedBudget], more: int, usage: Usage, alert_id: str
) -> Mapping[str, Any]:
    return {
        "version": "1",
        "alert_id": alert_id,
        "type": AlertType.PERIOD_CLOSED.value,
        "severity": Severity.INFO.value,
        "account": account_document(usage),
        "period": {"start": utc_text(period.start), "end": utc_text(period.end)},
        "budgets": [told.document for told in shown],
        "more": more,
        "data_through": utc_text(usage.data_through) if usage.data_through else None,
        "source": usage.source,
    }
