"""The time in which a budget is evaluated: a calendar period, or a billing cycle."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.primitives.period import (
    DAY,
    Period,
    PeriodKind,
    evaluated_after,
    midnight,
    periods_to_evaluate,
)
from cloudflare_budgets.domain.usage.billing_cycle import Cycle, cycles_to_evaluate
from cloudflare_budgets.domain.usage.charge import Charge

# A cycle has at most 31 days; one more because the instant lies within a day.
_LONGEST_CYCLE = (31 + 1) * DAY


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

    def charges_of(self, charges: Iterable[Charge]) -> Iterator[Charge]:
        """Yield the charges that belong to the window."""
        start, end = self.period.start, self.period.end
        for charge in charges:
            cycle = charge.billing_period_start if self.is_cycle else None
            if start <= charge.charge_period_start < end if cycle is None else cycle == start:
                yield charge

    def seen_at(self, as_of: datetime) -> datetime:
        """Return an instant, or the last instant of the window if that is earlier."""
        return min(as_of, self.period.end - timedelta(microseconds=1))


def windows_of(
    budget: Budget,
    cycles: Iterable[Cycle],
    anchor_days: Iterable[int],
    as_of: datetime,
    judged_through: datetime | None = None,
) -> list[Window]:
    """Return the windows of a budget, newest first; empty if no billing cycle is known.

    Args:
        budget: the budget.
        cycles: the billing cycles that rows name.
        anchor_days: the days of the month on which billing cycles begin.
        as_of: the instant to evaluate.
        judged_through: the end of the last period that was evaluated as a whole, if that is known.
    """
    if budget.period is PeriodKind.BILLING_PERIOD:
        found = cycles_to_evaluate(cycles, anchor_days, as_of, judged_through)
        return [Window(cycle.period, is_cycle=True, estimated_end=cycle.estimated) for cycle in found]
    return [Window(period) for period in periods_to_evaluate(budget.period, as_of, judged_through)]


def period_to_read(
    budgets: Sequence[Budget], as_of: datetime, judged_through: datetime | None = None
) -> Period:
    """Return the one period with all usage that the evaluation of budgets (at least one) needs."""
    start = min(_first_start(budget, as_of, judged_through) for budget in budgets)
    return Period(start, midnight(as_of) + DAY)


def _first_start(budget: Budget, as_of: datetime, judged_through: datetime | None) -> datetime:
    if budget.period is PeriodKind.BILLING_PERIOD:
        return midnight(evaluated_after(as_of, judged_through)) - _LONGEST_CYCLE
    return list(periods_to_evaluate(budget.period, as_of, judged_through))[-1].start
