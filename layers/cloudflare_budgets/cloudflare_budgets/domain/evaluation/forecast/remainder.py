"""What the remaining days are expected to add."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, localcontext

from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO, total
from cloudflare_budgets.domain.primitives.days import Days, add_days, total_in
from cloudflare_budgets.domain.primitives.period import DAY, Period, days_in
from cloudflare_budgets.domain.timeseries.forecast import (
    SeriesForecast,
    forecast_series,
)
from cloudflare_budgets.domain.timeseries.series import DailySeries, series_of
from cloudflare_budgets.domain.usage.daily_usage import DailyUsage

# With fewer complete days nothing is forecast.
DAYS_FOR_FORECAST = 3

Before = Callable[[datetime], Decimal]


@dataclass(frozen=True, slots=True)
class Remainder:
    """The expected amount of the days after the complete ones, in the unit of a limit.

    `low` and `high` are the ends of the likely range; `continued` is the sum if each day is like the mean of
    the last three. `left_out` are metrics without a price. `pieces` return for each metric what is expected
    before a day: costs are not linear, since they start when an allowance is used up.
    """

    expected: Decimal = ZERO
    low: Decimal = ZERO
    high: Decimal = ZERO
    continued: Decimal = ZERO
    has_shifted: bool = False
    left_out: tuple[str, ...] = ()
    pieces: tuple[Before, ...] = ()

    def before(self, day: datetime) -> Decimal:
        """Return what is expected to be added before a day."""
        return total(piece(day) for piece in self.pieces)

    def __add__(self, other: "Remainder") -> "Remainder":
        with localcontext(EXACT):
            return Remainder(
                self.expected + other.expected,
                self.low + other.low,
                self.high + other.high,
                self.continued + other.continued,
                self.has_shifted or other.has_shifted,
                (*self.left_out, *other.left_out),
                (*self.pieces, *other.pieces),
            )

    def changed(self, change: Callable[[Decimal], Decimal]) -> "Remainder":
        """Apply a function, such as a price, to each amount."""
        return Remainder(
            change(self.expected),
            change(self.low),
            change(self.high),
            change(self.continued),
            self.has_shifted,
            self.left_out,
            tuple(_then(piece, change) for piece in self.pieces),
        )


def forecast_of(
    shares: Iterable[Days], since: datetime, daily: DailyUsage, until: datetime
) -> SeriesForecast | None:
    """Forecast the sum of series of days, known since a day; `None` when nothing was used.

    Days that have begun are at least what was used so far.
    """
    days = add_days(shares)
    begun = {day: number for day, number in days.items() if daily.through <= day < until and number > 0}
    series = series_of(days, since, daily.through)
    watched = (series.first - max(since, daily.began)) // DAY
    found = forecast_series(series, until)
    if found is not None and watched > 0 and len(series.numbers) < DAYS_FOR_FORECAST:
        found = _newcomer(series, watched, found, until)
    return _with_begun_days(found, begun, Period(daily.through, until)) if begun else found


def _with_begun_days(found: SeriesForecast | None, begun: Days, period: Period) -> SeriesForecast:
    """Raise a forecast to what was used on days that have begun.

    A day out of the likely range may be the first of a new level: the high end then includes that every
    later day is like the largest such day.
    """
    days = [period.start + index * DAY for index in range(days_in(period))]
    nothing = dict.fromkeys(days, ZERO)
    expected, continued = (found.expected, found.continued) if found else (nothing, nothing)
    low = (found.low if found else None) or nothing
    high = (found.high if found else None) or twice(expected)
    surprising = [number for day, number in begun.items() if number > high[day]]
    level, first = max(surprising, default=ZERO), min(begun)

    def raised(numbers: Days, later: Decimal = ZERO) -> dict[datetime, Decimal]:
        least = {day: max(begun.get(day, ZERO), later if day > first else ZERO) for day in days}
        return {day: max(number, numbers.get(day, ZERO)) for day, number in least.items()}

    return SeriesForecast(
        raised(expected),
        raised(low),
        raised(high, level),
        raised(continued),
        found.complete_days if found else 0,
        found.is_early if found else True,
        found.has_shifted if found else False,
    )


def twice(days: Days) -> Days:
    """Return the double of each day."""
    return {day: EXACT.multiply(number, Decimal(2)) for day, number in days.items()}


def _newcomer(series: DailySeries, watched: int, alone: SeriesForecast, until: datetime) -> SeriesForecast:
    """Forecast usage that started one or two days ago, while the account was watched for longer.

    After days without use, one day with use proves no level, and two are a change of level. The high end
    follows from the days with use alone: twice as much as if they continued.
    """
    padded = DailySeries(series.first - watched * DAY, (ZERO,) * watched + series.numbers)
    among = forecast_series(padded, until) or alone
    return replace(
        alone,
        expected=among.expected,
        high=twice(alone.expected),
        continued=among.continued,
        has_shifted=among.has_shifted,
    )


def remainder_in(period: Period, found: SeriesForecast) -> Remainder:
    """Add up the days of a forecast that lie in a period."""
    expected = total_in(found.expected, period)
    return Remainder(
        expected,
        total_in(found.low, period) if found.low is not None else ZERO,
        total_in(found.high, period) if found.high is not None else EXACT.multiply(expected, Decimal(2)),
        total_in(found.continued, period),
        found.has_shifted,
        pieces=(lambda end: total_in(found.expected, Period(period.start, end)),),
    )


def _then(piece: Before, change: Callable[[Decimal], Decimal]) -> Before:
    return lambda day: change(piece(day))
