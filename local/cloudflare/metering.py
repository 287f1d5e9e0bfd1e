"""What was metered on which day, as it is reported at a given moment, with the period's totals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import product
from typing import TYPE_CHECKING

from local.cloudflare.account import Crowd, GivenRows, Zone
from local.cloudflare.catalog import METRICS
from local.cloudflare.pricing import Total
from local.cloudflare.usage import per_mille, quantity_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloudflare.account import Account, Metered
    from local.cloudflare.catalog import Metric
    from local.cloudflare.subscriptions import Cycle, Subscription

_DAY = timedelta(days=1)
_WHOLE_ACCOUNT = Zone("", "", 100)


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """What one metric counted on one UTC day, and in its billing period before and after that day."""

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
