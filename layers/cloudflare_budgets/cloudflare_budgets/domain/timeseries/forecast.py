"""The forecast of one series: quantities of the days to come, with a likely range.

The level and the weekday factors are robust against single days. The range is learned from the series:
the noise of single days, and the drift of weekly totals. `make backtest` compares the method with others,
on real and on synthetic series.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext
from functools import lru_cache

from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.timeseries.drift import weekly_drift
from cloudflare_budgets.domain.timeseries.level import Level, level_of, level_of_weeks
from cloudflare_budgets.domain.timeseries.series import WORKING, DailySeries, mean, round_estimate
from cloudflare_budgets.domain.timeseries.weekdays import (
    DAYS_FOR_WEEKDAYS,
    WEEK,
    is_weekend,
    weekday_factors,
    without_weekdays,
)

# Five weeks: each weekday five times.
MAX_DAYS = 35
# With fewer complete days there is no range, or the forecast is called early.
DAYS_FOR_RANGE = 4
DAYS_FOR_CALM = 7

Days = Mapping[datetime, Decimal]

_DAYS_TO_CONTINUE = 3
# A normal error stays within this many standard deviations 8 times in 10; the variance of a median is
# half of pi times the variance of a mean.
_EIGHT_IN_TEN = Decimal("1.28")
_MEDIAN_VARIANCE = Decimal("1.57")
# Of a level that changes by 1 a week (mean absolute logarithm, the steps independent and normal): the
# standard deviation of its mean over the first week to come, the square root of pi / 6.
_DRIFT = Decimal("0.7236")
# Errors are not normal: found by back-test on real series, `make backtest`.
_WIDEN_STEADY = Decimal("1.05")
_WIDEN_SHIFTED = Decimal("1.5")
_WIDEN_EARLY = Decimal("1.2")
# A range of four times more or less is wide enough to say that the series cannot be forecast.
_WIDEST = Decimal("1.4")


@dataclass(frozen=True, slots=True)
class SeriesForecast:
    """The expected quantity of each remaining day, by day (midnights, UTC); never below zero.

    The sums of `low` and `high` are the likely range of the remainder, 8 times in 10; both are `None`
    below 4 complete days, and when nothing was used lately. `continued`: each day is like the mean of
    the last 3. `complete_days`: the number of days that the forecast is made from. `is_early`: fewer than
    7. `has_shifted`: the newest days have another level than those before.
    """

    expected: Mapping[datetime, Decimal]
    low: Mapping[datetime, Decimal] | None
    high: Mapping[datetime, Decimal] | None
    continued: Mapping[datetime, Decimal]
    complete_days: int
    is_early: bool
    has_shifted: bool


def forecast_series(series: DailySeries, until: datetime) -> SeriesForecast | None:
    """Forecast the days from a series' end to `until` (exclusive); `None` without any day.

    The newest 35 days are used. The caller decides from how many complete days on a forecast is shown.
    """
    if not series.numbers:
        return None
    recent = series.newest(MAX_DAYS)
    shape = _shape_of(recent)
    days = [series.end + index * DAY for index in range((until - series.end) // DAY)]
    with localcontext(WORKING):
        expected = {day: max(ZERO, shape.level.number * shape.factors[day.weekday()]) for day in days}
    continued = dict.fromkeys(days, round_estimate(max(ZERO, mean(recent.numbers[-_DAYS_TO_CONTINUE:]))))
    count = len(recent.numbers)
    low, high = _range(shape, expected, continued, count) if count >= DAYS_FOR_RANGE else (None, None)
    return SeriesForecast(
        expected=_scaled(expected, Decimal(1)),
        low=low,
        high=high,
        continued=continued,
        complete_days=count,
        is_early=count < DAYS_FOR_CALM,
        has_shifted=shape.level.has_shifted,
    )


@dataclass(frozen=True, slots=True)
class _Shape:
    """The estimates from one series: weekday factors (Monday first), level, and weekly drift."""

    factors: tuple[Decimal, ...]
    level: Level
    drift: Decimal


@lru_cache(maxsize=512)  # several budgets and windows share a series
def _shape_of(recent: DailySeries) -> _Shape:
    factors = weekday_factors(recent)
    first_weeks = len(recent.numbers) < DAYS_FOR_WEEKDAYS
    ends_in_weekend = is_weekend(recent.end - DAY)
    level = level_of(
        without_weekdays(recent, factors), is_weekend_known=not (first_weeks and ends_in_weekend)
    )
    if not level.number and not level.has_shifted:
        level = level_of_weeks(recent.numbers)
    # The level accounts for a shift, so the drift must not count it again.
    before = recent.numbers[: len(recent.numbers) - level.run]
    return _Shape(factors, level, weekly_drift(before, level.spread))


def _scaled(expected: Mapping[datetime, Decimal], factor: Decimal) -> dict[datetime, Decimal]:
    return {day: round_estimate(WORKING.multiply(number, factor)) for day, number in expected.items()}


def _range(
    shape: _Shape, expected: Days, continued: Days, complete_days: int
) -> tuple[Days | None, Days | None]:
    """Find the likely range by day, its low and high ends; `None` if nothing was used lately.

    The expected quantities are divided and multiplied by one factor. If the newest day may be the first
    one of a new level, the range also includes that the last three days continue.
    """
    level = shape.level
    if not level.number and not any(continued.values()):
        return None, None
    factor = _range_factor(shape, complete_days, len(expected))
    low = _scaled(expected, WORKING.divide(1, factor))
    high = _scaled(expected, factor)
    if level.may_rise or not level.number:
        high = {day: max(number, continued[day]) for day, number in high.items()}
    return low, high


def _range_factor(shape: _Shape, complete_days: int, remaining: int) -> Decimal:
    """Estimate the factor between the expected remainder and an end of its range, at least 1.

    Two errors are added, as logarithms: the noise of single days (those to come, and those that the level
    is the median of), and the drift of the level, modelled as a random walk.
    """
    if not remaining:
        return Decimal(1)
    level = shape.level
    with localcontext(WORKING):
        noise = level.spread * (1 / Decimal(remaining) + _MEDIAN_VARIANCE / level.days).sqrt()
        drift = _DRIFT * shape.drift * (Decimal(remaining) / WEEK).sqrt()
        share = _EIGHT_IN_TEN * _widening(level, complete_days) * (noise + drift)
        return min(_WIDEST, share).exp()


def _widening(level: Level, complete_days: int) -> Decimal:
    if level.has_shifted:
        return _WIDEN_SHIFTED
    return _WIDEN_EARLY if complete_days < DAYS_FOR_WEEKDAYS else _WIDEN_STEADY
