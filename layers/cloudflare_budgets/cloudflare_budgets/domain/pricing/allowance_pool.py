"""Pools: the usage that shares an allowance, added up and priced together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cloudflare_budgets.domain.pricing.cycle_chain import CycleChain, CycleChains, chains_of
from cloudflare_budgets.domain.pricing.price import Price, PriceList
from cloudflare_budgets.domain.pricing.rated import Rated
from cloudflare_budgets.domain.pricing.rating import cost_of, rate
from cloudflare_budgets.domain.primitives.days import Days, add_days
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.daily_usage import DailyUsage
from cloudflare_budgets.domain.usage.history import covered_from
from cloudflare_budgets.domain.usage.usage import Series, Usage

_NOT_LISTED = "it is not in the price list"


class CostsByDay(dict[datetime, Rated]):
    """The cost that each day of a pool adds to its cycle; cycles are rated when looked up.

    The newest cycle is enough for most budgets, and the days before it are as many.
    """

    def __init__(self, price: Price, cycles: CycleChain, days: Days) -> None:
        super().__init__()
        self._price = price
        self._cycles = cycles
        self._days = days

    def __missing__(self, day: datetime) -> Rated:
        cycle = self._cycles.at(day)
        its_days = {each: number for each, number in self._days.items() if each in cycle}
        self.update(rate(self._price, its_days, cycle))
        if day not in its_days:
            raise KeyError(day)
        return self[day]


@dataclass(frozen=True, slots=True)
class AllowancePool:
    """The usage of one metric of an account, or of one zone if allowances are per zone.

    Usage under several ids, for example of a renamed metric, is in one pool if the ids have one price.
    `shares` holds the gross quantity of each series by day (midnights, UTC), `days` the sums of the series.
    `cycles` are the billing cycles, and `costs` is the cost that each day adds to its cycle, in the currency
    of the price.
    """

    price: Price
    cycles: CycleChain
    shares: Mapping[Series, Days]
    days: Days
    costs: Mapping[datetime, Rated]

    @property
    def metric_id(self) -> str:
        """The id under which the price list has the metric."""
        return self.price.metric_id

    def cycle_at(self, day: datetime) -> Period:
        """Return the billing cycle that contains a day."""
        return self.cycles.at(day)

    def costs_to_come(self, futures: Iterable[Days], through: datetime, period: Period) -> list[Rated]:
        """Return the cost of a period's days from `through` on, for each expected quantity."""
        start = max(through, period.start)
        if start >= period.end:
            return [Rated() for _ in futures]
        since = self.cycle_at(start).start  # earlier usage has no effect on these days
        known = {day: number for day, number in self.days.items() if since <= day < through}
        ahead = ({day: number for day, number in days.items() if day < period.end} for days in futures)
        return [self._cost_since(start, known | days) for days in ahead]

    def _cost_since(self, start: datetime, days: Days) -> Rated:
        cost = Rated()
        for cycle, whole in self.cycles.split(days).items():
            if cycle.end <= start:
                continue
            before = {day: number for day, number in whole.items() if day < start}
            cost += cost_of(self.price, whole, cycle).minus(cost_of(self.price, before, cycle))
        return cost


@dataclass(frozen=True, slots=True)
class AllowancePools:
    """The pools of an account by series, and the reason why other metrics have no pool.

    Usage before `known_from` is not known.
    """

    of: Mapping[Series, AllowancePool] = field(default_factory=dict)
    unpriced: Mapping[str, str] = field(default_factory=dict)
    known_from: datetime | None = None

    def reason_unpriced(self, series: Series) -> str | None:
        """Return why the cost of a series cannot be computed; `None` if it can."""
        return None if series in self.of else self.unpriced.get(series.metric_id, _NOT_LISTED)

    def knows_cycle(self, pool: AllowancePool, day: datetime) -> bool:
        """Return whether all usage since the start of the cycle of a day is known."""
        return self.known_from is not None and self.known_from <= pool.cycle_at(day).start


def pools_of(usage: Usage, daily: DailyUsage, prices: PriceList) -> AllowancePools:
    """Return the pools of an account's usage, each priced as a whole."""
    quantities = _quantities(usage, daily)
    priced: dict[Series, Price] = {}
    unpriced: dict[str, str] = {}
    for series, by_unit in quantities.items():
        price = prices.find(series.metric_id, series.metric_name, series.product_family)
        reason = _NOT_LISTED if price is None else _reason_unpriced(price, by_unit)
        if price is None or reason:
            unpriced[series.metric_id] = reason or _NOT_LISTED
        else:
            priced[series] = price
    chains = chains_of(usage, {series: price.metric_id for series, price in priced.items()})
    found = _pools(priced, quantities, chains)
    by_series = {series: pool for pool in found for series in pool.shares}
    return AllowancePools(by_series, unpriced, daily.known_from)


def _pools(
    priced: Mapping[Series, Price], quantities: Mapping[Series, Mapping[str, Days]], chains: CycleChains
) -> list[AllowancePool]:
    shares: defaultdict[tuple[str, str | None, CycleChain], dict[Series, Days]] = defaultdict(dict)
    for series, price in priced.items():
        zone = (series.zone_id or series.zone_name) if price.each_zone else None
        cycles = chains.find(price.metric_id, series.subscription_id)
        shares[price.metric_id, zone, cycles][series] = add_days(quantities[series].values())
    return [_pool(priced[next(iter(its))], cycles, its) for (_, _, cycles), its in shares.items()]


def _pool(price: Price, cycles: CycleChain, shares: Mapping[Series, Days]) -> AllowancePool:
    days = add_days(shares.values())
    current = price.as_of(max(days))
    return AllowancePool(current, cycles, shares, days, CostsByDay(current, cycles, days))


def _quantities(usage: Usage, daily: DailyUsage) -> Mapping[Series, Mapping[str, Days]]:
    """Join recorded days with this run's rows, which are partial before the requested period."""
    start = covered_from(usage)
    found: defaultdict[Series, dict[str, Days]] = defaultdict(dict)
    for (series, unit), days in daily.quantities.items():
        found[series][unit] = days
    for series, by_unit in usage.days.items():
        for unit, days in by_unit.items():
            whole = {day: number for day, number in days.items() if start is None or start <= day}
            found[series][unit] = {**days, **found[series].get(unit, {}), **whole}
    return found


def _reason_unpriced(price: Price, by_unit: Mapping[str, Days]) -> str | None:
    for unit, days in sorted(by_unit.items()):
        used = [day for day, number in days.items() if number] or list(days)[-1:]
        for version in price.versions_on(used):
            if version is None:
                return "the price list has no price that is valid on each of its days"
            if not version.counts(unit):
                return f"its price is for {' or '.join(version.units)}, but it comes in {unit or 'no unit'}"
            if version.reason_unpriced:
                return version.reason_unpriced
    return None
