"""Anomalies of an account's metrics, independent of limits: spikes and new metrics."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from cloudflare_budgets.domain.budgets.budget import AlertOn, Budget, Scope
from cloudflare_budgets.domain.evaluation.context import EvaluationContext, known_since
from cloudflare_budgets.domain.pricing.allowance_pool import AllowancePool
from cloudflare_budgets.domain.pricing.price import Price
from cloudflare_budgets.domain.pricing.rating import worth
from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO, Amount, total
from cloudflare_budgets.domain.primitives.days import Days
from cloudflare_budgets.domain.primitives.period import DAY, PeriodKind
from cloudflare_budgets.domain.primitives.units import is_same_unit
from cloudflare_budgets.domain.timeseries.series import WORKING, DailySeries, round_estimate, series_of
from cloudflare_budgets.domain.timeseries.spike import Spike, spike
from cloudflare_budgets.domain.usage.daily_usage import DailyUsage
from cloudflare_budgets.domain.usage.fresh import Resource
from cloudflare_budgets.domain.usage.usage import Series

# The surplus of a day is worth an alert from 5 US dollars on, or from 5 % of the budget's limit on. The limit
# of a longer period is divided by its months: a day cannot wait until it is 5 % of a year.
_SPIKE_FLOOR = Amount(Decimal(5), "USD")
_SPIKE_SHARE = Decimal("0.05")
_MONTHS = {PeriodKind.QUARTER: 3, PeriodKind.YEAR: 12}
# Without a price in a currency to compare, a day is worth an alert from five times the usual quantity on.
_FAR_OUT = 5
# A new metric is worth an alert if it was not used for two weeks, and a day of it costs this much.
_NEW_FLOOR = Decimal(1)
_UNSEEN_FOR = 14 * DAY
# A new metric is reported for a week, so that failed runs do not lose the alert.
_NEWS_FOR = 7 * DAY


@dataclass(frozen=True, slots=True)
class Anomaly:
    """A spike or a new metric, and the budget whose `alert_on` requests the alert.

    `since`: the first day of the episode, or of the metric. `day`: the newest complete day out of line.
    `quantity`: what was used on `day`, in `unit`. `usual`: that of such a day; `None` for a new metric.
    `worth`: the marginal price of the day's surplus, without an allowance. `if_it_goes_on`: that of 30 days.
    Both are `None` without a price. `unseen_for`: for how many known days before `since` a new metric was not
    used. `through`: if `day` is not billed yet, the end of what analytics were read for; `quantity` is then
    the least. `listed_id`: the metric's id in the price list. `resources`: the metric's largest users.
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
    through: datetime | None = None
    listed_id: str = ""
    resources: tuple[Resource, ...] = ()

    @property
    def worth_per_hour(self) -> Amount | None:
        """The marginal price of an hour's surplus on a day that is not billed yet; else `None`."""
        if not self.worth or not self.through:
            return None
        minutes = (min(self.through, self.day + DAY) - self.day) // timedelta(minutes=1)
        an_hour = WORKING.divide(WORKING.multiply(self.worth.number, Decimal(60)), Decimal(minutes))
        return Amount(round_estimate(an_hour), self.worth.unit)


@dataclass(frozen=True, slots=True)
class _Metric:
    """The daily quantities of one metric of a scope in one unit, with its price if it has one.

    `first_used`: the first day with use, in any unit. `watched_since`: the first day whose usage is known.
    `unbilled`: the series with the days after it, at their least, as far as analytics were read (`through`).
    """

    metric_id: str
    name: str
    unit: str
    series: DailySeries
    first_used: datetime
    watched_since: datetime
    price: Price | None
    unbilled: DailySeries | None = None
    through: datetime | None = None


def anomalies_of(budgets: Sequence[Budget], context: EvaluationContext) -> list[Anomaly]:
    """Find the anomalies in the scopes of budgets with `alert_on`, each kind and place once.

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
    """Sum each metric of a scope over its zones, regions and subscriptions."""
    groups: defaultdict[str, dict[Series, dict[str, Days]]] = defaultdict(lambda: defaultdict(dict))
    for (series, unit), days in context.daily.quantities.items():
        if series.is_in(scope):
            groups[series.metric_id][series][unit] = days
    since = known_since(scope, context.daily)
    for group in groups.values():
        for metric in _units_of(group, context, since):
            yield _with_unbilled(metric, scope, context)


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
    # Version 1 appends the allowance to a name; the listed name is shorter.
    listed = pool.price.name if pool else ""
    return listed if listed not in ("", series.metric_id) else series.metric_name or series.metric_id


def _lined_up(shares: Sequence[Days], since: datetime, daily: DailyUsage) -> DailySeries:
    every_day = {day for days in shares for day in days}
    sums = {day: total(days[day] for days in shares if day in days) for day in every_day}
    return series_of(sums, since, daily.through)


def _with_unbilled(metric: _Metric, scope: Scope, context: EvaluationContext) -> _Metric:
    extended = context.extended
    if extended is None or not metric.series.numbers:
        return metric
    unbilled = extended.continued(metric.series, metric.metric_id, metric.unit, scope)
    return replace(metric, unbilled=unbilled, through=extended.fresh.through)


def _spike(metric: _Metric, budget: Budget) -> Anomaly | None:
    billed = _spike_in(metric.series, metric, budget)
    if metric.unbilled is None:
        return billed
    added = len(metric.unbilled.numbers) - len(metric.series.numbers)
    fresh = _spike_in(metric.unbilled, metric, budget, added)
    if fresh is None or (billed is not None and fresh.since == billed.since):
        return billed
    return replace(fresh, through=metric.through)


def _spike_in(series: DailySeries, metric: _Metric, budget: Budget, judged: int = 4) -> Anomaly | None:
    floor = _floor(metric, budget)
    found = spike(series, partial(_is_worth, metric, floor), judged)
    if found is None or (floor.unit == metric.unit and found.quantity < found.usual * _FAR_OUT):
        return None
    return _anomaly(AlertOn.SPIKE, metric, budget, found, EXACT.subtract(found.quantity, found.usual))


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
        listed_id=metric.price.metric_id if metric.price else metric.metric_id,
    )


def _is_worth(metric: _Metric, floor: Amount, surplus: Decimal) -> bool:
    value = _value(metric, surplus)
    number = value.number if value and value.unit == floor.unit else surplus
    return number >= floor.number


def _floor(metric: _Metric, budget: Budget) -> Amount:
    """Return the least surplus worth an alert, in the price's currency or the metric's unit."""
    monthly = WORKING.divide(budget.limit.number, Decimal(_MONTHS.get(budget.period, 1)))
    share = Amount(WORKING.multiply(monthly, _SPIKE_SHARE), budget.limit.unit)
    currency = metric.price.currency if metric.price else None
    # Amounts of different currencies are never compared.
    in_money = [floor for floor in (_SPIKE_FLOOR, share) if floor.unit == currency]
    if in_money:
        return max(in_money, key=lambda floor: floor.number)
    return Amount(share.number if is_same_unit(share.unit, metric.unit) else ZERO, metric.unit)


def _value(metric: _Metric, quantity: Decimal) -> Amount | None:
    number = worth(metric.price, quantity) if metric.price else None
    return Amount(number, metric.price.currency) if metric.price and number is not None else None


_JUDGES: dict[AlertOn, Callable[[_Metric, Budget], Anomaly | None]] = {
    AlertOn.SPIKE: _spike,
    AlertOn.NEW_METRIC: _newcomer,
}
