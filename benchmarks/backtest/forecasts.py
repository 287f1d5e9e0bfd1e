"""Forecasts of a month's total, each from what is known on the same day."""

from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.backtest.library import auto_ets
from benchmarks.backtest.months import Month, daily
from cloudflare_budgets.domain.primitives.amount import total
from cloudflare_budgets.domain.timeseries.forecast import SeriesForecast, forecast_series

_WEEK = 7


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast of a month's total, and the 80 % range, if the method has one."""

    total: float
    low: float | None = None
    high: float | None = None

    def holds(self, actual: float) -> bool | None:
        """Whether the range holds the actual total; `None` without a range."""
        return None if self.low is None or self.high is None else self.low <= actual <= self.high

    def error(self, actual: float) -> float:
        """Return the absolute error as a share of the actual total."""
        return abs(self.total / actual - 1)


Method = Callable[[Month], Forecast | None]


def run_rate_with_unfinished_day(month: Month) -> Forecast:
    """Continue at the mean day so far, with the unfinished day counted as a day."""
    return Forecast((month.to_date + month.unfinished) / (month.complete + 1) * month.length)


def run_rate(month: Month) -> Forecast:
    """Continue at the mean of the period's complete days."""
    return Forecast(month.to_date / month.complete * month.length)


def last_week(month: Month) -> Forecast:
    """Continue at the mean of the last seven complete days, including days before the period."""
    recent = month.known[-_WEEK:]
    return Forecast(month.to_date + sum(recent) / len(recent) * month.remaining)


def last_three(month: Month) -> Forecast:
    """Continue like the last three complete days: the second scenario of each message."""
    return Forecast(month.to_date + float(total(_made(month).continued.values())))


def library(month: Month) -> Forecast | None:
    """Forecast with statsforecast's AutoETS; `None` if the library is not installed, or days are too few."""
    made = auto_ets(month)
    return None if made is None else Forecast(*(month.to_date + number for number in made))


def ours(month: Month) -> Forecast:
    """Forecast as each check does."""
    made = _made(month)
    expected = month.to_date + float(total(made.expected.values()))
    if made.low is None or made.high is None:
        return Forecast(expected)
    low, high = (month.to_date + float(total(side.values())) for side in (made.low, made.high))
    return Forecast(expected, low, high)


def _made(month: Month) -> SeriesForecast:
    made = forecast_series(daily(month.first, month.known), month.end)
    if made is None:
        message = "a month needs a complete day"
        raise ValueError(message)
    return made


METHODS: dict[str, Method] = {
    "run-rate with the unfinished day": run_rate_with_unfinished_day,
    "run-rate": run_rate,
    "mean of the last 7": last_week,
    "mean of the last 3": last_three,
    "AutoETS": library,
    "ours": ours,
}
