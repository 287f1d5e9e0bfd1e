"""Which series of a scope have coming days that a window will count."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.billing_cycle import Cycle, cycle_containing
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Series, Usage
from cloudflare_budgets.domain.usage.window import Window

Cycles = Mapping[Series, frozenset[Cycle | None]]
CyclesOfMetrics = Mapping[str, Collection[Cycle | None]]


def active_cycles(usage: Usage) -> Cycles:
    """Return the billing cycles that the rows of each series' newest day name.

    There are several if rows do not name their subscription; `None` stands for rows without a cycle.
    """
    by_start = {cycle.period.start: cycle for cycle in usage.cycles}
    return {series: frozenset(_newest(charges, by_start)) for series, charges in usage.series.items()}


def active_series(
    in_scope: Iterable[Series], window: Window, cycles: Cycles, of_metrics: CyclesOfMetrics
) -> frozenset[Series]:
    """Return the series of a scope whose coming days a window will count.

    A billing cycle counts the series that name it or no cycle: the days of another subscription belong to
    another cycle.
    """
    if not window.is_cycle:
        return frozenset(in_scope)
    # Recorded days may have neither zone nor subscription: then the cycles of the metric are used.
    return frozenset(
        series
        for series in in_scope
        if any(
            _becomes(cycle, window.period)
            for cycle in cycles.get(series, of_metrics.get(series.metric_id, ()))
        )
    )


def _newest(charges: Iterable[Charge], by_start: Mapping[datetime, Cycle]) -> Iterator[Cycle | None]:
    newest: datetime | None = None
    starts: set[datetime | None] = set()
    for charge in charges:
        if newest is None or charge.charge_period_start > newest:
            newest, starts = charge.charge_period_start, set()
        if charge.charge_period_start == newest:
            starts.add(charge.billing_period_start)
    return (by_start[start] if start else None for start in starts)


def _becomes(cycle: Cycle | None, period: Period) -> bool:
    # A cycle that has just begun has no rows: usage of the cycle before continues in it.
    if cycle is None or cycle.period.start == period.start:
        return True
    follows = cycle.period.end <= period.start
    return follows and cycle_containing(cycle.anchor_day, period.start).period.start == period.start
