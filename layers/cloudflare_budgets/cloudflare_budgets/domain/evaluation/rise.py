"""Since when a metric uses far more than usual, by all the days that are known of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.evaluation.measurement import Driver
from cloudflare_budgets.domain.primitives.amount import total
from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.timeseries.series import series_of
from cloudflare_budgets.domain.timeseries.spike import DAYS_FOR_USUAL, spike
from cloudflare_budgets.domain.usage.daily_usage import DailyUsage


@dataclass(frozen=True, slots=True)
class Rise:
    """A metric's last days: `quantity` on the newest, and the `usual` one before `since`.

    `usual` is zero for a metric that was not used before.
    """

    since: datetime
    quantity: Decimal
    usual: Decimal


def rise_of(driver: Driver, daily: DailyUsage) -> Rise | None:
    """Return a metric's rise in its zone; `None` if its last days are usual or too few.

    The days of the whole series count, not only those of a budget's period: on the first day of a period, a
    steady metric has not risen.
    """
    since = daily.detailed_since if driver.zone else daily.since
    shares = [
        days
        for (series, _), days in daily.quantities.items()
        if series.metric_id == driver.metric_id
        and (driver.zone is None or driver.zone in {series.zone_name, series.zone_id})
    ]
    every_day = {day for days in shares for day in days}
    sums = {day: total(days[day] for days in shares if day in days) for day in every_day}
    series = series_of(sums, since, daily.through)
    if not series.numbers or not series.numbers[-1]:
        return None
    if series.first - max(since, daily.began) >= DAYS_FOR_USUAL * DAY > series.end - series.first:
        return Rise(series.first, series.numbers[-1], Decimal(0))
    found = spike(series, lambda surplus: surplus > 0, judged=1)
    return Rise(found.since, found.quantity, found.usual) if found else None
