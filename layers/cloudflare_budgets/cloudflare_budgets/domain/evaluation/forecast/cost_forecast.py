"""Forecasts the cost of a budget: quantities are forecast, then priced.

Where the billed cost of a pool is far from its list cost, the pool is priced at the billed rate.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.evaluation.context import EvaluationContext, known_since
from cloudflare_budgets.domain.evaluation.forecast.remainder import (
    Remainder,
    forecast_of,
    remainder_in,
    twice,
)
from cloudflare_budgets.domain.evaluation.measurement import Contribution, Measurement
from cloudflare_budgets.domain.pricing.allowance_pool import AllowancePool
from cloudflare_budgets.domain.pricing.rated import quotient
from cloudflare_budgets.domain.pricing.reconciliation import (
    DayReconciliation,
    Reconciliation,
    added_up,
    by_pool,
    is_discrepancy,
)
from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO, total
from cloudflare_budgets.domain.primitives.days import Days, add_days
from cloudflare_budgets.domain.primitives.period import DAY, Period
from cloudflare_budgets.domain.timeseries.forecast import SeriesForecast
from cloudflare_budgets.domain.usage.usage import Series
from cloudflare_budgets.domain.usage.window import Window

# Costs were observed to arrive one or two days after their usage, and in parts.
COSTS_LAG = 2 * DAY

Comparisons = Mapping[int, Reconciliation]


def comparisons(days: Iterable[DayReconciliation], through: datetime) -> Comparisons:
    """Return the pools whose billed cost is far from the list cost, by the `id` of the pool.

    A pool is compared from the day on which both costs are above zero, because a contract may have another
    allowance. Pools share the margin below which a difference is ignored.
    """
    pools = by_pool(days)
    found = {pool: added_up(_since_both(_settled(its_days, through))) for pool, its_days in pools.items()}
    return {
        pool: each for pool, each in found.items() if each.billed > 0 and is_discrepancy(each, len(pools))
    }


def is_free_by_list(pool: AllowancePool, found: Comparisons) -> bool:
    """Return whether a pool is billed at a list cost of zero, so that it has no rate to scale."""
    comparison = found.get(id(pool))
    return comparison is not None and comparison.listed.number <= 0


def as_billed(listed: Remainder, pool: AllowancePool, found: Comparisons) -> Remainder:
    """Return the expected list cost of a pool, scaled to the rate at which the pool is billed.

    A pool that is billed at zero is expected to cost the list price: storage was first reported at zero, and
    billed later.
    """
    comparison = found.get(id(pool))
    if comparison is None:
        return listed
    billed, by_list = comparison.billed, comparison.listed.number
    return listed.changed(lambda number: quotient(EXACT.multiply(number, billed), by_list))


def _settled(days: Sequence[DayReconciliation], through: datetime) -> Sequence[DayReconciliation]:
    """Return the days without the newest ones, or the billed days if no older day has a cost."""
    older = [one for one in days if one.day < through - COSTS_LAG]
    if any(one.billed > 0 or one.listed.number > 0 for one in older):
        return older
    return [one for one in days if one.billed > 0]


def _since_both(days: Sequence[DayReconciliation]) -> Sequence[DayReconciliation]:
    begins = [
        min(costly)
        for costly in (
            [one.day for one in days if one.billed > 0],
            [one.day for one in days if one.listed.number > 0],
        )
        if costly
    ]
    return [one for one in days if one.day >= max(begins, default=one.day)]


# If a scope covers a part of the series of a pool, its share of the pool is that of so many days.
_LATELY = 28 * DAY


@dataclass(frozen=True, slots=True)
class _Ahead:
    """The series of an account to forecast, the first day that is known of them, and the period.

    `unit` is the currency of the limit.
    """

    series: frozenset[Series]
    since: datetime
    period: Period
    known: EvaluationContext
    unit: str


def cost_remainder(
    budget: Budget, window: Window, measured: Measurement, context: EvaluationContext
) -> Remainder:
    """Forecast the cost of a budget's scope: the sum of the priced forecasts of its metrics.

    A pool that is billed far from its list price continues to be billed at that rate. A metric without a
    price, or one that is billed although its list cost is zero, is priced at its average cost per unit since
    its first cost. A metric that never had a cost is left out.
    """
    ahead = _Ahead(
        context.ahead(budget.scope, window),
        known_since(budget.scope, context.daily, window),
        window.period,
        context,
        budget.limit.unit,
    )
    found = comparisons(measured.compared, context.daily.through)
    listed = (
        _by_quantity(pool.metric_id, _covered(pool, ahead), _parts_of(pool.shares, measured.parts), ahead)
        if is_free_by_list(pool, found)
        else as_billed(_priced(pool, ahead), pool, found)
        for pool in _pools(ahead)
    )
    return sum(listed, Remainder()) + _unlisted(measured.parts, ahead)


def _unlisted(parts: Sequence[Contribution], ahead: _Ahead) -> Remainder:
    daily, pools = ahead.known.daily, ahead.known.pools
    unpriced: defaultdict[str, list[Days]] = defaultdict(list)
    its_series: defaultdict[str, set[Series]] = defaultdict(set)
    for (series, _), days in daily.items():
        priced = series in pools.of and pools.of[series].price.currency == ahead.unit
        if not priced and series in ahead.series:
            unpriced[series.metric_id].append(days)
            its_series[series.metric_id].add(series)
    each = (
        _by_quantity(metric_id, shares, _parts_of(its_series[metric_id], parts), ahead)
        for metric_id, shares in unpriced.items()
    )
    return sum(each, Remainder())


def _parts_of(series: Container[Series], parts: Iterable[Contribution]) -> Sequence[Contribution]:
    return [part for part in parts if part.series in series and not part.charge.is_correction]


def _by_quantity(
    metric_id: str, shares: Iterable[Days], parts: Sequence[Contribution], ahead: _Ahead
) -> Remainder:
    daily = ahead.known.daily
    found = forecast_of(shares, ahead.since, daily, ahead.period.end)
    if found is None:
        return Remainder()
    return _unpriced(metric_id, parts, daily.through - COSTS_LAG, remainder_in(ahead.period, found))


def _pools(ahead: _Ahead) -> Iterable[AllowancePool]:
    found = {id(pool): pool for series, pool in ahead.known.pools.of.items() if series in ahead.series}
    return (pool for pool in found.values() if pool.price.currency == ahead.unit)


def _priced(pool: AllowancePool, ahead: _Ahead) -> Remainder:
    if len(_covered(pool, ahead)) < len(pool.shares):
        return _priced_part(pool, ahead, *_share(pool, ahead))
    # All scopes that cover a pool share its forecast, and all periods that are over.
    is_over = ahead.period.end <= ahead.known.daily.through
    shared: dict[int, Remainder] = ahead.known.once((_priced, None if is_over else ahead.period), dict)
    if id(pool) not in shared:
        shared[id(pool)] = _priced_part(pool, ahead, Decimal(1), Decimal(1))
    return shared[id(pool)]


def _priced_part(pool: AllowancePool, ahead: _Ahead, part: Decimal, whole: Decimal) -> Remainder:
    daily, period = ahead.known.daily, ahead.period
    found = forecast_of([_days_of_scope(pool, ahead, part, whole)], daily.since, daily, period.end)
    if found is None or not found.expected:
        return Remainder(has_shifted=found is not None and found.has_shifted)
    rated = pool.costs_to_come(_scenarios(found), daily.through, period)
    expected, low, high, continued = (cost.share(part, whole) for cost in rated)

    def before(day: datetime) -> Decimal:
        (cost,) = pool.costs_to_come([found.expected], daily.through, Period(period.start, day))
        return cost.share(part, whole).number

    return Remainder(
        expected.number, low.low, high.high, continued.number, found.has_shifted, pieces=(before,)
    )


def _scenarios(found: SeriesForecast) -> Iterator[Days]:
    yield found.expected
    yield found.low if found.low is not None else {}
    yield found.high if found.high is not None else twice(found.expected)
    yield found.continued


def _share(pool: AllowancePool, ahead: _Ahead) -> tuple[Decimal, Decimal]:
    through = ahead.known.daily.through
    since = max(through - _LATELY, ahead.since)
    lately = [day for day in pool.days if since <= day < through]
    whole = total(pool.days[day] for day in lately)
    if not whole:
        return Decimal(1), Decimal(1)
    return total(days.get(day, ZERO) for days in _covered(pool, ahead) for day in lately), whole


def _days_of_scope(pool: AllowancePool, ahead: _Ahead, part: Decimal, whole: Decimal) -> Days:
    """Return the days of a pool; days that have begun are scaled up from the part in the scope."""
    if part == whole:
        return pool.days
    through = ahead.known.daily.through
    complete = {day: number for day, number in pool.days.items() if day < through}
    begun = add_days(_covered(pool, ahead)) if part else {}
    scaled = {
        day: quotient(EXACT.multiply(number, whole), part) for day, number in begun.items() if day >= through
    }
    return complete | scaled


def _covered(pool: AllowancePool, ahead: _Ahead) -> Sequence[Days]:
    return [days for series, days in pool.shares.items() if series in ahead.series]


def _unpriced(
    metric_id: str, parts: Sequence[Contribution], settled: datetime, quantity: Remainder
) -> Remainder:
    costly = [part.charge.charge_period_start for part in parts if part.number > 0]
    if not costly:
        return Remainder(left_out=(metric_id,) if quantity.expected else ())
    # Costs of the newest days may be missing. Those days count only if no earlier day has a cost.
    first = min(costly)
    end = settled if first < settled else max(costly) + DAY
    counted = [part for part in parts if first <= part.charge.charge_period_start < end]
    cost = total(part.number for part in counted)
    used = total(part.charge.consumed_quantity for part in counted)
    if used <= 0:
        return Remainder(left_out=(metric_id,))
    return quantity.changed(lambda number: quotient(EXACT.multiply(number, cost), used))
