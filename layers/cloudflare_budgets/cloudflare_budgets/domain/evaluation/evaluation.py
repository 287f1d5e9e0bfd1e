"""Where a budget stands: status, level, observed amount, crossed thresholds, forecast."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.budgets.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.data_quality.unknown import Unknown
from cloudflare_budgets.domain.evaluation.allowance import AllowanceUse
from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.evaluation.measurement import (
    Costs,
    DailyBreakdown,
    Driver,
)
from cloudflare_budgets.domain.primitives.amount import Amount, percent_reached
from cloudflare_budgets.domain.usage.window import Window

if TYPE_CHECKING:
    from cloudflare_budgets.domain.evaluation.provisional import Provisional


class Status(StrEnum):
    """Whether a budget is within its limit, breached, or unknown."""

    OK = "ok"
    BREACHED = "breached"
    UNKNOWN = "unknown"


class Level(StrEnum):
    """How far a budget has come: at or above its limit, at or above a threshold, or below all."""

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
    newest usage is too old to prove a budget within its limit. `is_partial`: the first days of the window are
    not known. `provisional` adds usage that is not billed yet: it may cross thresholds and never proves a
    budget to be `ok`. `corrections` of earlier invoices and negative `credits` are parts of a cost; `None`
    where there are none.
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
        """How far the budget has come at least: by the low end of an estimate, and by fresh usage."""
        fresh = self.provisional.low if self.provisional else None
        if any(
            each and each.number >= self.budget.limit.number for each in (self.low or self.observed, fresh)
        ):
            return Level.OVER_LIMIT
        if self.passed:
            return Level.THRESHOLD_PASSED
        return Level.UNKNOWN if self.status is Status.UNKNOWN else Level.WITHIN

    @property
    def shown_forecast(self) -> BudgetForecast | None:
        """The forecast; `None` if fresh usage already exceeds it, since it knows billed usage only."""
        forecast, fresh = self.forecast, self.provisional
        is_exceeded = forecast and fresh and fresh.low.number > forecast.expected
        return None if is_exceeded else forecast

    @property
    def passed(self) -> tuple[Threshold, ...]:
        """The actual thresholds that billed usage has reached, then those of fresh usage."""
        return (*self.crossed, *(self.provisional.crossed if self.provisional else ()))

    @property
    def not_evaluated(self) -> tuple[Threshold, ...]:
        """The thresholds on a forecast, as long as there is no forecast with a range."""
        if self.forecast and self.forecast.is_enough:
            return ()
        waiting = [threshold for threshold in self.budget.thresholds if threshold.basis is Basis.FORECAST]
        return tuple(one for one in waiting if one not in self.forecast_crossed)

    @property
    def reason(self) -> str | None:
        """The reason of the status, or a remark about it; `None` if there is nothing to add."""
        return self.unknown.reason if self.unknown else self.remark


def share_of_limit(evaluation: Evaluation) -> Decimal:
    """Return the used percentage of the limit, to sort budgets; -1 if it is not known."""
    observed = evaluation.observed
    return percent_reached(observed.number, evaluation.budget.limit.number, 6) if observed else Decimal(-1)
