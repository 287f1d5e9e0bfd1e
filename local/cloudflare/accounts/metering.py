"""Metered usage per day as reported at a time, with its cost and running totals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from itertools import product
from typing import TYPE_CHECKING

from local.cloudflare.accounts.account import Crowd, GivenRows, Zone
from local.cloudflare.accounts.catalog import METRICS, Allowance, Rounding
from local.cloudflare.accounts.usage import per_mille, quantity_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloudflare.accounts.account import Account, Metered
    from local.cloudflare.accounts.catalog import Metric, Price
    from local.cloudflare.accounts.subscriptions import Cycle, Subscription


_ZERO = Decimal(0)
_WHOLE_BLOCKS = {Rounding.BLOCK: ROUND_CEILING, Rounding.NEAREST: ROUND_HALF_UP}


@dataclass(frozen=True, slots=True)
class Total:
    """What a meter has counted since its billing period began.

    `billable` is the part of `quantity` beyond the allowance, `cost` is in USD and counts whole blocks where
    the price does.
    """

    quantity: Decimal = _ZERO
    billable: Decimal = _ZERO
    cost: Decimal = _ZERO

    def plus(self, price: Price, day: Decimal) -> Total:
        """Add the quantity of one more day."""
        quantity = self.quantity + day
        if price.allowance is Allowance.DAY:
            billable = _beyond_allowance(price, day)
            return Total(quantity, self.billable + billable, self.cost + _cost(price, billable))
        billable = _beyond_allowance(price, quantity)
        return Total(quantity, billable, _cost(price, billable))


def plain(number: Decimal) -> Decimal:
    """Drop trailing zeros after the point; ten stays 10 and does not become 1E+1."""
    return Decimal(format(number.normalize(), "f"))


def _beyond_allowance(price: Price, quantity: Decimal) -> Decimal:
    return max(_ZERO, quantity - price.included)


def _cost(price: Price, billable: Decimal) -> Decimal:
    blocks = billable / price.per
    if price.rounding in _WHOLE_BLOCKS:
        blocks = blocks.to_integral_value(_WHOLE_BLOCKS[price.rounding])
    return price.amount * blocks


_DAY = timedelta(days=1)
_WHOLE_ACCOUNT = Zone("", "", 100)


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """What a metric counted on a day (UTC), and in its billing period before and after."""

    metric: Metric
    zone: Zone | None
    day: date
    subscription: Subscription
    before: Total
    after: Total

    @property
    def quantity(self) -> Decimal:
        """What the day itself counted, in the metric's unit."""
        return self.after.quantity - self.before.quantity

    @property
    def cost(self) -> Decimal:
        """What the day adds to the bill, in USD."""
        return self.after.cost - self.before.cost

    @property
    def cycle(self) -> Cycle:
        """The billing period of the day."""
        return self.subscription.cycle_on(self.day)


def days_of_use(account: Account, first: date, last: date, now: datetime) -> Iterator[DayOfUse]:
    """Measure every metric and zone on every day from `first` to `last`, both included.

    The running day counts up to `now`, later days do not exist, and a day without use has no entry. Rows that
    were given have not been measured.
    """
    last = min(last, now.date())
    match account.source:
        case GivenRows():
            return
        case Crowd(rows_per_month):
            yield from _crowd(account, rows_per_month, (first, last), now)
        case metered:
            for metric in metered.metrics:
                for zone in metered.zones if metric.zoned else (_WHOLE_ACCOUNT,):
                    meter = _Meter(account, metered, metric, zone)
                    yield from (used for used in meter.days(first, last, now) if used.quantity)


@dataclass(frozen=True, slots=True)
class _Meter:
    """What counts one metric in one zone, or in the whole account."""

    account: Account
    source: Metered
    metric: Metric
    zone: Zone

    def days(self, first: date, last: date, now: datetime) -> Iterator[DayOfUse]:
        total, period = Total(), None
        zone = self.zone if self.metric.zoned else None
        for day, subscription in self._billed_days(first, last):
            if period != (subscription.id, subscription.cycle_on(day)):
                total, period = Total(), (subscription.id, subscription.cycle_on(day))
            before, total = total, total.plus(self.metric.price, self._reported(day, now))
            if day >= first and self.account.reporting.shows(day, now):
                yield DayOfUse(self.metric, zone, day, subscription, before, total)

    def _reported(self, day: date, now: datetime) -> Decimal:
        share = self.account.reporting.share(self.source.seed, self.metric, day, now)
        quantity = quantity_on(self.source, self.metric, self.zone, day, now)
        return (share * quantity).quantize(self.metric.step, ROUND_FLOOR)

    def _billed_days(self, first: date, last: date) -> Iterator[tuple[date, Subscription]]:
        """List the days, and those of the billing period before them, each with what bills it."""
        bill = self._billed_by(first)
        for day in _days_between(bill.cycle_on(first).start if bill else first, last):
            subscription = self._billed_by(day)
            if subscription:
                yield day, subscription

    def _billed_by(self, day: date) -> Subscription | None:
        return next((one for one in self.account.subscriptions if one.bills(self.metric, day)), None)


def _crowd(
    account: Account, rows_per_month: int, days: tuple[date, date], now: datetime
) -> Iterator[DayOfUse]:
    bills = {category: one for one in account.subscriptions for category in one.categories}
    for day, count in _rows_of_each_day(rows_per_month, days, now):
        zones = (Zone(f"{number:032x}", f"zone-{number}.example.com", 100) for number in range(1, count + 1))
        for (zone, metric), _ in zip(product(zones, METRICS), range(count), strict=False):
            wobble = per_mille(f"{metric.id}/{zone.id}/{day}", 150)
            total = Total().plus(metric.price, (metric.per_day * wobble / 1000).quantize(metric.step))
            yield DayOfUse(metric, zone, day, bills[metric.category], Total(), total)


def _rows_of_each_day(
    rows_per_month: int, days: tuple[date, date], now: datetime
) -> Iterator[tuple[date, int]]:
    for day in _days_between(*days):
        begun = now.day if (day.year, day.month) == (now.year, now.month) else _days_in_month(day)
        yield day, rows_per_month // begun + (day.day <= rows_per_month % begun)


def _days_in_month(day: date) -> int:
    return ((day.replace(day=28) + 4 * _DAY).replace(day=1) - _DAY).day


def _days_between(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
