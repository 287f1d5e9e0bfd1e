"""How much an account uses: pure functions of the account, the day and the hour it is asked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from local.cloudflare.accounts import Zone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from local.cloudflare.accounts import Metered, Surge
    from local.cloudflare.catalog import Metric

_DAY = timedelta(days=1)
_WEEKDAY_PERCENT = (105, 108, 107, 106, 100, 62, 55)
_WHOLE_ACCOUNT = Zone("", "", 100)


@dataclass(frozen=True, slots=True)
class DayOfUse:
    """What one metric counted on one UTC day, and in the month before that day."""

    metric: Metric
    zone: Zone | None
    day: date
    quantity: Decimal
    earlier_this_month: Decimal


def days_of_use(source: Metered, first: date, last: date, now: datetime) -> Iterator[DayOfUse]:
    """Measure every metric and zone on every day from `first` to `last`, both included.

    The running day counts up to `now`, later days do not exist, and a day without use has no entry.
    """
    for metric in source.metrics:
        for zone in source.zones if metric.zoned else (_WHOLE_ACCOUNT,):
            yield from _days_of_a_series(source, metric, zone, (first, min(last, now.date())), now)


def _days_of_a_series(
    source: Metered, metric: Metric, zone: Zone, days: tuple[date, date], now: datetime
) -> Iterator[DayOfUse]:
    first, last = days
    day, earlier = first.replace(day=1), Decimal(0)
    while day <= last:
        quantity = quantity_on(source, metric, zone, day, now)
        if day.day == 1:
            earlier = Decimal(0)
        if quantity and day >= first:
            yield DayOfUse(metric, zone if metric.zoned else None, day, quantity, earlier)
        earlier += quantity
        day += _DAY


def quantity_on(source: Metered, metric: Metric, zone: Zone, day: date, now: datetime) -> Decimal:
    """Measure one metric in one zone on one day, up to `now` if it is running, in the metric's unit."""
    seed = f"{source.seed}/{metric.id}/{zone.id}/{day.isoformat()}"
    percent = 100 if metric.steady else _WEEKDAY_PERCENT[day.weekday()]
    wobble = noise(seed, 10 if metric.steady else 150)
    whole_day = metric.per_day * source.scale * percent * zone.percent * wobble / (100 * 100 * 1000)
    seconds = _seconds_of_use(metric, source.surges, day, now)
    return (whole_day * seconds / 86400).quantize(metric.step, ROUND_FLOOR)


def noise(seed: str, spread: int) -> int:
    """Draw per mille of the usual amount, within `spread` of 1000; the same seed always draws the same."""
    digest = hashlib.blake2b(seed.encode(), digest_size=8).digest()
    return 1000 - spread + int.from_bytes(digest, "big") % (2 * spread + 1)


def _seconds_of_use(metric: Metric, surges: tuple[Surge, ...], day: date, now: datetime) -> int:
    start = datetime.combine(day, time(), UTC)
    end = min(now, start + _DAY)
    surged = (
        (surge.factor - 1) * _seconds_between(max(start, surge.since), end)
        for surge in surges
        if surge.metric_id == metric.id
    )
    return _seconds_between(start, end) + sum(surged)


def _seconds_between(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()))
