"""The time in which a budget is evaluated: a calendar period, or a billing cycle."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.primitives.period import DAY, Period, PeriodKind, midnight, periods_to_evaluate
from cloudflare_budgets.domain.usage.billing_cycle import Cycle, cycles_to_evaluate
from cloudflare_budgets.domain.usage.charge import Charge

# The longest cycle, and the time in which an earlier one settles: older cycles are not evaluated.
_CYCLES_BACK = (31 + 3 + 1) * DAY


@dataclass(frozen=True, slots=True)
class Window:
    """The time in which a budget is evaluated.

    A row belongs to the billing cycle that it names, since cycles of two subscriptions may overlap. Without
    a name it belongs to every cycle, and always to every calendar period, in which its charge period starts.
    `estimated_end`: the end of a cycle was computed, since the source has none.
    """

    period: Period
    is_cycle: bool = False
    estimated_end: bool = False

    def covers(self, charge: Charge) -> bool:
        """Return whether a charge belongs to the window."""
        if self.is_cycle and charge.billing_period_start is not None:
            return charge.billing_period_start == self.period.start
        return charge.charge_period_start in self.period

    def seen_at(self, as_of: datetime) -> datetime:
        """Return an instant, or the last instant of the window if that is earlier."""
        return min(as_of, self.period.end - timedelta(microseconds=1))


def windows_of(
    budget: Budget, cycles: Iterable[Cycle], anchor_days: Iterable[int], as_of: datetime
) -> list[Window]:
    """Return the windows of a budget to evaluate, newest first; empty if no cycle is known."""
    if budget.period is PeriodKind.BILLING_PERIOD:
        found = cycles_to_evaluate(cycles, anchor_days, as_of)
        return [Window(cycle.period, is_cycle=True, estimated_end=cycle.estimated) for cycle in found]
    return [Window(period) for period in periods_to_evaluate(budget.period, as_of)]


def period_to_read(budgets: Sequence[Budget], as_of: datetime) -> Period:
    """Return the period of all usage that the evaluation of budgets (at least one) needs."""
    start = min(_first_start(budget, as_of) for budget in budgets)
    return Period(start, midnight(as_of) + DAY)


def _first_start(budget: Budget, as_of: datetime) -> datetime:
    if budget.period is PeriodKind.BILLING_PERIOD:
        return midnight(as_of) - _CYCLES_BACK
    return list(periods_to_evaluate(budget.period, as_of))[-1].start
