"""How much more or less than a mean day each weekday uses."""

from datetime import datetime
from decimal import Decimal, localcontext

from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.timeseries.series import WORKING, DailySeries, mean, median

# With fewer days there is hardly a weekend among them; with fewer than two weeks, a weekday was seen once.
DAYS_FOR_KINDS = 6
DAYS_FOR_WEEKDAYS = 14
WEEK = 7

# A day counts no more than so many medians in the factors, or one spike makes a pattern.
_CLIP = 3
_HALF_WEEK = 3
_SATURDAY = 5


def is_weekend(day: datetime) -> bool:
    """Tell a day of the weekend from a working day."""
    return day.weekday() >= _SATURDAY


def weekday_factors(series: DailySeries) -> tuple[Decimal, ...]:
    """Find how many times a mean day each weekday is, Monday first; their mean is 1.

    Below 14 days, working days have one factor and the weekend another, and below 6 days all are 1.
    From 14 days on each weekday has its own: its median ratio to the week around it, the nearer to
    its kind's the fewer weeks have been seen. Both are robust against single days out of line.
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


def _ratios(series: DailySeries) -> list[list[Decimal]]:
    """Divide each day by the mean of the week around it, by weekday; at the ends, of the last week there."""
    count = len(series.numbers)
    most = _CLIP * median(series.numbers)
    clipped = [max(ZERO, min(number, most)) for number in series.numbers]
    ratios: list[list[Decimal]] = [[] for _ in range(WEEK)]
    for index, number in enumerate(clipped):
        first = max(0, min(index - _HALF_WEEK, count - WEEK))
        around = mean(clipped[first : first + WEEK])
        if around > 0:
            ratios[series.day(index).weekday()].append(WORKING.divide(number, around))
    return ratios


def _pulled(ratios: list[Decimal], anchor: Decimal) -> Decimal:
    """Take the median of ratios, pulled towards an anchor by the weight of one more ratio."""
    if not ratios:
        return anchor
    with localcontext(WORKING):
        return (median(ratios) * len(ratios) + anchor) / (len(ratios) + 1)
