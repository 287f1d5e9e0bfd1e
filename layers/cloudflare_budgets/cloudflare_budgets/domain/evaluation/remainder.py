"""What the remaining days are expected to add."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, localcontext

from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO, total
from cloudflare_budgets.domain.primitives.days import Days, add_days, total_in
from cloudflare_budgets.domain.primitives.period import DAY, Period
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
    """What the days to come are expected to bring, in the unit of a budget's limit.

    `low` and `high` are the ends of the likely range, `continued` is what comes if each day is like
    the mean of the last three. `left_out` names the metrics that nobody can price. `pieces` say of each
    metric what is expected before a day: costs follow no line, for they begin when an allowance is used up.
    """

    expected: Decimal = ZERO
    low: Decimal = ZERO
    high: Decimal = ZERO
    continued: Decimal = ZERO
    has_shifted: bool = False
    left_out: tuple[str, ...] = ()
    pieces: tuple[Before, ...] = ()

    def before(self, day: datetime) -> Decimal:
        """Say what the days to come are expected to bring before one of them."""
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
        """Change each of its amounts in one way, as pricing them does."""
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
    """Forecast the sum of several series of days, known since a day; `None` when nothing was used."""
    series = series_of(add_days(shares), since, daily.through)
    watched = (series.first - max(since, daily.began)) // DAY
    alone = forecast_series(series, until)
    if alone is None or watched <= 0 or len(series.numbers) >= DAYS_FOR_FORECAST:
        return alone
    return _newcomer(series, watched, alone, until)


def _newcomer(series: DailySeries, watched: int, alone: SeriesForecast, until: datetime) -> SeriesForecast:
    """Forecast what was first used a day or two ago, while the account was watched for longer.

    Among days without use one day with it says nothing yet, and two are a change of level. How much it may
    come to follows from its own days: up to twice as much as if they went on.
    """
    padded = DailySeries(series.first - watched * DAY, (ZERO,) * watched + series.numbers)
    among = forecast_series(padded, until) or alone
    return replace(
        alone,
        expected=among.expected,
        high={day: EXACT.multiply(number, Decimal(2)) for day, number in alone.expected.items()},
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
