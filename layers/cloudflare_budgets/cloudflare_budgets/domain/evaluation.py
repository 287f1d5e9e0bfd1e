"""Budgets and usage in, one status for each budget and period out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cloudflare_budgets.domain.amount import Amount
from cloudflare_budgets.domain.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.drivers import Driver, biggest_drivers
from cloudflare_budgets.domain.measure import Measured, Unknown, UnknownKind, measure
from cloudflare_budgets.domain.period import Period, PeriodKind, midnight, periods_to_evaluate, utc_text
from cloudflare_budgets.domain.usage import Usage

# A day's rows come the day after, sometimes later: 24 h for the day, 24 h to process, a margin.
STALE_AFTER = timedelta(hours=54)
# So long after a period's start, nothing to see is no news.
NO_DATA_GRACE = timedelta(hours=48)


class Status(StrEnum):
    """Where a budget stands."""

    OK = "ok"
    BREACHED = "breached"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Where one budget stands in one period.

    `crossed` are the actual thresholds that the observed amount has reached, ascending. `unknown`
    says why the amount is not known, or not wholly: a breach that is already certain from what is
    known is still a breach. `not_evaluated` are thresholds that nothing judges yet.
    """

    budget: Budget
    period: Period | None
    status: Status
    observed: Amount | None = None
    crossed: tuple[Threshold, ...] = ()
    drivers: tuple[Driver, ...] = ()
    unknown: Unknown | None = None
    remark: str | None = None

    @property
    def not_evaluated(self) -> tuple[Threshold, ...]:
        """The thresholds that nothing judges yet: those on a forecast."""
        return tuple(threshold for threshold in self.budget.thresholds if threshold.basis is Basis.FORECAST)

    @property
    def reason(self) -> str | None:
        """What a person should know about the status."""
        return self.unknown.reason if self.unknown else self.remark


def evaluate(budgets: Sequence[Budget], usage: Usage, as_of: datetime) -> list[Evaluation]:
    """Judge every budget in the period of `as_of` and in each earlier one that still settles."""
    return [
        _evaluate_period(budget, period, usage, as_of)
        for budget in budgets
        for period in periods_of(budget, as_of)
    ]


def period_to_read(budgets: Sequence[Budget], as_of: datetime) -> Period | None:
    """Find the one period that holds all the usage that judging the budgets takes, through `as_of`."""
    starts = [period.start for budget in budgets for period in periods_of(budget, as_of) if period]
    return Period(min(starts), midnight(as_of) + timedelta(days=1)) if starts else None


def periods_of(budget: Budget, as_of: datetime) -> tuple[Period | None, ...]:
    """Find the periods in which a budget is to be judged, newest first; `None` is one that is not known."""
    if budget.period is PeriodKind.BILLING_PERIOD:
        return (None,)
    return tuple(periods_to_evaluate(budget.period, as_of))


def _evaluate_period(budget: Budget, period: Period | None, usage: Usage, as_of: datetime) -> Evaluation:
    if period is None:
        text = "`period` billing_period is not evaluated yet: use day, week, month, quarter or year"
        return Evaluation(budget, None, Status.UNKNOWN, unknown=Unknown(UnknownKind.NOT_EVALUATED_YET, text))
    absent = _absence(period, usage, as_of)
    if absent:
        return Evaluation(budget, period, Status.UNKNOWN, unknown=absent)
    measured = measure(budget, usage.charges_in(budget.scope, period))
    if isinstance(measured, Unknown):
        return Evaluation(budget, period, Status.UNKNOWN, unknown=measured)
    return _judge(budget, period, measured, usage, as_of)


def _judge(budget: Budget, period: Period, measured: Measured, usage: Usage, as_of: datetime) -> Evaluation:
    crossed = tuple(
        threshold
        for threshold in budget.thresholds
        if threshold.basis is Basis.ACTUAL and measured.number >= threshold.amount
    )
    unknown = measured.gap or _staleness(period, usage, as_of)
    status = Status.BREACHED if crossed else Status.UNKNOWN if unknown else Status.OK
    data_through = usage.data_through or period.start
    return Evaluation(
        budget,
        period,
        status,
        Amount(measured.number, budget.limit.unit),
        crossed,
        biggest_drivers(measured.parts, min(data_through, as_of)),
        unknown,
        None if measured.parts else _unmatched(budget),
    )


def _absence(period: Period, usage: Usage, as_of: datetime) -> Unknown | None:
    # With data from beyond the period, a period without rows is one in which nothing was used.
    past = usage.data_through is not None and usage.data_through >= period.end
    if past or usage.has_charges_in(period):
        return None
    start = utc_text(period.start)
    if as_of - period.start < NO_DATA_GRACE:
        return Unknown(UnknownKind.NO_DATA_YET, f"Cloudflare has no usage yet for the period from {start}")
    return Unknown(
        UnknownKind.NO_DATA,
        f"Cloudflare gave no usage at all for the period from {start}, which does not prove that there "
        "was none: compare with the account's billing page",
    )


def _staleness(period: Period, usage: Usage, as_of: datetime) -> Unknown | None:
    due = min(period.end, as_of)
    if usage.data_through is None or due - usage.data_through <= STALE_AFTER:
        return None
    hours = round((as_of - usage.data_through) / timedelta(hours=1))
    newest = utc_text(usage.data_through)
    text = f"the newest usage ends {newest}, {hours} hours ago: what came after is not known"
    return Unknown(UnknownKind.STALE_DATA, text)


def _unmatched(budget: Budget) -> str:
    keys = ", ".join(f"{key} {'|'.join(patterns)}" for key, patterns in budget.scope.patterns().items())
    return f"no usage matches the scope ({keys or 'everything'}) in this period: unused, or misspelled"
