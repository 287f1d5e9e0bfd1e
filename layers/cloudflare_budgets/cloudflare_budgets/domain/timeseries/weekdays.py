"""Weekday factors: how many times a mean day each weekday uses."""

from datetime import datetime
from decimal import Decimal, localcontext

from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.timeseries.series import WORKING, DailySeries, mean, median

# With fewer than 6 days a weekend is hardly seen; with fewer than 14, each weekday is seen at most once.
DAYS_FOR_KINDS = 6
DAYS_FOR_WEEKDAYS = 14
WEEK = 7

# A day counts for at most this many medians in the factors, because one spike is not a pattern.
_CLIP = 3
_HALF_WEEK = 3
_SATURDAY = 5


def is_weekend(day: datetime) -> bool:
    """Whether a day is a Saturday or a Sunday."""
    return day.weekday() >= _SATURDAY


def _weekdays(series: DailySeries) -> list[int]:
    """Return the weekday of each day of a series; Monday is 0."""
    first = series.first.weekday()
    return [(first + index) % WEEK for index in range(len(series.numbers))]


def on_working_days(series: DailySeries) -> list[Decimal]:
    """Return the numbers of Mondays to Fridays."""
    pairs = zip(series.numbers, _weekdays(series), strict=True)
    return [number for number, weekday in pairs if weekday < _SATURDAY]


def weekday_factors(series: DailySeries) -> tuple[Decimal, ...]:
    """Estimate how many times a mean day each weekday uses, Monday first; the mean factor is 1.

    Below 6 days all factors are 1; below 14 days working days share one factor, and weekend days another.
    From 14 days on, each weekday has its own factor: the median ratio of its days to the week around them,
    shrunk to the factor of its kind. Single days out of line do not change a factor.
    """
    count = len(series.numbers)
    if count < DAYS_FOR_KINDS:
        return (Decimal(1),) * WEEK
    ratios = _ratios(series)
    working_day = _pulled([ratio for seen in ratios[:_SATURDAY] for ratio in seen], Decimal(1))
    weekend = _pulled([ratio for seen in ratios[_SATURDAY:] for ratio in seen], Decimal(1))
    factors = [working_day] * _SATURDAY + [weekend] * (WEEK - _SATURDAY)
    if count >= DAYS_FOR_WEEKDAYS:
        factors = [_pulled(seen, factor) for seen, factor in zip(ratios, factors, strict=True)]
    average = mean(factors)
    return tuple(WORKING.divide(factor, average) for factor in factors)


def without_weekdays(series: DailySeries, factors: tuple[Decimal, ...]) -> list[Decimal]:
    """Divide each number by the factor of its weekday."""
    with localcontext(WORKING):
        return [
            number / factors[weekday]
            for number, weekday in zip(series.numbers, _weekdays(series), strict=True)
        ]


def _ratios(series: DailySeries) -> list[list[Decimal]]:
    """Return the weekday factors: each day divided by the mean of the week around it."""
    count = len(series.numbers)
    most = _CLIP * median(series.numbers)
    clipped = [max(ZERO, min(number, most)) for number in series.numbers]
    means = [mean(clipped[first : first + WEEK]) for first in range(max(1, count - WEEK + 1))]
    ratios: list[list[Decimal]] = [[] for _ in range(WEEK)]
    for index, (number, weekday) in enumerate(zip(clipped, _weekdays(series), strict=True)):
        around = means[max(0, min(index - _HALF_WEEK, count - WEEK))]
        if around > 0:
            ratios[weekday].append(WORKING.divide(number, around))
    return ratios


def _pulled(ratios: list[Decimal], anchor: Decimal) -> Decimal:
    """Take the median of ratios, shrunk to an anchor with the weight of one ratio."""
    if not ratios:
        return anchor
    with localcontext(WORKING):
        return (median(ratios) * len(ratios) + anchor) / (len(ratios) + 1)
