"""Synthetic months: the daily usage of a metric, drawn at random."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random

from cloudflare_budgets.domain.timeseries.series import DailySeries
from cloudflare_budgets.domain.timeseries.weekdays import WEEK, is_weekend

PERIOD = 30
CASES = ("steady", "quiet weekends", "growth", "shift", "spike")

_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_LEVEL = (10.0, 10_000.0)
# Of a working day, what a day of the weekend uses; the relative noise of a day; the growth in a week.
_WEEKEND = {"quiet weekends": (0.1, 0.4)}
_ANY_WEEKEND = (0.3, 1.0)
_NOISE = (0.05, 0.25)
_TREND = {"growth": (0.02, 0.04)}
_ANY_TREND = (-0.03, 0.03)
_SHIFT = (2.0, 10.0)
_SPIKE = (5.0, 30.0)


@dataclass(frozen=True, slots=True)
class Month:
    """A period at the instant of a forecast.

    `days`: `history` known days before the period, then all days of the period. `complete`: how many days
    of the period are complete. Of the next day, 60 % are reported.
    """

    first: datetime
    days: tuple[float, ...]
    history: int
    complete: int

    @property
    def length(self) -> int:
        """How many days the period has."""
        return len(self.days) - self.history

    @property
    def end(self) -> datetime:
        """The midnight after the last day of the period."""
        return self.first + timedelta(days=len(self.days))

    @property
    def known(self) -> tuple[float, ...]:
        """The complete days, those before the period included."""
        return self.days[: self.history + self.complete]

    @property
    def to_date(self) -> float:
        """The usage of the period's complete days."""
        return sum(self.days[self.history : self.history + self.complete])

    @property
    def remaining(self) -> int:
        """How many days of the period are not complete."""
        return self.length - self.complete

    @property
    def unfinished(self) -> float:
        """The reported usage of the unfinished day."""
        return 0.6 * self.days[self.history + self.complete]

    @property
    def actual(self) -> float:
        """The usage of the whole period."""
        return sum(self.days[self.history :])


def month(chance: Random, case: str, history: int, complete: int) -> Month:
    """Draw a month of 30 days of a case, whose event is on one of the month's complete days.

    A shift is at least two complete days old; `shift yesterday` is one day old, and looks like a spike.
    """
    first = _FIRST + timedelta(days=chance.randrange(WEEK))
    days = _ordinary(chance, case, first, history + PERIOD)
    if case == "spike":
        days[history + chance.randrange(complete)] *= log_uniform(chance, *_SPIKE)
    elif case.startswith("shift"):
        seen = 1 if case == "shift yesterday" else chance.randint(2, complete)
        since, times = history + complete - seen, log_uniform(chance, *_SHIFT)
        days[since:] = [day * times for day in days[since:]]
    return Month(first, tuple(days), history, complete)


def daily(first: datetime, days: Sequence[float]) -> DailySeries:
    """Convert days to the series that the forecast is made from."""
    return DailySeries(first, tuple(Decimal(f"{day:.6f}") for day in days))


def _ordinary(chance: Random, case: str, first: datetime, count: int) -> list[float]:
    level = log_uniform(chance, *_LEVEL)
    weekend = chance.uniform(*_WEEKEND.get(case, _ANY_WEEKEND))
    noise = chance.uniform(*_NOISE)
    trend = chance.uniform(*_TREND.get(case, _ANY_TREND))
    return [
        level
        * (weekend if is_weekend(first + timedelta(days=index)) else 1)
        * math.exp(trend * index / WEEK + chance.gauss(0, noise))
        for index in range(count)
    ]


def log_uniform(chance: Random, low: float, high: float) -> float:
    """Draw a number whose logarithm is uniformly distributed."""
    return math.exp(chance.uniform(math.log(low), math.log(high)))
