"""What a period that is over came to, told once for all the budgets that it ended for."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from cloudflare_budgets.domain.alert import REMEMBERED_FOR, Alert, AlertType, Severity, closed_key
from cloudflare_budgets.domain.alert_document import account_document
from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.freshness import unread
from cloudflare_budgets.domain.history import complete_through
from cloudflare_budgets.domain.mail import (
    NO_FEES,
    account_lines,
    data_text,
    labelled,
    letter,
    paragraphs,
    wrapped,
)
from cloudflare_budgets.domain.period import Period, PeriodKind, utc_text
from cloudflare_budgets.domain.standing import (
    bar_lines,
    budget_line,
    dates,
    share_of_limit,
    short_line,
)
from cloudflare_budgets.domain.standings import Told, told_within
from cloudflare_budgets.domain.subject_line import MAX_FACT, subject_line
from cloudflare_budgets.domain.usage import Usage
from cloudflare_budgets.domain.wording import amount_text, one_line, whole_percent

# So many budgets are told of, the fullest first, and in so many bytes.
_BUDGETS_SHOWN = 30
_ROOM = 60_000
_LATE = "Usage that arrives late may still change it a little; the invoice has the last word."


def period_closed_alerts(evaluations: Iterable[Evaluation], usage: Usage, as_of: datetime) -> list[Alert]:
    """Render an alert for each period that is over and whose usage is complete.

    The end of a day is no news: only periods of a week or longer are told.
    """
    return [_alert(period, found, usage, as_of) for period, found in _closed(evaluations, usage, as_of)]


def _closed(
    evaluations: Iterable[Evaluation], usage: Usage, as_of: datetime
) -> Iterator[tuple[Period, Sequence[Evaluation]]]:
    through = complete_through(usage.data_through, as_of) if usage.data_through else None
    periods: defaultdict[Period, list[Evaluation]] = defaultdict(list)
    for evaluation in evaluations:
        window = evaluation.window
        is_told = evaluation.budget.period is not PeriodKind.DAY and not evaluation.budget.is_muted(as_of)
        if not window or not is_told or through is None or window.period.end > through:
            continue
        # No rows at all do not prove that nothing was used, and a part of the days is not what it came to.
        if usage.has_charges_in(window) and not unread(window, usage):
            periods[window.period].append(evaluation)
    for period, found in periods.items():
        if any(evaluation.observed for evaluation in found):
            yield period, found


def _alert(period: Period, evaluations: Sequence[Evaluation], usage: Usage, as_of: datetime) -> Alert:
    key = closed_key(usage.account_id, period)
    fullest = sorted(evaluations, key=share_of_limit, reverse=True)
    shown = told_within(fullest[:_BUDGETS_SHOWN], _ROOM)
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
        fact += f"{budget_line(first)}{at} of {amount_text(limit)}"
    more = f" and {len(fullest) - 1} more" if len(fullest) > 1 else ""
    return subject_line(f"{fact}{more}", one_line(usage.account_name or usage.account_id, 60), shorter)


def _budgets(shown: Sequence[Told], more: int) -> str:
    texts = [_budget(told.evaluation) for told in shown]
    return "\n\n".join([*texts, *([f"and {more} more"] if more else [])])


def _budget(evaluation: Evaluation) -> str:
    reason = evaluation.unknown.reason if evaluation.unknown else ""
    lines = [*bar_lines(evaluation), *wrapped(one_line(reason, 300), indent=2)]
    return "\n".join([budget_line(evaluation), *(f"  {line}" for line in lines)])


def _document(
    period: Period, shown: Sequence[Told], more: int, usage: Usage, alert_id: str
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
