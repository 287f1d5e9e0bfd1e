"""What a budget's amount is expected to be when its period ends."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal, localcontext

from cloudflare_budgets.domain.amount import EXACT, ZERO, total
from cloudflare_budgets.domain.averages import told
from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.daily import DAY, DailySeries, series_of
from cloudflare_budgets.domain.daily_usage import DailyUsage
from cloudflare_budgets.domain.forecast import DAYS_FOR_CALM, DAYS_FOR_RANGE, MAX_DAYS, Forecast, forecast
from cloudflare_budgets.domain.knowledge import Knowledge
from cloudflare_budgets.domain.measure import Measured
from cloudflare_budgets.domain.period import Period
from cloudflare_budgets.domain.series_ahead import known_since
from cloudflare_budgets.domain.window import Window

# With fewer complete days nothing is forecast.
DAYS_FOR_FORECAST = 3

Days = Mapping[datetime, Decimal]
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


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a budget's amount is expected to be at its period's end, in the unit of its limit.

    Never below what was observed, and equal to it once nothing is left to come. `low` and `high` are
    the likely range, 8 times in 10, `None` below 4 complete days; `continued` is the amount if the last
    three days go on. It rests on `complete_days`; below 7 it `is_early`. What metrics `left_out`
    will cost is in none of these. `limit_on` is the day on which the limit is expected to be reached, if it
    is not yet and will be.
    """

    expected: Decimal
    low: Decimal | None
    high: Decimal | None
    continued: Decimal
    complete_days: int
    is_early: bool
    has_shifted: bool
    left_out: tuple[str, ...] = ()
    limit_on: datetime | None = None

    @property
    def is_enough(self) -> bool:
        """Whether thresholds on a forecast are judged by it: not while its days are too few for a range."""
        return self.complete_days >= DAYS_FOR_RANGE


def days_known(daily: DailyUsage) -> int:
    """Count the complete days that a forecast can rest on."""
    return min((daily.through - daily.began) // DAY, MAX_DAYS)


def outlook_of(measured: Measured, remainder: Remainder, daily: DailyUsage) -> Outlook:
    """Put what was observed and what is to come together.

    The unfinished day's rows are observed, but it is forecast as a whole day: so what comes is added to
    the complete days, and the observed amount is the least there can be.
    """
    complete = amount_of_complete_days(measured, daily)
    days = days_known(daily)

    def at_least(rest: Decimal) -> Decimal:
        if not rest:
            return measured.number  # to the last digit
        return max(measured.number, told(EXACT.add(complete, rest)))

    has_range = days >= DAYS_FOR_RANGE
    expected = at_least(remainder.expected)
    # A block that falls into the low scenario's days and out of the expected ones would cross them over.
    low = min(expected, at_least(remainder.low))
    high = max(expected, at_least(remainder.high))
    return Outlook(
        expected=expected,
        low=low if has_range else None,
        high=high if has_range else None,
        continued=at_least(remainder.continued),
        complete_days=days,
        is_early=days < DAYS_FOR_CALM,
        has_shifted=remainder.has_shifted,
        left_out=tuple(sorted(set(remainder.left_out))),
    )


def amount_of_complete_days(measured: Measured, daily: DailyUsage) -> Decimal:
    """Say what was observed on days that are forecast no more."""
    return total(part.number for part in measured.parts if part.charge.charge_period_start < daily.through)


def quantity_remainder(budget: Budget, window: Window, known: Knowledge) -> Remainder:
    """Forecast what a quantity budget's scope will use, each metric by itself."""
    metrics: defaultdict[str, list[Days]] = defaultdict(list)
    daily, period = known.daily, window.period
    ahead = known.ahead(budget.scope, window)
    for (series, unit), days in daily.quantities.items():
        if unit == budget.limit.unit and series in ahead:
            metrics[series.metric_id].append(days)
    since = known_since(budget.scope, daily, window)
    forecasts = (forecast_of(shares, since, daily, period.end) for shares in metrics.values())
    return sum((remainder_in(period, found) for found in forecasts if found), Remainder())


def forecast_of(
    shares: Iterable[Days], since: datetime, daily: DailyUsage, until: datetime
) -> Forecast | None:
    """Forecast the sum of several series of days, known since a day; `None` when nothing was used."""
    sums: defaultdict[datetime, Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for days in shares:
            for day, number in days.items():
                sums[day] += number
    series = series_of(sums, since, daily.through)
    watched = (series.first - max(since, daily.began)) // DAY
    alone = forecast(series, until)
    if alone is None or watched <= 0 or len(series.numbers) >= DAYS_FOR_FORECAST:
        return alone
    return _newcomer(series, watched, alone, until)


def _newcomer(series: DailySeries, watched: int, alone: Forecast, until: datetime) -> Forecast:
    """Forecast what was first used a day or two ago, while the account was watched for longer.

    Among days without use one day with it says nothing yet, and two are a change of level. How much it may
    come to follows from its own days: up to twice as much as if they went on.
    """
    padded = DailySeries(series.first - watched * DAY, (ZERO,) * watched + series.numbers)
    among = forecast(padded, until) or alone
    return replace(
        alone,
        expected=among.expected,
        high={day: EXACT.multiply(number, Decimal(2)) for day, number in alone.expected.items()},
        continued=among.continued,
        has_shifted=among.has_shifted,
    )


def remainder_in(period: Period, found: Forecast) -> Remainder:
    """Add up the days of a forecast that lie in a period."""
    expected = _sum_in(period, found.expected)
    return Remainder(
        expected,
        _sum_in(period, found.low) if found.low is not None else ZERO,
        _sum_in(period, found.high) if found.high is not None else EXACT.multiply(expected, Decimal(2)),
        _sum_in(period, found.continued),
        found.has_shifted,
        pieces=(lambda end: _sum_in(Period(period.start, end), found.expected),),
    )


def _then(piece: Before, change: Callable[[Decimal], Decimal]) -> Before:
    return lambda day: change(piece(day))


def _sum_in(period: Period, days: Days) -> Decimal:
    return total(number for day, number in days.items() if day in period)
