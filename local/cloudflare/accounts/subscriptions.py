"""Subscriptions and their billing cycles: from anchor day to anchor day, in UTC.

An anchor day that a month lacks falls on its last day; Cloudflare calls anchors 29 to 31
ambiguous and does not define them. Source: its "How billing works" page, and the specification of Version 1.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.cloudflare.accounts.catalog import Metric


_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cycle:
    """One billing period: from `start` up to and without `end`."""

    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Subscription:
    """Usage of product categories that is billed together, from `start` until before `end`.

    The day of the month of `start` is the anchor of its cycles.
    """

    id: str
    name: str
    categories: tuple[str, ...]
    start: date
    end: date | None = None

    def cycle_on(self, day: date) -> Cycle:
        """Find the cycle that a day belongs to."""
        return _cycle(self.start.day, day)

    def cycle_before(self, cycle: Cycle) -> Cycle:
        """Find the cycle that ends where this one starts."""
        return self.cycle_on(cycle.start - _DAY)

    def bills(self, metric: Metric, day: date) -> bool:
        """Return whether the metric's usage of a day belongs to this subscription."""
        return metric.category in self.categories and self.start <= day and (not self.end or day < self.end)


@lru_cache(maxsize=4096)
def _cycle(anchor_day: int, day: date) -> Cycle:
    start = _anchored(anchor_day, day)
    if start > day:
        start = _anchored(anchor_day, day.replace(day=1) - _DAY)
    return Cycle(start, _anchored(anchor_day, start.replace(day=28) + 4 * _DAY))


def _anchored(anchor_day: int, month: date) -> date:
    return month.replace(day=min(anchor_day, monthrange(month.year, month.month)[1]))
