"""Evaluates every budget in every window: status, observed amount, crossed thresholds, forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.budgets.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.data_quality.freshness import absence, staleness, unread
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind
from cloudflare_budgets.domain.data_quality.unknown_scope import unknown_scope
from cloudflare_budgets.domain.evaluation.allowance import AllowanceUse, allowance_budgets, allowance_uses
from cloudflare_budgets.domain.evaluation.billing_discrepancy import billing_discrepancy
from cloudflare_budgets.domain.evaluation.budget_forecast import BudgetForecast, forecast_budget
from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.evaluation.cost import measure_cost
from cloudflare_budgets.domain.evaluation.measurement import (
    Costs,
    DailyBreakdown,
    Driver,
    Measurement,
    biggest_drivers,
    daily_breakdown,
    measure_quantity,
)
from cloudflare_budgets.domain.primitives.amount import ZERO, Amount, percent_reached
from cloudflare_budgets.domain.primitives.period import PeriodKind
from cloudflare_budgets.domain.usage.window import Window, windows_of

if TYPE_CHECKING:
    from cloudflare_budgets.domain.evaluation.provisional import Provisional

_INCLUDES_NOTHING = (
    "the prices of its metrics include nothing: each unit is billed, and a budget of cost watches it"
)


class Status(StrEnum):
    """Where a budget stands."""

    OK = "ok"
    BREACHED = "breached"
    UNKNOWN = "unknown"


class Level(StrEnum):
    """How far a budget has come: at or above its limit, at or above a lower threshold, or below them all."""

    OVER_LIMIT = "over_limit"
    THRESHOLD_PASSED = "threshold_passed"
    WITHIN = "within"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Where one budget stands in one window; `None` is a billing cycle that is not known.

    `low` and `high` bound an amount that is estimated; `None` where nothing is. `crossed` are the actual
    thresholds that the low end has reached, ascending; only the high end has reached `may_have_crossed`.
    `forecast_crossed` are those on a forecast that the amount is expected to reach. `unknown` is why the
    amount is not known, or only in part; a breach that is certain from the known part is still a breach.
    `forecast` is `None` when too little is known for one. `breakdown` splits the amount by day and family,
    `costs` is the source of costs, `allowances` are those of the scope that are used up most. `is_stale`: the
    newest usage is too old to prove a budget kept. `is_partial`: the first days of the window are not known.
    `provisional` adds usage that is not billed yet: it may cross thresholds and never proves a budget kept.
    `corrections` of earlier invoices and negative `credits` are parts of a cost; `None` where there are none.
    """

    budget: Budget
    window: Window | None
    status: Status
    observed: Amount | None = None
    crossed: tuple[Threshold, ...] = ()
    forecast_crossed: tuple[Threshold, ...] = ()
    forecast: BudgetForecast | None = None
    drivers: tuple[Driver, ...] = ()
    breakdown: DailyBreakdown = field(default_factory=DailyBreakdown)
    costs: Costs | None = None
    allowances: tuple[AllowanceUse, ...] = ()
    unknown: Unknown | None = None
    remark: str | None = None
    is_stale: bool = False
    is_partial: bool = False
    low: Amount | None = None
    high: Amount | None = None
    may_have_crossed: tuple[Threshold, ...] = ()
    corrections: Amount | None = None
    credits: Amount | None = None
    provisional: "Provisional | None" = None

    @property
    def level(self) -> Level:
        """How far the budget has come at least, by the low end of an estimate or a part of the usage."""
        judged = self.low or self.observed
        if judged is not None and judged.number >= self.budget.limit.number:
            return Level.OVER_LIMIT
        if self.crossed:
            return Level.THRESHOLD_PASSED
        return Level.UNKNOWN if self.status is Status.UNKNOWN else Level.WITHIN

    @property
    def not_evaluated(self) -> tuple[Threshold, ...]:
        """The thresholds on a forecast, while there is none to judge them by."""
        if self.forecast and self.forecast.is_enough:
            return ()
        waiting = [threshold for threshold in self.budget.thresholds if threshold.basis is Basis.FORECAST]
        return tuple(one for one in waiting if one not in self.forecast_crossed)

    @property
    def reason(self) -> str | None:
        """What a person should know about the status."""
        return self.unknown.reason if self.unknown else self.remark


def evaluate(budgets: Sequence[Budget], context: EvaluationContext) -> list[Evaluation]:
    """Judge every budget in the window of `as_of` and in each earlier one that still settles."""
    return [evaluation for budget in budgets for evaluation in _evaluate_budget(budget, context)]


def _evaluate_budget(budget: Budget, context: EvaluationContext) -> list[Evaluation]:
    if not budget.is_allowance:
        return _evaluate_windows(budget, context)
    lines = allowance_budgets(budget, context.usage, context.pools)
    found = [evaluation for line in lines.budgets for evaluation in _evaluate_windows(line, context)]
    if lines.unknown:
        return [*found, Evaluation(budget, None, Status.UNKNOWN, unknown=lines.unknown)]
    return found or [_without_lines(budget, context)]


def _without_lines(budget: Budget, context: EvaluationContext) -> Evaluation:
    """Judge an allowance budget none of whose metrics has an allowance, if anything is known of them."""
    calendar = replace(budget, period=PeriodKind.MONTH)
    window = (_windows(budget, context) or _windows(calendar, context))[0]
    unknown = _absence(window, context) or unread(window, context.usage) or _staleness(window, context)
    if unknown:
        return Evaluation(budget, window, Status.UNKNOWN, unknown=unknown)
    is_used = any(series.is_in(budget.scope) for series in context.usage.series)
    unknown = None if is_used else _unknown_scope(budget, context)
    if unknown:
        return Evaluation(budget, None, Status.UNKNOWN, unknown=unknown)
    return Evaluation(budget, None, Status.OK, remark=_INCLUDES_NOTHING if is_used else _unmatched(budget))


def _evaluate_windows(budget: Budget, context: EvaluationContext) -> list[Evaluation]:
    windows = _windows(budget, context)
    if not windows:
        text = (
            f"usage API {context.usage.source.upper()} does not say when this account's billing period began"
        )
        unknown = Unknown(UnknownKind.BILLING_PERIOD_UNKNOWN, text)
        return [Evaluation(budget, None, Status.UNKNOWN, unknown=unknown)]
    return [_evaluate_window(budget, window, context) for window in windows]


def _windows(budget: Budget, context: EvaluationContext) -> list[Window]:
    usage = context.usage
    return windows_of(budget, usage.cycles, usage.reading.anchor_days.values(), context.as_of)


def _absence(window: Window, context: EvaluationContext) -> Unknown | None:
    return absence(window, context.usage, context.as_of, context.stale_after, context.rows_end)


def _staleness(window: Window, context: EvaluationContext) -> Unknown | None:
    return staleness(window, context.usage, context.as_of, context.stale_after)


def _evaluate_window(budget: Budget, window: Window, context: EvaluationContext) -> Evaluation:
    absent = _absence(window, context)
    if absent:
        evaluation = Evaluation(budget, window, Status.UNKNOWN, unknown=absent)
        return _with_fresh_usage(evaluation, Measurement(ZERO, ()), context)
    charges = context.usage.charges_in(budget.scope, window)
    measured = (
        measure_cost(budget, charges, context.pools)
        if budget.is_cost
        else measure_quantity(budget, charges, context.prices)
    )
    if isinstance(measured, Unknown):
        return Evaluation(budget, window, Status.UNKNOWN, unknown=measured)
    return _with_fresh_usage(_judge(budget, window, measured, context), measured, context)


def _with_fresh_usage(evaluation: Evaluation, billed: Measurement, context: EvaluationContext) -> Evaluation:
    window = evaluation.window
    if context.extended is None or window is None:
        return evaluation
    # Imported only where analytics were read, to keep the cold start of all other checks short.
    from cloudflare_budgets.domain.evaluation.provisional import provisional  # noqa: PLC0415

    return replace(evaluation, provisional=provisional(evaluation.budget, window, billed, context.extended))


def _judge(budget: Budget, window: Window, measured: Measurement, context: EvaluationContext) -> Evaluation:
    stale, cut = _staleness(window, context), unread(window, context.usage)
    # Where days are missing, whatever is added to the others says nothing of the whole.
    forecast = None if stale or cut else forecast_budget(budget, window, measured, context)
    crossed = _reached(budget, Basis.ACTUAL, measured.low)
    at_most = _reached(budget, Basis.ACTUAL, measured.high)
    issue = next((issue.unknown for issue in context.issues if issue.affects(budget, window)), None)
    to_judge_by = forecast if forecast and forecast.is_enough else None
    disagrees = billing_discrepancy(budget, measured, to_judge_by)
    scope = None if measured.parts else _unknown_scope(budget, context)
    unknown = cut or measured.gap or stale or issue or disagrees or scope
    status = Status.BREACHED if crossed else Status.UNKNOWN if unknown else Status.OK
    data_through = context.usage.data_through or window.period.start
    return Evaluation(
        budget,
        window,
        status,
        Amount(measured.number, budget.limit.unit),
        crossed,
        _reached(budget, Basis.FORECAST, to_judge_by.expected if to_judge_by else measured.low),
        forecast,
        biggest_drivers(measured.parts, min(data_through, context.as_of)),
        daily_breakdown(measured.parts),
        measured.costs,
        () if cut else _allowances(budget, window, context),
        unknown,
        _remark(budget, measured, context),
        is_stale=stale is not None,
        is_partial=cut is not None,
        low=_bound(budget, measured, measured.low),
        high=_bound(budget, measured, measured.high),
        may_have_crossed=at_most[len(crossed) :],
        corrections=_in_unit(budget, measured.corrections),
        credits=_in_unit(budget, measured.credits),
    )


def _allowances(budget: Budget, window: Window, context: EvaluationContext) -> tuple[AllowanceUse, ...]:
    if not budget.is_cost:
        return ()
    return allowance_uses(budget.scope, context.pools, window.seen_at(context.as_of))


def _reached(budget: Budget, basis: Basis, number: Decimal) -> tuple[Threshold, ...]:
    return tuple(
        threshold
        for threshold in budget.thresholds
        if threshold.basis is basis and number >= threshold.amount
    )


def _bound(budget: Budget, measured: Measurement, number: Decimal) -> Amount | None:
    is_estimated = measured.costs is not None and measured.costs.estimated is not None
    return Amount(number, budget.limit.unit) if is_estimated else None


def _unknown_scope(budget: Budget, context: EvaluationContext) -> Unknown | None:
    return unknown_scope(budget.scope, context.used_series, context.listed_metrics)


def _in_unit(budget: Budget, number: Decimal | None) -> Amount | None:
    return None if number is None else Amount(number, budget.limit.unit)


def _remark(budget: Budget, measured: Measurement, context: EvaluationContext) -> str | None:
    if not measured.parts:
        return _unmatched(budget)
    if context.is_idle and context.rows_end:
        return f"no usage since {context.rows_end:%Y-%m-%d}: the account is taken to be idle"
    return None


def _unmatched(budget: Budget) -> str:
    keys = ", ".join(f"{key} {'|'.join(patterns)}" for key, patterns in budget.scope.patterns().items())
    return f"no usage matches the scope ({keys or 'everything'}) in this period: unused, or misspelled"


def share_of_limit(evaluation: Evaluation) -> Decimal:
    """Say how much of the limit is used, to put budgets in order; what is not known comes last."""
    observed = evaluation.observed
    return percent_reached(observed.number, evaluation.budget.limit.number, 6) if observed else Decimal(-1)
