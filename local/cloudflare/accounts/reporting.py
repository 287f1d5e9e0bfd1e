"""How usage reaches the reports: late, restated, with gaps, by day and request time.

All of it was observed on real accounts: days that appear one or two days later, recent days that change, a
current day that is present or missing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.cloudflare.accounts.catalog import Metric


def between(seed: str, lowest: int, highest: int) -> int:
    """Draw from `lowest` to `highest`, both included; the same seed always draws the same."""
    digest = hashlib.blake2b(seed.encode(), digest_size=8).digest()
    return lowest + int.from_bytes(digest, "big") % (highest - lowest + 1)


_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Restatement:
    """A day begins between these percentages of what it will be, and gets there in so many days."""

    days: int
    lowest_percent: int
    highest_percent: int


@dataclass(frozen=True, slots=True)
class Stop:
    """The days of one metric that begin at or after `since` are never reported."""

    metric_id: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Drop:
    """From `since` on, days that began before it are reported at `percent` of their usage.

    Zero percent means no rows.
    """

    since: datetime
    percent: int
    metric_id: str | None = None


@dataclass(frozen=True, slots=True)
class Reporting:
    """How an account's days are reported.

    A day is there `lateness` after its end; None means at once, the running day included. The meters of a
    missing day have counted, which the running totals of Version 1 show, and its rows are not there.
    """

    lateness: timedelta | None = None
    restatement: Restatement | None = None
    missing_days: tuple[date, ...] = ()
    stops: tuple[Stop, ...] = ()
    drops: tuple[Drop, ...] = ()

    def shows(self, day: date, now: datetime) -> bool:
        """Return whether the rows of a day are reported at `now`."""
        if day in self.missing_days:
            return False
        return self.lateness is None or _start(day) + _DAY + self.lateness <= now

    def share(self, seed: str, metric: Metric, day: date, now: datetime) -> Decimal:
        """Return the share of a metric's day that is reported at `now`; 1 is the whole day."""
        start = _start(day)
        if any(stop.metric_id == metric.id and start >= stop.since for stop in self.stops):
            return Decimal(0)
        share = Decimal(1)
        for drop in self.drops:
            if drop.metric_id in (None, metric.id) and start < drop.since <= now:
                share *= Decimal(drop.percent) / 100
        return share * self._restated(f"{seed}/{metric.id}/{day.isoformat()}", day, now)

    def _restated(self, seed: str, day: date, now: datetime) -> Decimal:
        if not self.restatement:
            return Decimal(1)
        days = self.restatement.days
        still = days - min(days, max(0, (now - _start(day)) // _DAY - 1))
        first = between(seed, self.restatement.lowest_percent * 10, self.restatement.highest_percent * 10)
        return 1 + Decimal(first - 1000) * still / (1000 * days)


def midnight_before(now: datetime, days_ago: int) -> datetime:
    """Return the start of the UTC day that is `days_ago` days before the day of `now`."""
    return _start(now.date() - timedelta(days=days_ago))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
