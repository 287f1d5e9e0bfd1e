"""How much an account uses: pure functions of account, day and hour of the request."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING

from local.cloudflare.accounts.reporting import between

if TYPE_CHECKING:
    from local.cloudflare.accounts.account import Metered, Surge, Zone
    from local.cloudflare.accounts.catalog import Metric


_DAY = timedelta(days=1)
_WEEKDAY_PERCENT = (105, 108, 107, 106, 100, 62, 55)


def quantity_on(source: Metered, metric: Metric, zone: Zone, day: date, now: datetime) -> Decimal:
    """Measure a metric in a zone on a day, up to `now` if it is running, in its unit."""
    percent = 100 if metric.steady else _WEEKDAY_PERCENT[day.weekday()]
    wobble = per_mille(f"{source.seed}/{metric.id}/{zone.id}/{day.isoformat()}", 10 if metric.steady else 150)
    whole_day = metric.per_day * source.scale * percent * zone.percent * wobble / (100 * 100 * 1000)
    seconds = _seconds_of_use(metric, source.surges, day, now)
    return (whole_day * seconds / 86400).quantize(metric.step, ROUND_FLOOR)


def per_mille(seed: str, spread: int) -> int:
    """Draw per mille of the usual amount, within `spread` of 1000."""
    return between(seed, 1000 - spread, 1000 + spread)


def _seconds_of_use(metric: Metric, surges: tuple[Surge, ...], day: date, now: datetime) -> int:
    start = datetime.combine(day, time(), UTC)
    end = min(now, start + _DAY)
    surged = (
        (surge.factor - 1) * _seconds_between(max(start, surge.since), min(end, surge.until or end))
        for surge in surges
        if surge.metric_id == metric.id
    )
    return _seconds_between(start, end) + sum(surged)


def _seconds_between(start: datetime, end: datetime) -> int:
    return max(0, int((end - start).total_seconds()))
