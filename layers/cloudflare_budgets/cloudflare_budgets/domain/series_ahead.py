"""Which series may still add to what a budget counts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from cloudflare_budgets.domain.budget import Scope
from cloudflare_budgets.domain.charge import Charge
from cloudflare_budgets.domain.cycle import Cycle, cycle_containing
from cloudflare_budgets.domain.daily_usage import DailyUsage
from cloudflare_budgets.domain.period import Period
from cloudflare_budgets.domain.usage import Series, Usage
from cloudflare_budgets.domain.window import Window

Cycles = Mapping[Series, frozenset[Cycle | None]]


def running_cycles(usage: Usage) -> Cycles:
    """Find the billing cycles of each series, those that the rows of its newest day name.

    Several, where rows do not say which subscription they are of; `None`, where they name no cycle.
    """
    by_start = {cycle.period.start: cycle for cycle in usage.cycles}
    return {series: frozenset(_newest(charges, by_start)) for series, charges in usage.series.items()}


def series_ahead(scope: Scope, window: Window, daily: DailyUsage, cycles: Cycles) -> frozenset[Series]:
    """Find the series of a scope whose days to come a window will count.

    A billing cycle counts only what is used in it, for another subscription's days belong to another one,
    and what names no cycle.
    """
    in_scope = (series for series, _ in daily.quantities if series.is_in(scope))
    if not window.is_cycle:
        return frozenset(in_scope)
    of_metric: defaultdict[str, set[Cycle | None]] = defaultdict(set)
    for series, its_cycles in cycles.items():
        of_metric[series.metric_id] |= its_cycles
    # Days that only the history knows may name neither zone nor subscription: their metric's will do.
    return frozenset(
        series
        for series in in_scope
        if any(
            _becomes(cycle, window.period)
            for cycle in cycles.get(series, of_metric.get(series.metric_id, ()))
        )
    )


def known_since(scope: Scope, daily: DailyUsage, window: Window | None = None) -> datetime:
    """Find the first day that is known in the detail which a scope, and a window, ask for."""
    in_cycle = window is not None and window.is_cycle
    needs_detail = scope.zone or scope.region or scope.subscription or in_cycle
    return daily.detailed_since if needs_detail else daily.since


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
    # A cycle that has only just begun has no rows: what was used in the one before goes on in it.
    if cycle is None or cycle.period.start == period.start:
        return True
    follows = cycle.period.end <= period.start
    return follows and cycle_containing(cycle.anchor_day, period.start).period.start == period.start
