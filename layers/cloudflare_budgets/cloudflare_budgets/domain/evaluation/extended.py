"""Extends billed usage with charges for fresh usage, which are rated and summed alike."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from cloudflare_budgets.domain.budgets.budget import Scope
from cloudflare_budgets.domain.pricing.allowance_pool import AllowancePools, pools_of
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.primitives.days import Days, add_days
from cloudflare_budgets.domain.primitives.period import DAY, Period, midnight
from cloudflare_budgets.domain.timeseries.series import DailySeries, median
from cloudflare_budgets.domain.timeseries.spike import USUAL_DAYS
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.daily_usage import DailyUsage
from cloudflare_budgets.domain.usage.fresh import FreshFigure, FreshHistory, FreshUsage, billed_as, remembered
from cloudflare_budgets.domain.usage.fresh_scale import Scale, provisional_days, scale_of
from cloudflare_budgets.domain.usage.usage import Series, Usage, gross_days

_V1_UNIT = "Count"


@dataclass(frozen=True)  # no slots, since cached properties need a `__dict__`
class Extended:
    """Billed usage with provisional charges, at the lower bound and at the middle estimate.

    `adds`: there is such a charge.
    """

    fresh: FreshUsage
    scales: Mapping[str, Scale]
    least: Usage
    middle: Usage
    daily: DailyUsage
    prices: PriceList
    ids: Mapping[Series, str]
    adds: bool = True

    @property
    def billed_metrics(self) -> frozenset[str]:
        """The metrics of the account, by their ids in the price list."""
        return frozenset(self.ids.values())

    def continued(self, series: DailySeries, metric_id: str, unit: str, scope: Scope) -> DailySeries:
        """Return a metric's series with the least of the days after it, the running day in part.

        A day with less than usual so far counts as usual: it is not known to be quiet.
        """
        days = add_days(
            {midnight(charge.charge_period_start): charge.consumed_quantity}
            for found, charges in self.least.series.items()
            if found.metric_id == metric_id and found.is_in(scope)
            for charge in charges
            if charge.consumed_unit == unit
        )
        usual = median(series.newest(USUAL_DAYS).numbers)
        count = (midnight(self.fresh.through) - series.end) // DAY + 1
        added = (max(usual, days.get(series.end + index * DAY, ZERO)) for index in range(count))
        return DailySeries(series.first, (*series.numbers, *added))

    @cached_property
    def least_pools(self) -> AllowancePools:
        """The pools in which the lower bound is priced; built when a cost is evaluated."""
        return pools_of(self.least, self.daily, self.prices)

    @cached_property
    def middle_pools(self) -> AllowancePools:
        """The pools in which the middle estimate is priced; built when a cost is evaluated."""
        return pools_of(self.middle, self.daily, self.prices)


def extend(  # noqa: PLR0913 - two sources of usage, and what compares them
    usage: Usage,
    daily: DailyUsage,
    prices: PriceList,
    fresh: FreshUsage,
    *,
    history: FreshHistory,
    rows_end: datetime,
) -> Extended:
    """Return the usage with what fresh usage adds to it.

    Args:
        usage: What was billed.
        daily: What was billed by day, over the last weeks.
        prices: Prices, which map ids of metrics to those of analytics.
        fresh: What analytics counted.
        history: What analytics counted on earlier complete days, to compare with what was billed.
        rows_end: The end of the newest billed row.
    """
    through = min(rows_end, fresh.through)
    counted = remembered(history, fresh)
    series, billed = _billed(usage, daily, prices, fresh.since)
    scales: dict[str, Scale] = {}
    added: dict[str, Mapping[datetime, FreshFigure]] = {}
    for metric, figures in fresh.days.items():
        if not figures:
            continue
        listed = billed_as(metric, billed)
        rows = billed.get(listed, {})
        scales[listed] = scale_of(listed, counted.get(metric, {}), rows, through)
        added[listed] = provisional_days(figures, rows, scales[listed], through)
    templates = {metric: _template(metric, series.get(metric, ()), usage, prices) for metric in added}
    least = _with(usage, templates, {metric: _lower(days) for metric, days in added.items()})
    middle = _with(usage, templates, {metric: _middle(days) for metric, days in added.items()})
    return Extended(
        fresh,
        scales,
        least,
        middle,
        daily,
        prices,
        {each: _listed_id(each, prices) for each in usage.series},
        any(added.values()),
    )


def _billed(
    usage: Usage, daily: DailyUsage, prices: PriceList, since: datetime
) -> tuple[Mapping[str, Sequence[Series]], Mapping[str, Days]]:
    """Return the billed series and days of each metric by its id in the price list."""
    ids = {series: _listed_id(series, prices) for series in usage.series}
    found: defaultdict[str, list[Series]] = defaultdict(list)
    for series, metric in ids.items():
        found[metric].append(series)
    days: defaultdict[str, list[Days]] = defaultdict(list)
    for (series, _), quantities in daily.quantities.items():
        days[_listed_id(series, prices)].append(quantities)
    newest = {metric: _rows_since(since, usage, its) for metric, its in found.items()}
    return found, {
        metric: {**add_days(days[metric]), **newest.get(metric, {})} for metric in days.keys() | newest.keys()
    }


def _rows_since(since: datetime, usage: Usage, series: Iterable[Series]) -> Days:
    # The daily usage leaves out days that are not complete.
    return add_days(
        {midnight(charge.charge_period_start): charge.consumed_quantity}
        for each in series
        for charge in usage.series[each]
        if charge.charge_period_start >= since and not charge.is_correction
    )


def _listed_id(series: Series, prices: PriceList) -> str:
    price = prices.find(series.metric_id, series.metric_name, series.product_family)
    return price.metric_id if price else series.metric_id


def _template(
    metric: str, series: Sequence[Series], usage: Usage, prices: PriceList
) -> tuple[Series, Charge]:
    """Return the series that provisional charges of a metric join, and a charge to copy.

    Analytics of an account know neither zone nor subscription. Where billed rows of the metric have several,
    the charges join none of them, and only budgets without such a scope count the charges.
    """
    if len(series) == 1:
        return series[0], usage.series[series[0]][-1]
    if series:
        first = series[0]
        bare = Series(first.metric_id, first.metric_name, first.product_family, *[None] * 6)
        return bare, usage.series[first][-1]._replace(billing_period_start=None)
    price = prices.prices.get(metric)
    name, family, units = (price.name, price.family, price.units) if price else (metric, None, (_V1_UNIT,))
    unit = _V1_UNIT if usage.source == "v1" and _V1_UNIT in units else units[0]
    at = usage.reading.charges[-1].charge_period_start
    return Series(metric, name, family, *[None] * 6), Charge(at, at, Decimal(0), unit)


def _with(usage: Usage, templates: Mapping[str, tuple[Series, Charge]], days: Mapping[str, Days]) -> Usage:
    cycles = {cycle.period.start: cycle.period for cycle in usage.cycles}
    series, by_day = dict(usage.series), dict(usage.days)
    for metric, (its_series, template) in templates.items():
        added = list(_charges(template, cycles, days[metric]))
        if added:
            series[its_series] = [*series.get(its_series, ()), *added]
            by_day[its_series] = gross_days(series[its_series])
    return replace(usage, series=series, days=by_day)


def _charges(template: Charge, cycles: Mapping[datetime, Period], days: Days) -> Iterator[Charge]:
    start = template.billing_period_start
    cycle = cycles.get(start) if start else None
    for day, quantity in days.items():
        if quantity > 0:
            # Without a start, a charge belongs to each cycle that contains its day: the next has no rows yet.
            yield Charge(
                day,
                day + DAY,
                quantity,
                template.consumed_unit,
                billing_currency=template.billing_currency,
                billing_period_start=start if cycle and day in cycle else None,
            )


def _lower(days: Mapping[datetime, FreshFigure]) -> Days:
    return {day: figure.lower for day, figure in days.items()}


def _middle(days: Mapping[datetime, FreshFigure]) -> Days:
    return {day: figure.middle for day, figure in days.items()}
