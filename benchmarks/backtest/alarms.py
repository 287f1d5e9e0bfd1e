"""How often rules for spikes cry wolf, and what they find."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import mean, median

from benchmarks.backtest.months import daily, log_uniform
from cloudflare_budgets.domain.timeseries.spike import spike
from cloudflare_budgets.domain.timeseries.weekdays import WEEK, is_weekend

SIZES = (2, 3, 5, 10)
# A calm and a noisy world: the relative noise of a day. In both, weekends use half, and growth is 1 % a week.
NOISES = (0.10, 0.25)

_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_HISTORY = 35
_JUDGED = 90
_STEP = 3
_STEP_DAYS = 30
# What a working day of a metric costs, in dollars, and the budget: half as much again as its month.
_DAY_COST = (1.0, 30.0)
_LEAST_EXTRA = 5.0
_SHARE_OF_BUDGET = 0.05


@dataclass(frozen=True, slots=True)
class Days:
    """Complete days of a metric in dollars; the newest is judged, and less extra than `floor` is nothing."""

    first: datetime
    costs: tuple[float, ...]
    floor: float

    def until(self, count: int) -> "Days":
        """Take the first days."""
        return Days(self.first, self.costs[:count], self.floor)

    def multiplied(self, size: float, since: int) -> "Days":
        """Multiply a day and those after it."""
        return Days(
            self.first, (*self.costs[:since], *(cost * size for cost in self.costs[since:])), self.floor
        )


# Each tells what it alarms about, or `None`: the same thing is told once.
Rule = Callable[[Days], datetime | None]


def above_mean(days: Days) -> datetime | None:
    """Alarm 30 % over the mean of the week before."""
    return _over(days, 1.3 * mean(days.costs[-WEEK - 1 : -1]), mean(days.costs[-WEEK - 1 : -1]))


def ten_medians(days: Days) -> datetime | None:
    """Alarm at ten times the median of the week before."""
    return _over(days, 10 * median(days.costs[-WEEK - 1 : -1]), median(days.costs[-WEEK - 1 : -1]))


def _over(days: Days, line: float, usual: float) -> datetime | None:
    is_over = days.costs[-1] >= line and days.costs[-1] - usual >= days.floor
    return days.first + timedelta(days=len(days.costs)) if is_over else None


def ours(days: Days) -> datetime | None:
    """Alarm as the function does, once per episode."""
    found = spike(daily(days.first, days.costs), lambda extra: extra >= days.floor, judged=1)
    return found.since if found else None


RULES: dict[str, Rule] = {
    "30 % over the 7-day mean": above_mean,
    "10 times the 7-day median": ten_medians,
    "ours": ours,
}


@dataclass(frozen=True, slots=True)
class Alarms:
    """What a rule does.

    `false`: alarms per metric in 30 ordinary days; `found`: percent of single days found, by size;
    `told`: messages in the 30 days from a step on that stays.
    """

    false: float
    found: dict[int, float]
    told: float


def measure(rule: Rule, noise: float, metrics: int, *, with_floor: bool) -> Alarms:
    """Judge so many metrics for 90 days each, and the same ones with something happening."""
    chance = Random(f"{noise}")  # noqa: S311  # repeatable, and nothing secret
    known = [_ordinary(chance, noise, with_floor=with_floor) for _ in range(metrics)]
    event = [chance.randrange(_HISTORY, _HISTORY + _JUDGED) for _ in known]
    alarms = sum(_told(rule, days, _HISTORY, _JUDGED) for days in known)
    return Alarms(
        false=alarms * _STEP_DAYS / (_JUDGED * metrics),
        found={
            size: 100
            * sum(
                _told(rule, days.multiplied(size, day), day, 1)
                for days, day in zip(known, event, strict=True)
            )
            / metrics
            for size in SIZES
        },
        told=sum(_told(rule, days.multiplied(_STEP, _HISTORY), _HISTORY, _STEP_DAYS) for days in known)
        / metrics,
    )


def _told(rule: Rule, days: Days, start: int, count: int) -> int:
    found = {rule(days.until(index + 1)) for index in range(start, start + count)}
    return len(found - {None})


def _ordinary(chance: Random, noise: float, *, with_floor: bool) -> Days:
    first = _FIRST + timedelta(days=chance.randrange(WEEK))
    cost = log_uniform(chance, *_DAY_COST)
    costs = tuple(
        cost
        * (0.5 if is_weekend(first + timedelta(days=index)) else 1)
        * math.exp(0.01 * index / WEEK + chance.gauss(0, noise))
        for index in range(_HISTORY + _JUDGED)
    )
    budget = 1.5 * sum(costs[:_STEP_DAYS])
    return Days(first, costs, max(_LEAST_EXTRA, _SHARE_OF_BUDGET * budget) if with_floor else 0.0)
