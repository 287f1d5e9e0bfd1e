"""Evaluates every budget in every window: status, observed amount, crossed thresholds, forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum

from cloudflare_budgets.domain.budgets.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.data_quality.freshness import absence, staleness, unread
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind, listed
from cloudflare_budgets.domain.evaluation.allowance import AllowanceUse, allowance_budgets, allowance_uses
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
from cloudflare_budgets.domain.pricing.price import priced_by, prices_text
from cloudflare_budgets.domain.primitives.amount import EXACT, ROUNDED, Amount, percent_reached
from cloudflare_budgets.domain.primitives.period import PeriodKind
from cloudflare_budgets.domain.usage.window import Window, windows_of

_CENT = Decimal("0.01")


def billing_discrepancy(
    budget: Budget, measured: Measurement, forecast: BudgetForecast | None = None
) -> Unknown | None:
    """Say that a threshold would be crossed by the list prices which is not by what is billed.

    Storage was seen billed for which the usage API gave a cost of zero: a budget is not kept for that.
    For thresholds on a forecast what is expected by the period's end counts, where there is a forecast.
    """
    comparison = measured.costs.comparison if measured.costs else None
    if comparison is None:
        return None
    more = comparison.shortfall
    so_far = {
        Basis.ACTUAL: measured.number,
        Basis.FORECAST: forecast.expected if forecast else measured.number,
    }
    missed = [
        threshold
        for threshold in budget.thresholds
        if so_far[threshold.basis] < threshold.amount <= EXACT.add(so_far[threshold.basis], more)
    ]
    if not missed:
        return None
    unit = budget.limit.unit
    highest = max(missed, key=_how_far).label(unit)
    billed, by_prices = (
        Amount(number.quantize(_CENT, context=ROUNDED), unit)
        for number in (comparison.billed, comparison.listed.number)
    )
    by = prices_text(priced_by(comparison.prices))
    metrics = listed(price.metric_id for price in comparison.prices)
    text = (
        f"Cloudflare gives a cost of {billed} for usage that costs {by_prices} by {by} ({metrics}), "
        f"with which the threshold {highest} would be reached: compare with the account's billing page. "
        "If you have other prices, write them into the parameter `prices`"
    )
    return Unknown(UnknownKind.COST_DISAGREES, text, highest)


def _how_far(threshold: Threshold) -> tuple[Decimal, bool]:
    # What would be reached already says more than what would be by the period's end.
    return threshold.amount, threshold.basis is Basis.ACTUAL


_INCLUDES_NOTHING = (
    "the prices of its metrics include nothing: each unit is billed, and a budget of cost watches it"
)


class Status(StrEnum):
    """Where a budget stands."""

    OK = "ok"
    BREACHED = "breached"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Where one budget stands in one window; `None` is a billing cycle that is not known.

    `crossed` are the actual thresholds that the observed amount has reached, ascending, `forecast_crossed`
    those on a forecast that it is expected to reach. `unknown` says why the amount is not known, or not
    wholly: a breach that is already certain from what is known is still a breach. `outlook` is `None`
    when too little is known for a forecast. `breakdown` is how the amount came about, `costs` says where
    costs come from. `allowances` are those of its scope that are used up most. `is_stale`: the newest
    usage is too old to say anything of what comes. `is_partial`: the first days of its window are not known.
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
    return absence(window, context.usage, context.as_of, context.stale_after)


def _staleness(window: Window, context: EvaluationContext) -> Unknown | None:
    return staleness(window, context.usage, context.as_of, context.stale_after)


def _evaluate_window(budget: Budget, window: Window, context: EvaluationContext) -> Evaluation:
    absent = _absence(window, context)
    if absent:
        return Evaluation(budget, window, Status.UNKNOWN, unknown=absent)
    charges = context.usage.charges_in(budget.scope, window)
    measured = (
        measure_cost(budget, charges, context.pools) if budget.is_cost else measure_quantity(budget, charges)
    )
    if isinstance(measured, Unknown):
        return Evaluation(budget, window, Status.UNKNOWN, unknown=measured)
    return _judge(budget, window, measured, context)


def _judge(budget: Budget, window: Window, measured: Measurement, context: EvaluationContext) -> Evaluation:
    stale, cut = _staleness(window, context), unread(window, context.usage)
    # Where days are missing, whatever is added to the others says nothing of the whole.
    forecast = None if stale or cut else forecast_budget(budget, window, measured, context)
    crossed = _reached(budget, Basis.ACTUAL, measured)
    issue = next((issue.unknown for issue in context.issues if issue.affects(budget, window)), None)
    to_judge_by = forecast if forecast and forecast.is_enough else None
    disagrees = billing_discrepancy(budget, measured, to_judge_by)
    unknown = cut or measured.gap or stale or issue or disagrees
    status = Status.BREACHED if crossed else Status.UNKNOWN if unknown else Status.OK
    data_through = context.usage.data_through or window.period.start
    return Evaluation(
        budget,
        window,
        status,
        Amount(measured.number, budget.limit.unit),
        crossed,
        _reached(budget, Basis.FORECAST, measured, to_judge_by),
        forecast,
        biggest_drivers(measured.parts, min(data_through, context.as_of)),
        daily_breakdown(measured.parts),
        measured.costs,
        () if cut else _allowances(budget, window, context),
        unknown,
        None if measured.parts else _unmatched(budget),
        is_stale=stale is not None,
        is_partial=cut is not None,
    )


def _allowances(budget: Budget, window: Window, context: EvaluationContext) -> tuple[AllowanceUse, ...]:
    if not budget.is_cost:
        return ()
    return allowance_uses(budget.scope, context.pools, window.seen_at(context.as_of))


def _reached(
    budget: Budget, basis: Basis, measured: Measurement, forecast: BudgetForecast | None = None
) -> tuple[Threshold, ...]:
    # What is reached already is what it will be at the least, forecast or no forecast.
    number = forecast.expected if forecast else measured.number
    return tuple(
        threshold
        for threshold in budget.thresholds
        if threshold.basis is basis and number >= threshold.amount
    )


def _unmatched(budget: Budget) -> str:
    keys = ", ".join(f"{key} {'|'.join(patterns)}" for key, patterns in budget.scope.patterns().items())
    return f"no usage matches the scope ({keys or 'everything'}) in this period: unused, or misspelled"


def share_of_limit(evaluation: Evaluation) -> Decimal:
    """Say how much of the limit is used, to put budgets in order; what is not known comes last."""
    observed = evaluation.observed
    return percent_reached(observed.number, evaluation.budget.limit.number, 6) if observed else Decimal(-1)
