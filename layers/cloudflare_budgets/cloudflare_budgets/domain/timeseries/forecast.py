"""How much of one thing will be used on the days to come.

The method was chosen by simulation (`make backtest`): of those that need no more than the days
themselves it was about the best on steady months, and the best one after a change of level and after a single
day out of line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from functools import lru_cache

from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.timeseries.level import LEAST_RUN, Level, level_of
from cloudflare_budgets.domain.timeseries.series import WORKING, DailySeries, mean, round_estimate
from cloudflare_budgets.domain.timeseries.weekdays import DAYS_FOR_WEEKDAYS, WEEK, is_weekend, weekday_factors

# Five weeks: every weekday a few times, and nothing from longer ago.
MAX_DAYS = 35
# With fewer complete days there is no range, and a forecast is early.
DAYS_FOR_RANGE = 4
DAYS_FOR_CALM = 7

_DAYS_TO_CONTINUE = 3
_LEAST_SPREAD = Decimal("0.05")
# Eight forecasts in ten shall end within the range, for a normal error; the variance of a median is
# half of pi times that of a mean.
_EIGHT_IN_TEN = Decimal("1.28")
_MEDIAN_VARIANCE = Decimal("1.57")
_DRIFT = Decimal("0.01")
# Errors are not normal: found by simulation, `make backtest`.
_WIDEN_STEADY = Decimal("1.3")
_WIDEN_SHIFTED = Decimal("1.6")
_WIDEN_EARLY = Decimal("2.0")


@dataclass(frozen=True, slots=True)
class SeriesForecast:
    """What each remaining day is expected to use, by day (midnights, UTC); never below zero.

    The sums of `low` and `high` are the likely range of the remainder, 8 times in 10; both are `None`
    below 4 complete days and when the level is zero. `continued`: each day is like the mean of the
    last 3. `complete_days`: how many days the forecast is made from. `is_early`: fewer than 7.
    `has_shifted`: the level changed within the last days.
    """

    expected: Mapping[datetime, Decimal]
    low: Mapping[datetime, Decimal] | None
    high: Mapping[datetime, Decimal] | None
    continued: Mapping[datetime, Decimal]
    complete_days: int
    is_early: bool
    has_shifted: bool


def forecast_series(series: DailySeries, until: datetime) -> SeriesForecast | None:
    """Forecast the days from the end of a series up to `until` (exclusive); `None` without any day.

    The newest 35 days count. Before four complete days a forecast is a guess: whether to show it is
    the caller's decision.
    """
    if not series.numbers:
        return None
    recent = series.newest(MAX_DAYS)
    factors, level = _shape_of(recent)
    days = [series.end + index * DAY for index in range((until - series.end) // DAY)]
    with localcontext(WORKING):
        expected = {day: max(ZERO, level.number * factors[day.weekday()]) for day in days}
    count = len(recent.numbers)
    share = _range_share(level, count, len(days))
    has_range = count >= DAYS_FOR_RANGE and level.number > 0
    continued = round_estimate(max(ZERO, mean(recent.numbers[-_DAYS_TO_CONTINUE:])))
    return SeriesForecast(
        expected=_scaled(expected, Decimal(1)),
        low=_scaled(expected, max(ZERO, 1 - share)) if has_range else None,
        high=_scaled(expected, 1 + share) if has_range else None,
        continued=dict.fromkeys(days, continued),
        complete_days=count,
        is_early=count < DAYS_FOR_CALM,
        has_shifted=level.has_shifted,
    )


@lru_cache(maxsize=512)  # several budgets, and windows, are forecast from the same days
def _shape_of(recent: DailySeries) -> tuple[tuple[Decimal, ...], Level]:
    factors = weekday_factors(recent)
    return factors, level_of(_without_weekdays(recent, factors), _least_run(recent))


def _least_run(series: DailySeries) -> int:
    """Say how many days make a shift: a weekend makes none while weekends are hardly known."""
    first_weeks = len(series.numbers) < DAYS_FOR_WEEKDAYS
    return LEAST_RUN + 1 if first_weeks and is_weekend(series.end - DAY) else LEAST_RUN


def _without_weekdays(series: DailySeries, factors: tuple[Decimal, ...]) -> list[Decimal]:
    with localcontext(WORKING):
        return [number / factors[series.day(index).weekday()] for index, number in enumerate(series.numbers)]


def _scaled(expected: Mapping[datetime, Decimal], factor: Decimal) -> dict[datetime, Decimal]:
    return {day: round_estimate(WORKING.multiply(number, factor)) for day, number in expected.items()}


def _range_share(level: Level, complete_days: int, remaining: int) -> Decimal:
    """Say how far the range reaches to either side, as a share of what is expected to remain.

    Three things are uncertain: each day by itself, the level they have in common, and its drift.
    """
    if not remaining:
        return ZERO
    with localcontext(WORKING):
        spread = max(_LEAST_SPREAD, level.spread)
        weeks = Decimal(remaining) / WEEK
        drift = _DRIFT * weeks.sqrt() * min(Decimal(1), weeks)
        variance = spread**2 / remaining + _MEDIAN_VARIANCE * spread**2 / level.days + drift**2
        return _EIGHT_IN_TEN * _widening(level, complete_days) * variance.sqrt()


def _widening(level: Level, complete_days: int) -> Decimal:
    if complete_days < DAYS_FOR_WEEKDAYS:
        return _WIDEN_EARLY
    return _WIDEN_SHIFTED if level.has_shifted else _WIDEN_STEADY
