"""Adds up a budget's charges in one unit, and splits the sum by day, family and metric."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, localcontext
from enum import StrEnum

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind, listed
from cloudflare_budgets.domain.pricing.price import Price, PriceList
from cloudflare_budgets.domain.pricing.rated import Rated
from cloudflare_budgets.domain.pricing.reconciliation import DayReconciliation, Reconciliation
from cloudflare_budgets.domain.primitives.amount import EXACT, total
from cloudflare_budgets.domain.primitives.days import Days, add_days, by_day
from cloudflare_budgets.domain.primitives.period import DAY, midnight
from cloudflare_budgets.domain.primitives.units import is_same_unit
from cloudflare_budgets.domain.usage.charge import Charge, metric_slug
from cloudflare_budgets.domain.usage.usage import Series

# Concurrent browsers; https://developers.cloudflare.com/browser-rendering/platform/pricing/
_PEAK_AVERAGE = "average_concurrent"


class CostBasis(StrEnum):
    """The source of costs: Cloudflare, a price list, or both."""

    BILLED = "billed"
    ESTIMATED = "estimated"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Costs:
    """The source of a cost budget's amount.

    `estimated` is the part that is computed from the price list. `comparison` is the list cost of the pools
    that are billed far from it. `prices` are the prices of the estimate.
    """

    basis: CostBasis
    estimated: Rated | None = None
    comparison: Reconciliation | None = None
    prices: tuple[Price, ...] = ()


@dataclass(frozen=True, slots=True)
class Contribution:
    """The amount that one charge adds to a budget, in the unit of the budget's limit."""

    series: Series
    charge: Charge
    number: Decimal


@dataclass(frozen=True, slots=True)
class Measurement:
    """The sum of a budget's charges, in the unit of its limit.

    With a `gap` a part of the charges is not known, and the true amount is `number` or more. `costs` is the
    source of a cost budget's amount, and `compared` the billed and the list cost of its billed pools by day.
    """

    number: Decimal
    parts: tuple[Contribution, ...]
    gap: Unknown | None = None
    costs: Costs | None = None
    compared: tuple[DayReconciliation, ...] = ()

    @property
    def corrections(self) -> Decimal | None:
        """The part of a cost that corrects earlier invoices; `None` without corrections."""
        numbers = [part.number for part in self.parts if part.charge.is_correction and part.number]
        return total(numbers) if numbers and self.costs else None

    @property
    def credits(self) -> Decimal | None:
        """The part of a cost that is refunded, below zero; `None` without refunds."""
        numbers = [part.number for part in self.parts if part.number < 0 and not part.charge.is_correction]
        return total(numbers) if numbers and self.costs else None

    def by_series(self) -> "Measurement":
        """Return the amounts with one contribution per series and no comparison, to save memory.

        `corrections` and `credits` cannot be computed from the result.
        """
        found: dict[Series, Contribution] = {}
        with localcontext(EXACT):
            for part in self.parts:
                before = found.get(part.series)
                number = before.number + part.number if before else part.number
                found[part.series] = Contribution(part.series, part.charge, number)
        return replace(self, parts=tuple(found.values()), compared=())

    @property
    def low(self) -> Decimal:
        """The lowest possible amount, by the bounds of its estimate."""
        rated = self.costs.estimated if self.costs else None
        return total((self.number, -rated.number, rated.low)) if rated else self.number

    @property
    def high(self) -> Decimal:
        """The highest possible amount, by the bounds of its estimate."""
        rated = self.costs.estimated if self.costs else None
        return total((self.number, -rated.number, rated.high)) if rated else self.number


def counts_in(limit_unit: str, unit: str, series: Series, prices: PriceList) -> bool:
    """Return whether a series in a unit counts towards a limit in another spelling or unit.

    The price list names the units of a metric that are one, such as `Count` and `Milliseconds`.
    """
    if is_same_unit(limit_unit, unit):
        return True
    price = _price_of(series, prices)
    return price is not None and price.is_one_unit(limit_unit, unit)


def _price_of(series: Series, prices: PriceList) -> Price | None:
    return prices.find(series.metric_id, series.metric_name, series.product_family)


def _named_unit(unit: str, series: Series, prices: PriceList) -> str:
    price = _price_of(series, prices)
    shown = price.shown_unit(unit) if price else unit
    return f"{shown or 'no unit'} ({series.metric_id})"


def measure_quantity(
    budget: Budget, usage: Iterable[tuple[Series, Charge]], prices: PriceList
) -> Measurement | Unknown:
    """Add up consumed quantities of one unit, without corrections."""
    charges = [(series, charge) for series, charge in usage if not charge.is_correction]
    unit = budget.limit.unit
    averages = [
        each.metric_id for each in dict.fromkeys(series for series, _ in charges) if _is_peak_average(each)
    ]
    if averages:
        text = f"{listed(averages)} is billed as the mean of daily peaks, which its rows do not add up to"
        return Unknown(UnknownKind.NOT_SUMMABLE, f"{text}: leave it out of `scope`")
    units = dict.fromkeys((series, charge.consumed_unit) for series, charge in charges)
    others = [
        (series, its_unit) for series, its_unit in units if not counts_in(unit, its_unit, series, prices)
    ]
    if others:
        found = listed(_named_unit(its_unit, series, prices) for series, its_unit in others)
        text = f"the limit is in {unit}, but its scope covers usage in {found}"
        advice = "narrow `scope`, or write `limit` in the unit of the usage"
        return Unknown(UnknownKind.UNKNOWN_UNIT, f"{text}: {advice}")
    parts = tuple(Contribution(series, charge, charge.consumed_quantity) for series, charge in charges)
    return Measurement(total(part.number for part in parts), parts)


def _is_peak_average(series: Series) -> bool:
    return _PEAK_AVERAGE in series.metric_id or _PEAK_AVERAGE in metric_slug(series.metric_name or "")


OTHER = "Other"


@dataclass(frozen=True, slots=True)
class DailyBreakdown:
    """The amount that each day (midnights, UTC) added to a budget, in the unit of its limit.

    `families` splits the same days up by product family. Days without any row are left out.
    """

    days: Days = field(default_factory=dict)
    families: Mapping[str, Days] = field(default_factory=dict)


def daily_breakdown(parts: Iterable[Contribution]) -> DailyBreakdown:
    """Add up contributions by day and by product family."""
    families = by_day(
        (part.series.product_family or OTHER, part.charge.charge_period_start, part.number) for part in parts
    )
    return DailyBreakdown(
        dict(sorted(add_days(families.values()).items())),
        {name: dict(sorted(days.items())) for name, days in sorted(families.items())},
    )


MAX_DRIVERS = 5


@dataclass(frozen=True, slots=True)
class Driver:
    """The amount that one metric (in one zone, if it has zones) adds, in the unit of the budget.

    `last_day` is its amount on the last complete day, `day_before` on the day before that one;
    both are `None` when there was none. `data_through` is the end of its newest charge period.
    """

    metric_id: str
    name: str
    zone: str | None
    amount: Decimal
    last_day: Decimal | None
    day_before: Decimal | None
    data_through: datetime


def biggest_drivers(parts: Iterable[Contribution], complete_through: datetime) -> tuple[Driver, ...]:
    """Return the metrics that add most, largest first.

    Args:
        parts: what each charge contributes.
        complete_through: the instant up to which days are complete.
    """
    grouped: defaultdict[tuple[str, str | None], list[Contribution]] = defaultdict(list)
    for part in parts:
        grouped[part.series.metric_id, part.series.zone_name or part.series.zone_id].append(part)
    last_day = midnight(complete_through) - DAY
    amounts = {key: total(part.number for part in group) for key, group in grouped.items()}
    positive = [(amount, *key) for key, amount in amounts.items() if amount > 0]
    positive.sort(key=lambda each: (-each[0], each[1], each[2] or ""))
    return tuple(
        _driver(metric_id, zone, amount, grouped[metric_id, zone], last_day)
        for amount, metric_id, zone in positive[:MAX_DRIVERS]
    )


def _driver(
    metric_id: str, zone: str | None, amount: Decimal, parts: list[Contribution], last_day: datetime
) -> Driver:
    return Driver(
        metric_id,
        parts[0].series.metric_name or metric_id,
        zone,
        amount,
        _on(parts, last_day),
        _on(parts, last_day - DAY),
        max(part.charge.charge_period_end for part in parts),
    )


def _on(parts: list[Contribution], day: datetime) -> Decimal | None:
    numbers = [part.number for part in parts if midnight(part.charge.charge_period_start) == day]
    return total(numbers) if numbers else None
