"""The time a budget is judged in: a calendar period, or a billing cycle."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.primitives.period import DAY, Period, PeriodKind, midnight, periods_to_evaluate
from cloudflare_budgets.domain.usage.billing_cycle import Cycle, cycles_to_evaluate
from cloudflare_budgets.domain.usage.charge import Charge

# The longest cycle, and the time an earlier one settles in: what began before is judged no more.
_CYCLES_BACK = (31 + 3 + 1) * DAY


@dataclass(frozen=True, slots=True)
class Window:
    """The time a budget is judged in.

    Which rows belong to a billing cycle is what the rows say, since two subscriptions may have cycles
    that overlap; to a calendar period belong those whose charge period starts within it, and so do rows
    that name no cycle to every cycle that they lie in.
    `estimated_end`: the end of a cycle was computed, for the source gives none.
    """

    period: Period
    is_cycle: bool = False
    estimated_end: bool = False

    def covers(self, charge: Charge) -> bool:
        """Tell whether a charge belongs to the window."""
        if self.is_cycle and charge.billing_period_start is not None:
            return charge.billing_period_start == self.period.start
        return charge.charge_period_start in self.period

    def seen_at(self, as_of: datetime) -> datetime:
        """Give an instant, or the last one of the window where that came before."""
        return min(as_of, self.period.end - timedelta(microseconds=1))


def windows_of(
    budget: Budget, cycles: Iterable[Cycle], anchor_days: Iterable[int], as_of: datetime
) -> list[Window]:
    """Find the windows in which a budget is to be judged, newest first; no cycle may be known at all."""
    if budget.period is PeriodKind.BILLING_PERIOD:
        found = cycles_to_evaluate(cycles, anchor_days, as_of)
        return [Window(cycle.period, is_cycle=True, estimated_end=cycle.estimated) for cycle in found]
    return [Window(period) for period in periods_to_evaluate(budget.period, as_of)]


def period_to_read(budgets: Sequence[Budget], as_of: datetime) -> Period:
    """Find the one period that holds all the usage that judging budgets (at least one) takes."""
    start = min(_first_start(budget, as_of) for budget in budgets)
    return Period(start, midnight(as_of) + DAY)


def _first_start(budget: Budget, as_of: datetime) -> datetime:
    if budget.period is PeriodKind.BILLING_PERIOD:
        return midnight(as_of) - _CYCLES_BACK
    return list(periods_to_evaluate(budget.period, as_of))[-1].start
