"""Usage that is out of line, whatever the limits: a metric's spike, or a metric never seen before."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import AlertOn, Budget, Scope
from cloudflare_budgets.domain.evaluation.context import EvaluationContext, known_since
from cloudflare_budgets.domain.pricing.allowance_pool import AllowancePool
from cloudflare_budgets.domain.pricing.price import Price
from cloudflare_budgets.domain.pricing.rating import worth
from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO, Amount, total
from cloudflare_budgets.domain.primitives.days import Days
from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.timeseries.series import DailySeries, series_of
from cloudflare_budgets.domain.timeseries.spike import Spike, spike
from cloudflare_budgets.domain.usage.daily_usage import DailyUsage
from cloudflare_budgets.domain.usage.usage import Series

# A day's surplus is told from 5 US dollars on, or from a twentieth of the budget.
_SPIKE_FLOOR = Amount(Decimal(5), "USD")
_SPIKE_SHARE = Decimal("0.05")
# What nobody can price, or not in a currency to compare with, is told from five times the usual on.
_FAR_OUT = 5
# A newcomer is told once a day of it is worth so much, if it is seen after two weeks without it.
_NEW_FLOOR = Decimal(1)
_UNSEEN_FOR = 14 * DAY
# It stays news for so long, that no failed run may swallow it.
_NEWS_FOR = 7 * DAY


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One metric of an account out of line, and the budget that asked for being told.

    `quantity` was used on `day`, the newest complete day out of line, in `unit`; `usual` is what is
    usual there, `None` for a metric that is new. `since` is the first day of the episode, or of the
    metric. `worth` is what the surplus of that day is worth by its price, with no allowance left;
    `if_it_goes_on` the same for the 30 days to come. Both are `None` where there is no price.
    A new metric was not used on the `unseen_for` days before, which is as far as anybody knows.
    """

    kind: AlertOn
    budget: Budget
    metric_id: str
    name: str
    unit: str
    since: datetime
    day: datetime
    days: int
    quantity: Decimal
    usual: Decimal | None
    worth: Amount | None
    if_it_goes_on: Amount | None
    unseen_for: int = 0


@dataclass(frozen=True, slots=True)
class _Metric:
    """What one metric of a scope counted in one unit, each day of it, and its price, if it has one.

    `first_used` is its first day with use, in whatever unit, `watched_since` the first day known.
    """

    metric_id: str
    name: str
    unit: str
    series: DailySeries
    first_used: datetime
    watched_since: datetime
    price: Price | None


def anomalies_of(budgets: Sequence[Budget], context: EvaluationContext) -> list[Anomaly]:
    """Find what is out of line in the scope of budgets that ask for it; each metric once of a kind and place.

    Of several budgets, the first one with the lowest floor is named.
    """
    found: dict[tuple[AlertOn, str, str], Anomaly] = {}
    asking = [budget for budget in budgets if budget.alert_on and not budget.is_muted(context.as_of)]
    metrics = {scope: list(_metrics(context, scope)) for scope in {budget.scope for budget in asking}}
    pairs = [(metric, budget) for budget in asking for metric in metrics[budget.scope]]
    for metric, budget in sorted(pairs, key=lambda pair: _floor(*pair).number):
        for kind in budget.alert_on:
            key = (kind, metric.metric_id, budget.scope.place)
            anomaly = None if key in found else _JUDGES[kind](metric, budget)
            if anomaly:
                found[key] = anomaly
    return list(found.values())


def _metrics(context: EvaluationContext, scope: Scope) -> Iterator[_Metric]:
    """Add each metric of a scope up over its zones, regions and subscriptions."""
    groups: defaultdict[str, dict[Series, dict[str, Days]]] = defaultdict(lambda: defaultdict(dict))
    for (series, unit), days in context.daily.quantities.items():
        if series.is_in(scope):
            groups[series.metric_id][series][unit] = days
    since = known_since(scope, context.daily)
    for group in groups.values():
        yield from _units_of(group, context, since)


def _units_of(
    group: Mapping[Series, Mapping[str, Days]], context: EvaluationContext, since: datetime
) -> Iterator[_Metric]:
    newest = list(group)[-1]
    lined = {
        unit: _lined_up(
            [by_unit[unit] for by_unit in group.values() if unit in by_unit], since, context.daily
        )
        for unit in {unit: None for by_unit in group.values() for unit in by_unit}
    }
    first_used = min(series.first for series in lined.values())
    pool = next((context.pools.of[series] for series in group if series in context.pools.of), None)
    for unit, series in lined.items():
        yield _Metric(
            newest.metric_id,
            _name(newest, pool),
            unit,
            series,
            first_used,
            max(since, context.daily.began),
            pool.price if pool else None,
        )


def _name(series: Series, pool: AllowancePool | None) -> str:
    # Version 1 writes the allowance into a name, where a reader looks for what is out of line.
    listed = pool.price.name if pool else ""
    return listed if listed not in ("", series.metric_id) else series.metric_name or series.metric_id


def _lined_up(shares: Sequence[Days], since: datetime, daily: DailyUsage) -> DailySeries:
    every_day = {day for days in shares for day in days}
    sums = {day: total(days[day] for days in shares if day in days) for day in every_day}
    return series_of(sums, since, daily.through)


def _spike(metric: _Metric, budget: Budget) -> Anomaly | None:
    floor = _floor(metric, budget)
    found = spike(metric.series, _is_worth(metric, floor))
    if found is None or (floor.unit == metric.unit and found.quantity < found.usual * _FAR_OUT):
        return None
    surplus = EXACT.subtract(found.quantity, found.usual)
    return _anomaly(AlertOn.SPIKE, metric, budget, found, surplus)


def _newcomer(metric: _Metric, budget: Budget) -> Anomaly | None:
    series, first = metric.series, metric.first_used
    unseen_for = first - metric.watched_since
    is_news = unseen_for >= _UNSEEN_FOR and series.end - first <= _NEWS_FOR
    if not series.numbers or not is_news:
        return None
    index = max(range(len(series.numbers)), key=lambda each: series.numbers[each])
    value = _value(metric, series.numbers[index])
    if value is not None and value.number < _NEW_FLOOR:
        return None
    biggest = Spike(first, series.day(index), series.numbers[index], Decimal(0), len(series.numbers))
    found = _anomaly(AlertOn.NEW_METRIC, metric, budget, biggest, series.numbers[index])
    return replace(found, unseen_for=unseen_for // DAY)


def _anomaly(kind: AlertOn, metric: _Metric, budget: Budget, found: Spike, surplus: Decimal) -> Anomaly:
    value = _value(metric, surplus)
    return Anomaly(
        kind,
        budget,
        metric.metric_id,
        metric.name,
        metric.unit,
        found.since,
        found.day,
        found.days,
        found.quantity,
        found.usual if kind is AlertOn.SPIKE else None,
        value,
        Amount(EXACT.multiply(value.number, Decimal(30)), value.unit) if value else None,
    )


def _is_worth(metric: _Metric, floor: Amount) -> Callable[[Decimal], bool]:
    def is_worth(surplus: Decimal) -> bool:
        value = _value(metric, surplus)
        number = value.number if value and value.unit == floor.unit else surplus
        return number >= floor.number

    return is_worth


def _floor(metric: _Metric, budget: Budget) -> Amount:
    """Say from how much on a surplus is told: in the currency of the price, or else in the metric's unit.

    Amounts of different currencies are never compared.
    """
    share = Amount(EXACT.multiply(budget.limit.number, _SPIKE_SHARE), budget.limit.unit)
    currency = metric.price.currency if metric.price else None
    in_money = [floor for floor in (_SPIKE_FLOOR, share) if floor.unit == currency]
    if in_money:
        return max(in_money, key=lambda floor: floor.number)
    return share if share.unit == metric.unit else Amount(ZERO, metric.unit)


def _value(metric: _Metric, quantity: Decimal) -> Amount | None:
    number = worth(metric.price, quantity) if metric.price else None
    return Amount(number, metric.price.currency) if metric.price and number is not None else None


_JUDGES: dict[AlertOn, Callable[[_Metric, Budget], Anomaly | None]] = {
    AlertOn.SPIKE: _spike,
    AlertOn.NEW_METRIC: _newcomer,
}
