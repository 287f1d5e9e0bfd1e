"""The billing cycles of a metric's usage, one after the other, if its rows name them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.primitives.days import Days
from cloudflare_budgets.domain.primitives.period import Period, midnight
from cloudflare_budgets.domain.usage.billing_cycle import Cycle, cycle_containing
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Series, Usage

if TYPE_CHECKING:
    from decimal import Decimal

# The newest day with rows of each cycle, by the start of the cycle.
_LastDays = dict[datetime, datetime]


@dataclass(frozen=True, slots=True)
class CycleChain:
    """Billing cycles that follow one another, oldest first, as rows name them.

    A cycle ends where the next one begins, though its rows may say later: the plan was changed. A day in
    none of them lies in a cycle of the anchor before it, or else after it; without any, in a calendar month.
    """

    named: tuple[Cycle, ...] = ()

    def at(self, day: datetime) -> Period:
        """Find the billing cycle that a day lies in; each day lies in exactly one."""
        index = bisect_right(self.named, day, key=_start)
        before = self.named[index - 1] if index else None
        until = _start(self.named[index]) if index < len(self.named) else None
        if before and day in before.period:
            return _cut(before.period, None, until)
        nearest = before or next(iter(self.named), None)
        computed = cycle_containing(nearest.anchor_day if nearest else 1, day).period
        return _cut(computed, before.period.end if before else None, until)

    def split(self, days: Days) -> Mapping[Period, Days]:
        """Return the days of each billing cycle, oldest first."""
        found: defaultdict[Period, dict[datetime, Decimal]] = defaultdict(dict)
        cycle: Period | None = None
        for day in sorted(days):
            if cycle is None or day >= cycle.end:
                cycle = self.at(day)
            found[cycle][day] = days[day]
        return found


@dataclass(frozen=True, slots=True)
class CycleChains:
    """The cycle chains of an account's metrics, by metric and subscription, and each newest."""

    of: Mapping[tuple[str, str | None], CycleChain]
    newest: Mapping[str, CycleChain]

    def find(self, metric_id: str, subscription_id: str | None) -> CycleChain:
        """Find a metric's chain on a subscription; the newest of the metric if rows name no cycle."""
        own = self.of.get((metric_id, subscription_id))
        return own or self.newest.get(metric_id, CycleChain())


def chains_of(usage: Usage, metric_ids: Mapping[Series, str]) -> CycleChains:
    """Find each metric's chain per subscription; `metric_ids` maps a series to its metric.

    Subscriptions of a metric whose newest cycles have the same anchor share one; what stopped in an earlier
    cycle is in the chain of what went on.
    """
    cycles = {_start(cycle): cycle for cycle in usage.cycles}
    named = {key: days for key, days in _last_days(usage, metric_ids).items() if days}
    newest = {key: cycles[max(days)] for key, days in named.items()}
    shared: defaultdict[tuple[str, int], _LastDays] = defaultdict(dict)
    for key, days in named.items():
        _merge(shared[key[0], newest[key].anchor_day], days)
    chains = {key: _chain(cycles, days) for key, days in shared.items()}
    ordered = sorted(named, key=lambda key: max(named[key]))
    found = {key: chains[key[0], newest[key].anchor_day] for key in ordered}
    return CycleChains(found, {metric_id: chain for (metric_id, _), chain in found.items()})


def _last_days(usage: Usage, metric_ids: Mapping[Series, str]) -> Mapping[tuple[str, str | None], _LastDays]:
    found: defaultdict[tuple[str, str | None], _LastDays] = defaultdict(dict)
    for series, charges in usage.series.items():
        if series in metric_ids:
            _merge(found[metric_ids[series], series.subscription_id], _last_days_of(charges))
    return found


def _last_days_of(charges: Iterable[Charge]) -> _LastDays:
    found: _LastDays = {}
    for charge in charges:
        start, day = charge.billing_period_start, charge.charge_period_start
        if start is not None and day >= found.get(start, day):
            found[start] = day
    return found


def _merge(into: _LastDays, days: _LastDays) -> None:
    for start, day in days.items():
        into[start] = max(day, into.get(start, day))


def _chain(cycles: Mapping[datetime, Cycle], last_days: _LastDays) -> CycleChain:
    starts = sorted(last_days)
    # On the very day of a change, both cycles have rows. If they have them later too, these are cycles of
    # several subscriptions that rows do not distinguish: the newest one, and its anchor, say the most.
    if any(midnight(last_days[start]) > following for start, following in pairwise(starts)):
        starts = starts[-1:]
    return CycleChain(tuple(cycles[start] for start in starts))


def _start(cycle: Cycle) -> datetime:
    return cycle.period.start


def _cut(period: Period, since: datetime | None, until: datetime | None) -> Period:
    start = max(period.start, since) if since else period.start
    return Period(start, min(period.end, until) if until else period.end)
