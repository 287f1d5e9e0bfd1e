"""Forecasts of a month's total, each method by what it knows at the same instant."""

from collections.abc import Callable
from datetime import timedelta

from benchmarks.backtest.months import PERIOD, Month, daily
from cloudflare_budgets.domain.primitives.amount import total
from cloudflare_budgets.domain.timeseries.forecast import SeriesForecast, forecast_series

_WEEK = 7


class Forecasts:
    """What is forecast for one month, by each method."""

    def __init__(self, month: Month) -> None:
        self.month = month
        made = forecast_series(daily(month.first, month.known), month.start + timedelta(days=PERIOD))
        if made is None:
            raise ValueError("a month needs a complete day")
        self.made: SeriesForecast = made

    @property
    def holds(self) -> bool | None:
        """Tell whether the likely range holds what the month turns out to use; `None` without a range."""
        if self.made.low is None or self.made.high is None:
            return None
        low, high = (float(total(side.values())) for side in (self.made.low, self.made.high))
        return low <= self.month.actual - self.month.to_date <= high

    def error(self, method: "Method") -> float:
        """Say by what share of the month's total a method is wrong."""
        return abs(method(self) / self.month.actual - 1)


Method = Callable[[Forecasts], float]


def run_rate_with_unfinished_day(known: Forecasts) -> float:
    """Continue at the mean day so far, the unfinished one counted as a day."""
    month = known.month
    return (month.to_date + month.unfinished) / (month.complete + 1) * PERIOD


def run_rate(known: Forecasts) -> float:
    """Continue at the mean of the period's complete days."""
    return known.month.to_date / known.month.complete * PERIOD


def last_week(known: Forecasts) -> float:
    """Continue at the mean of the last seven complete days, those before the period included."""
    recent = known.month.known[-_WEEK:]
    return known.month.to_date + sum(recent) / len(recent) * known.month.remaining


def ours(known: Forecasts) -> float:
    """Forecast as the function does."""
    return known.month.to_date + float(total(known.made.expected.values()))


def last_three(known: Forecasts) -> float:
    """Continue like the last three complete days: what the function says beside its forecast."""
    return known.month.to_date + float(total(known.made.continued.values()))


METHODS: dict[str, Method] = {
    "run-rate with the unfinished day": run_rate_with_unfinished_day,
    "run-rate": run_rate,
    "mean of the last 7": last_week,
    "mean of the last 3": last_three,
    "ours": ours,
}
