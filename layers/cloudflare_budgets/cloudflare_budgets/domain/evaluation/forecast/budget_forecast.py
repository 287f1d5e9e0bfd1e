"""Forecasts a budget's amount at the end of its period, and the day of reaching the limit."""

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.evaluation.context import EvaluationContext, known_since
from cloudflare_budgets.domain.evaluation.forecast.cost_forecast import cost_remainder
from cloudflare_budgets.domain.evaluation.forecast.remainder import (
    DAYS_FOR_FORECAST,
    Before,
    Remainder,
    forecast_of,
    remainder_in,
)
from cloudflare_budgets.domain.evaluation.measurement import Measurement, counts_in
from cloudflare_budgets.domain.primitives.amount import EXACT, total
from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.timeseries.forecast import (
    DAYS_FOR_CALM,
    DAYS_FOR_RANGE,
    MAX_DAYS,
)
from cloudflare_budgets.domain.timeseries.series import round_estimate
from cloudflare_budgets.domain.usage.daily_usage import DailyUsage
from cloudflare_budgets.domain.usage.window import Window

if TYPE_CHECKING:
    from cloudflare_budgets.domain.primitives.days import Days


@dataclass(frozen=True, slots=True)
class BudgetForecast:
    """The expected amount of a budget at the end of its period, in the unit of its limit.

    It is at least the observed amount, and equal to it when no day remains. `low` and `high` are the likely
    range, 8 times in 10, `None` below 4 complete days; `continued` is the amount if the last three days
    continue. It is made from `complete_days`; below 7 it `is_early`. No amount includes the cost of metrics
    that are `left_out`. `limit_on` is the day on which the limit is expected to be reached; `None` if it is
    reached already, or is not expected to be.
    """

    expected: Decimal
    low: Decimal | None
    high: Decimal | None
    continued: Decimal
    complete_days: int
    is_early: bool
    has_shifted: bool
    left_out: tuple[str, ...] = ()
    limit_on: datetime | None = None

    @property
    def is_enough(self) -> bool:
        """Whether there are enough days for a range, and for thresholds on a forecast."""
        return self.complete_days >= DAYS_FOR_RANGE


def days_known(daily: DailyUsage) -> int:
    """Count the complete days that a forecast is made from."""
    return min((daily.through - daily.began) // DAY, MAX_DAYS)


def combine(
    measured: Measurement, complete: Decimal, remainder: Remainder, daily: DailyUsage
) -> BudgetForecast:
    """Return the forecast from the observed amount, the complete days and the remaining days.

    Days that have begun are forecast as whole days, so the remaining amount is added to that of the complete
    days. The amount is at least the observed one, which includes the rows of begun days.
    """
    days = days_known(daily)

    def at_least(rest: Decimal) -> Decimal:
        if not rest:
            return measured.number  # to the last digit
        return max(measured.number, round_estimate(EXACT.add(complete, rest)))

    has_range = days >= DAYS_FOR_RANGE
    expected = at_least(remainder.expected)
    # A block that falls into the low scenario's days and out of the expected ones would cross them over.
    low = min(expected, at_least(remainder.low))
    high = max(expected, at_least(remainder.high))
    return BudgetForecast(
        expected=expected,
        low=low if has_range else None,
        high=high if has_range else None,
        continued=at_least(remainder.continued),
        complete_days=days,
        is_early=days < DAYS_FOR_CALM,
        has_shifted=remainder.has_shifted,
        left_out=tuple(sorted(set(remainder.left_out))),
    )


def amount_of_complete_days(measured: Measurement, daily: DailyUsage) -> Decimal:
    """Return the amount of the days before the first forecast day."""
    return total(part.number for part in measured.parts if part.charge.charge_period_start < daily.through)


def quantity_remainder(budget: Budget, window: Window, context: EvaluationContext) -> Remainder:
    """Forecast the usage of a quantity budget's scope, each metric by itself."""
    metrics: defaultdict[str, list[Days]] = defaultdict(list)
    daily, period = context.daily, window.period
    for series, unit, days in context.days_ahead(budget.scope, window):
        if counts_in(budget.limit.unit, unit, series, context.prices):
            metrics[series.metric_id].append(days)
    since = known_since(budget.scope, daily, window)
    forecasts = (forecast_of(shares, since, daily, period.end) for shares in metrics.values())
    return sum((remainder_in(period, found) for found in forecasts if found), Remainder())


@dataclass(frozen=True, slots=True)
class Outlook:
    """The forecast of a scope in a window, which budgets with limits in one unit share.

    `observed` is the amount so far, `complete` that of the complete days, and `before` returns what `days`,
    the remaining ones, are expected to add before a day.
    """

    forecast: BudgetForecast
    observed: Decimal
    complete: Decimal
    days: tuple[datetime, ...]
    before: Before

    def for_limit(self, limit: Decimal) -> BudgetForecast:
        """Return the forecast with the day by whose end a limit is expected to be reached, if it is."""
        if not self.observed < limit <= self.forecast.expected:
            return self.forecast
        missing = EXACT.subtract(limit, self.complete)
        # The last day is not checked: by its end the amount is reached.
        place = bisect_left(self.days[:-1], missing, key=lambda day: self.before(day + DAY))
        return replace(self.forecast, limit_on=self.days[place])


def outlook_of(
    budget: Budget, window: Window, measured: Measurement, context: EvaluationContext
) -> Outlook | None:
    """Forecast a budget's amount at the end of a window; `None` if too few days are known.

    Of the budget, only the scope, and the unit and the column of the limit are used.
    """
    daily, period = context.daily, window.period
    if days_known(daily) < DAYS_FOR_FORECAST:
        return None
    remainder = (
        cost_remainder(budget, window, measured, context)
        if budget.is_cost
        else quantity_remainder(budget, window, context)
    )
    first, complete = max(daily.through, period.start), amount_of_complete_days(measured, daily)
    return Outlook(
        combine(measured, complete, remainder, daily),
        measured.number,
        complete,
        tuple(first + index * DAY for index in range((period.end - first) // DAY)),
        cache(remainder.before),
    )
