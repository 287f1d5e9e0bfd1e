"""Rules for spikes on synthetic days: their false alarms, and the spikes they find."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import mean, median, stdev

from benchmarks.backtest.months import daily, log_uniform
from cloudflare_budgets.domain.timeseries.spike import spike
from cloudflare_budgets.domain.timeseries.weekdays import WEEK, is_weekend

SIZES = (2, 3, 5, 10)
# The relative noise of a day in a calm and in a noisy world. Weekends use half; growth is 1 % a week.
NOISES = (0.10, 0.25)

_TWO_WEEKS = 14
_FOUR_WEEKS = 28
_FIRST = datetime(2026, 1, 1, tzinfo=UTC)
_HISTORY = 35
_JUDGED = 90
_STEP = 3
_STEP_DAYS = 30
# The cost of a working day of a metric, in dollars. The budget is 1.5 times the cost of a month.
_DAY_COST = (1.0, 30.0)
_LEAST_EXTRA = 5.0
_SHARE_OF_BUDGET = 0.05


@dataclass(frozen=True, slots=True)
class Days:
    """Complete days of a metric in dollars. The newest is judged; a surplus below `floor` is no alarm."""

    first: datetime
    costs: tuple[float, ...]
    floor: float

    def until(self, count: int) -> "Days":
        """Return the first days."""
        return Days(self.first, self.costs[:count], self.floor)

    def multiplied(self, size: float, since: int) -> "Days":
        """Multiply a day and the days after it."""
        return Days(
            self.first, (*self.costs[:since], *(cost * size for cost in self.costs[since:])), self.floor
        )


# Returns what the alarm is about, or `None`. Alarms about the same thing are one message.
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


def deviations_from_median(days: Days) -> datetime | None:
    """Alarm four deviations above the median of four weeks."""
    recent = days.costs[-_FOUR_WEEKS - 1 : -1]
    usual = median(recent)
    deviation = 1.4826 * median(abs(cost - usual) for cost in recent)
    return _over(days, usual + 4 * deviation, usual)


def deviations_from_mean(days: Days) -> datetime | None:
    """Alarm three standard deviations above the mean of two weeks."""
    recent = days.costs[-_TWO_WEEKS - 1 : -1]
    return _over(days, mean(recent) + 3 * stdev(recent), mean(recent))


def ours(days: Days) -> datetime | None:
    """Alarm as each check does, once per episode."""
    found = spike(daily(days.first, days.costs), lambda extra: extra >= days.floor, judged=1)
    return found.since if found else None


RULES: dict[str, Rule] = {
    "30 % over the 7-day mean": above_mean,
    "10 times the 7-day median": ten_medians,
    "median + 4 MAD, 28 days": deviations_from_median,
    "mean + 3 deviations, 14 days": deviations_from_mean,
    "ours": ours,
}


@dataclass(frozen=True, slots=True)
class Alarms:
    """The results of a rule.

    `false`: alarms per metric in 30 ordinary days. `found`: percent of single days found, by size. `told`:
    messages in the 30 days after a permanent step.
    """

    false: float
    found: dict[int, float]
    told: float


def measure(rule: Rule, noise: float, metrics: int, *, with_floor: bool) -> Alarms:
    """Judge so many metrics for 90 days each, first without and then with an event."""
    chance = Random(f"{noise}")  # noqa: S311  # repeatable, and not secret
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
