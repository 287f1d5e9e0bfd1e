"""Evaluates every budget in every window: status, amount, crossed thresholds, forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.data_quality.freshness import absence, staleness, unread
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind
from cloudflare_budgets.domain.data_quality.unknown_scope import unknown_scope
from cloudflare_budgets.domain.evaluation.allowance import AllowanceUse, allowance_budgets, allowance_uses
from cloudflare_budgets.domain.evaluation.billing_discrepancy import billing_discrepancy
from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.evaluation.cost import measure_cost
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import Outlook, outlook_of
from cloudflare_budgets.domain.evaluation.measurement import (
    DailyBreakdown,
    Driver,
    Measurement,
    biggest_drivers,
    daily_breakdown,
    measure_quantity,
)
from cloudflare_budgets.domain.primitives.amount import ZERO, Amount
from cloudflare_budgets.domain.primitives.period import PeriodKind, evaluated_after
from cloudflare_budgets.domain.usage.window import Window, windows_of

_INCLUDES_NOTHING = (
    "the prices of its metrics include nothing: every unit is billed, so use a cost budget for them"
)


def evaluate(budgets: Sequence[Budget], context: EvaluationContext) -> list[Evaluation]:
    """Evaluate every budget in the window of `as_of` and in earlier windows that settle."""
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
    """Evaluate an allowance budget whose metrics have no allowance."""
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


def _windows(budget: Budget, context: EvaluationContext) -> Sequence[Window]:
    return context.once((_find_windows, budget.period), lambda: _find_windows(budget, context))


def _find_windows(budget: Budget, context: EvaluationContext) -> Sequence[Window]:
    usage, as_of = context.usage, context.as_of
    anchors = usage.reading.anchor_days.values()
    windows = windows_of(budget, usage.cycles, anchors, as_of, context.judged_through)
    # A period that has settled is evaluated for its rows alone: without rows, there is nothing to find.
    after = evaluated_after(as_of)
    return [each for each in windows if each.period.end > after or usage.has_charges_in(each)]


def _absence(window: Window, context: EvaluationContext) -> Unknown | None:
    usage, stale_after, rows_end = context.usage, context.stale_after, context.rows_end
    return context.once(
        (absence, window), lambda: absence(window, usage, context.as_of, stale_after, rows_end)
    )


def _staleness(window: Window, context: EvaluationContext) -> Unknown | None:
    return staleness(window, context.usage, context.as_of, context.stale_after)


def _evaluate_window(budget: Budget, window: Window, context: EvaluationContext) -> Evaluation:
    absent = _absence(window, context)
    if absent:
        evaluation = Evaluation(budget, window, Status.UNKNOWN, unknown=absent)
        return _with_fresh_usage(evaluation, Measurement(ZERO, ()), context)
    figures = _figures(budget, window, context)
    if isinstance(figures, Unknown):
        return Evaluation(budget, window, Status.UNKNOWN, unknown=figures)
    return _with_fresh_usage(_judge(budget, window, figures, context), figures.measured, context)


def _with_fresh_usage(evaluation: Evaluation, billed: Measurement, context: EvaluationContext) -> Evaluation:
    window = evaluation.window
    if context.extended is None or window is None:
        return evaluation
    # Imported only where analytics were read, so that the cold start of other checks stays short.
    from cloudflare_budgets.domain.evaluation.provisional import provisional  # noqa: PLC0415

    found = provisional(evaluation.budget, window, billed, context)
    status = Status.BREACHED if found and found.crossed else evaluation.status
    return replace(evaluation, status=status, provisional=found)


@dataclass(frozen=True, slots=True)
class _Figures:
    """The figures that all budgets of one scope, window, column and unit share.

    `measured` has one contribution for each series.
    """

    measured: Measurement
    outlook: Outlook | None
    drivers: tuple[Driver, ...]
    breakdown: DailyBreakdown
    allowances: tuple[AllowanceUse, ...]
    corrections: Amount | None
    credits: Amount | None
    unmatched: Unknown | None


def _figures(budget: Budget, window: Window, context: EvaluationContext) -> _Figures | Unknown:
    key = (_find_figures, budget.scope, window, budget.column, budget.limit.unit)
    return context.once(key, lambda: _find_figures(budget, window, context))


def _find_figures(budget: Budget, window: Window, context: EvaluationContext) -> _Figures | Unknown:
    charges = context.charges_in(budget.scope, window)
    measured = (
        measure_cost(budget, charges, context.pools)
        if budget.is_cost
        else measure_quantity(budget, charges, context.prices)
    )
    if isinstance(measured, Unknown):
        return measured
    is_cut = unread(window, context.usage) is not None
    # If days are missing, a forecast of the others says nothing about the whole period.
    has_outlook = not is_cut and _staleness(window, context) is None
    data_through = context.usage.data_through or window.period.start
    return _Figures(
        measured.by_series(),
        outlook_of(budget, window, measured, context) if has_outlook else None,
        biggest_drivers(measured.parts, min(data_through, context.as_of)),
        daily_breakdown(measured.parts),
        () if is_cut or not budget.is_cost else _allowances(budget, window, context),
        _in_unit(budget, measured.corrections),
        _in_unit(budget, measured.credits),
        None if measured.parts else _unknown_scope(budget, context),
    )


def _judge(budget: Budget, window: Window, figures: _Figures, context: EvaluationContext) -> Evaluation:
    measured = figures.measured
    stale, cut = _staleness(window, context), unread(window, context.usage)
    forecast = figures.outlook.for_limit(budget.limit.number) if figures.outlook else None
    crossed = _reached(budget, Basis.ACTUAL, measured.low)
    at_most = _reached(budget, Basis.ACTUAL, measured.high)
    issue = next((issue.unknown for issue in context.issues if issue.affects(budget, window)), None)
    to_judge_by = forecast if forecast and forecast.is_enough else None
    disagrees = billing_discrepancy(budget, measured, to_judge_by)
    unknown = cut or measured.gap or stale or issue or disagrees or figures.unmatched
    status = Status.BREACHED if crossed else Status.UNKNOWN if unknown else Status.OK
    return Evaluation(
        budget,
        window,
        status,
        Amount(measured.number, budget.limit.unit),
        crossed,
        _reached(budget, Basis.FORECAST, to_judge_by.expected if to_judge_by else measured.low),
        forecast,
        figures.drivers,
        figures.breakdown,
        measured.costs,
        figures.allowances,
        unknown,
        _remark(budget, measured, context),
        is_stale=stale is not None,
        is_partial=cut is not None,
        low=_bound(budget, measured, measured.low),
        high=_bound(budget, measured, measured.high),
        may_have_crossed=at_most[len(crossed) :],
        corrections=figures.corrections,
        credits=figures.credits,
    )


def _allowances(budget: Budget, window: Window, context: EvaluationContext) -> tuple[AllowanceUse, ...]:
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
    if context.is_idle and context.rows_end:
        return f"no usage since {context.rows_end:%Y-%m-%d}: the account counts as idle"
    return None if measured.parts else _unmatched(budget)


def _unmatched(budget: Budget) -> str:
    keys = ", ".join(f"{key} {'|'.join(patterns)}" for key, patterns in budget.scope.patterns().items())
    return f"no usage matches the scope ({keys or 'everything'}) in this period: unused, or misspelled"
