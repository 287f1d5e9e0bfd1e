"""Periods that were never evaluated as a whole, because an outage lasted too long."""

from collections.abc import Iterable
from datetime import datetime

from cloudflare_budgets.domain.alerts.problem import NOT_JUDGED, Problem
from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.data_quality.unknown import month_of
from cloudflare_budgets.domain.primitives.period import (
    DAY,
    LOOK_BACK,
    Period,
    PeriodKind,
    periods_between,
)

_PERIODS_NAMED = 10


def missed_periods(
    budgets: Iterable[Budget], account_id: str, judged_through: datetime | None, as_of: datetime
) -> list[Problem]:
    """Return the problem that some periods are too old to be evaluated; `None` if none is.

    Args:
        budgets: the budgets of the account; billing periods are not named, since only usage contains them.
        account_id: the account.
        judged_through: the end of the last period that was evaluated as a whole, if that is known.
        as_of: the instant to evaluate.
    """
    oldest = as_of - LOOK_BACK
    if judged_through is None or judged_through >= oldest:
        return []
    missed = {period for budget in budgets for period in _missed(budget, judged_through, oldest)}
    if not missed:
        return []
    newest = sorted(missed, key=lambda period: (period.end, period.start), reverse=True)
    named = ", ".join(_dates(period) for period in newest[:_PERIODS_NAMED])
    more = f" and {len(newest) - _PERIODS_NAMED} more" if len(newest) > _PERIODS_NAMED else ""
    text = (
        f"for more than {LOOK_BACK.days} days, the usage of account {account_id} could not be read, or its "
        f"alerts could not be sent, so these periods were never evaluated as a whole: {named}{more}"
    )
    return [Problem(NOT_JUDGED, account_id, text, account_id, month_of(as_of))]


def _missed(budget: Budget, judged_through: datetime, oldest: datetime) -> Iterable[Period]:
    if budget.period is PeriodKind.BILLING_PERIOD:
        return ()
    return periods_between(budget.period, max(judged_through, budget.watched_since or judged_through), oldest)


def _dates(period: Period) -> str:
    return f"{period.start:%Y-%m-%d} to {period.end - DAY:%Y-%m-%d}"
