"""What a cost budget's scope is expected to cost: quantities are forecast, and then priced."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from cloudflare_budgets.domain.amount import EXACT, ZERO, total
from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.disagreement import differs
from cloudflare_budgets.domain.forecast import Forecast
from cloudflare_budgets.domain.knowledge import Knowledge
from cloudflare_budgets.domain.measure import Costs, Measured, Part
from cloudflare_budgets.domain.outlook import Days, Remainder, forecast_of, remainder_in
from cloudflare_budgets.domain.period import Period
from cloudflare_budgets.domain.pool import Pool
from cloudflare_budgets.domain.rating import quotient
from cloudflare_budgets.domain.series_ahead import known_since
from cloudflare_budgets.domain.usage import Series
from cloudflare_budgets.domain.window import Window

# A scope that covers some of what shares an allowance has had such a share of it lately.
_LATELY = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class _Ahead:
    """What is to be forecast: these series of an account, known since a day, to the end of a period."""

    series: frozenset[Series]
    since: datetime
    period: Period
    known: Knowledge
    unit: str


def cost_remainder(budget: Budget, window: Window, measured: Measured, known: Knowledge) -> Remainder:
    """Forecast what a cost budget's scope will cost, the sum of its metrics' priced forecasts.

    What Cloudflare bills far off its list prices goes on so: there is a contract. A metric without a
    price costs what it did since it began to cost; one that never did is left out.
    """
    ahead = _Ahead(
        known.ahead(budget.scope, window),
        known_since(budget.scope, known.daily, window),
        window.period,
        known,
        budget.limit.unit,
    )
    listed = (_priced(pool, ahead) for pool in _pools(ahead))
    remainder = _as_billed(sum(listed, Remainder()), measured.costs)
    return remainder + _unlisted(measured, ahead)


def _as_billed(listed: Remainder, costs: Costs | None) -> Remainder:
    found = costs.comparison if costs else None
    if found is None or not differs(found) or min(found.billed, found.listed.number) <= 0:
        return listed
    billed, by_list = found.billed, found.listed.number
    return _with_each(listed, lambda number: quotient(EXACT.multiply(number, billed), by_list))


def _unlisted(measured: Measured, ahead: _Ahead) -> Remainder:
    remainder, daily, pools = Remainder(), ahead.known.daily, ahead.known.pools
    unpriced: defaultdict[str, list[Days]] = defaultdict(list)
    for (series, _), days in daily.quantities.items():
        priced = series in pools.of and pools.of[series].price.currency == ahead.unit
        if not priced and series in ahead.series:
            unpriced[series.metric_id].append(days)
    for metric_id, shares in unpriced.items():
        found = forecast_of(shares, ahead.since, daily.through, ahead.period.end)
        if found:
            its_parts = [
                part
                for part in measured.parts
                if part.series.metric_id == metric_id and not part.charge.is_correction
            ]
            remainder += _unpriced(metric_id, its_parts, remainder_in(ahead.period, found))
    return remainder


def _pools(ahead: _Ahead) -> Iterable[Pool]:
    found = {id(pool): pool for series, pool in ahead.known.pools.of.items() if series in ahead.series}
    return (pool for pool in found.values() if pool.price.currency == ahead.unit)


def _priced(pool: Pool, ahead: _Ahead) -> Remainder:
    daily, period = ahead.known.daily, ahead.period
    found = forecast_of([pool.days], daily.since, daily.through, period.end)
    if found is None:
        return Remainder()
    part, whole = _share(pool, ahead)
    rated = [pool.cost_to_come(days, daily.through, period).share(part, whole) for days in _scenarios(found)]
    expected, low, high, continued = rated
    return Remainder(expected.number, low.low, high.high, continued.number, found.has_shifted)


def _scenarios(found: Forecast) -> Iterator[Days]:
    yield found.expected
    yield found.low if found.low is not None else {}
    yield found.high if found.high is not None else _twice(found.expected)
    yield found.continued


def _twice(days: Days) -> Days:
    return {day: EXACT.multiply(number, Decimal(2)) for day, number in days.items()}


def _share(pool: Pool, ahead: _Ahead) -> tuple[Decimal, Decimal]:
    through = ahead.known.daily.through
    since = max(through - _LATELY, ahead.since)
    lately = [day for day in pool.days if since <= day < through]
    whole = total(pool.days[day] for day in lately)
    covered = [days for series, days in pool.shares.items() if series in ahead.series]
    if len(covered) == len(pool.shares) or not whole:
        return Decimal(1), Decimal(1)
    return total(days.get(day, ZERO) for days in covered for day in lately), whole


def _unpriced(metric_id: str, parts: Sequence[Part], quantity: Remainder) -> Remainder:
    costly = [part.charge.charge_period_start for part in parts if part.number > 0]
    if not costly:
        return Remainder(left_out=(metric_id,) if quantity.expected else ())
    since = [part for part in parts if part.charge.charge_period_start >= min(costly)]
    cost = total(part.number for part in since)
    used = total(part.charge.consumed_quantity for part in since)
    if used <= 0:
        return Remainder(left_out=(metric_id,))

    def priced(number: Decimal) -> Decimal:
        return quotient(EXACT.multiply(number, cost), used)

    return _with_each(quantity, priced)


def _with_each(remainder: Remainder, change: Callable[[Decimal], Decimal]) -> Remainder:
    return replace(
        remainder,
        expected=change(remainder.expected),
        low=change(remainder.low),
        high=change(remainder.high),
        continued=change(remainder.continued),
    )
