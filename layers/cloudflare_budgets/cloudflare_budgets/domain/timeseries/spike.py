"""Spikes: days far above what is usual on such a day, grouped into episodes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.timeseries.level import MAD_TO_SIGMA
from cloudflare_budgets.domain.timeseries.series import WORKING, DailySeries, median, round_estimate
from cloudflare_budgets.domain.timeseries.weekdays import (
    on_working_days,
    weekday_factors,
    without_weekdays,
)

# A day is compared with so many days before it.
USUAL_DAYS = 28
# With fewer days before it, weekdays are not known, and a day must be further out.
DAYS_FOR_USUAL = 14
DAYS_FOR_FAR_OUT = 3

# Chosen on labelled real series, `make backtest`. Weekday factors are estimates: 1.9 finds what doubles.
_DEVIATIONS = 3
_TIMES_USUAL = Decimal("1.9")
_FAR_OUT = 5
# A job that comes again at the same interval is known until it uses half as much again. Its two runs before
# are looked for in two months, or while an episode is followed back, in the days that it is compared with.
_TIMES_KNOWN = Decimal("1.5")
_KNOWN_DAYS = 62
_LEAST_INTERVAL = 6
# Weekly jobs come at the same interval to the day; months differ by three days.
_INTERVAL_TOLERANCE = 9
# Two normal days end an episode; so do more days than a weekend has, if none of them is worth an alert.
_NORMAL_DAYS = 2
_WEEKEND = 2
_TIMES_NORMAL = Decimal("1.5")


@dataclass(frozen=True, slots=True)
class Spike:
    """An episode of days that are out of line and worth an alert.

    `since`: the first such day, which identifies the episode from run to run. `day`: the newest such day.
    `quantity`: what was used on `day`. `usual`: the usual quantity of such a weekday. `days`: the number of
    days of the episode that are worth an alert.
    """

    since: datetime
    day: datetime
    quantity: Decimal
    usual: Decimal
    days: int


def spike(series: DailySeries, is_worth: Callable[[Decimal], bool], judged: int = 4) -> Spike | None:
    """Find the newest episode that has a day among the newest `judged` complete days.

    Several days are judged because data may arrive late, several days at once. A day is compared with the
    28 days before it, so an episode keeps its `since` while the series reaches back to 31 days before that.
    A job that comes at regular intervals is known after its second run, if the series reaches back so far.

    Args:
        series: complete days.
        is_worth: whether a surplus over the usual quantity of a day is worth an alert.
        judged: how many of the newest days are judged.
    """
    count = len(series.numbers)
    recent = reversed(range(max(0, count - judged), count))
    newest = next((index for index in recent if _is_spike(series, index, is_worth, _KNOWN_DAYS)), None)
    if newest is None:
        return None
    episode = _episode(series, newest, is_worth)
    return Spike(
        since=series.day(episode[-1]),
        day=series.day(newest),
        quantity=series.numbers[newest],
        # Days of the episode itself are not usual, but lift the estimate.
        usual=round_estimate(min(_usual(series, newest), _usual(series, newest, episode[-1]))),
        days=len(episode),
    )


def _episode(series: DailySeries, newest: int, is_worth: Callable[[Decimal], bool]) -> list[int]:
    """Walk back from a spike to the first spike of its episode; return all spikes, newest first.

    Days that are neither spikes nor normal do not end an episode: a step may be worth an alert on working
    days alone, and is still one step.
    """
    found, normal = [newest], 0
    for index in reversed(range(newest)):
        if _is_spike(series, index, is_worth, USUAL_DAYS):
            found.append(index)
            normal = 0
        elif _is_normal(series, index):
            normal += 1
        if normal == _NORMAL_DAYS or found[-1] - index > _WEEKEND:
            break
    return found


def _is_spike(series: DailySeries, index: int, is_worth: Callable[[Decimal], bool], reach: int) -> bool:
    number = series.numbers[index]
    if index < DAYS_FOR_FAR_OUT or number < _floor(series, index):
        return False  # on most days, and quick
    usual = _usual(series, index)
    line = WORKING.multiply(usual, _FAR_OUT if index < DAYS_FOR_USUAL else _TIMES_USUAL)
    if number < line or number <= usual or _is_known(series, index, line, reach):
        return False
    return is_worth(round_estimate(WORKING.subtract(number, usual)))


def _is_normal(series: DailySeries, index: int) -> bool:
    if index < DAYS_FOR_FAR_OUT:
        return True
    return series.numbers[index] <= WORKING.multiply(_usual(series, index), _TIMES_NORMAL)


def _before(series: DailySeries, index: int) -> DailySeries:
    return DailySeries(series.first, series.numbers[:index]).newest(USUAL_DAYS)


def _floor(series: DailySeries, index: int) -> Decimal:
    """Find the quantity three deviations above the median of working days, from two weeks on.

    A day of the weekend must be above it too: while it uses no more than a working day, it costs no more.
    """
    if index < DAYS_FOR_USUAL:
        return ZERO
    working_days = on_working_days(_before(series, index))
    middle = median(working_days)
    with localcontext(WORKING):
        deviation = MAD_TO_SIGMA * median([abs(number - middle) for number in working_days])
        return middle + _DEVIATIONS * deviation


def _usual(series: DailySeries, index: int, end: int | None = None) -> Decimal:
    """Find the usual quantity of a day: the median of earlier days, by weekday factors.

    The days end before the day itself, or before the day `end`.
    """
    before = _before(series, index if end is None else end)
    if len(before.numbers) < DAYS_FOR_USUAL:
        return median(before.numbers)
    factors = weekday_factors(before)
    adjusted = median(without_weekdays(before, factors))
    return WORKING.multiply(adjusted, factors[series.day(index).weekday()])


def _is_known(series: DailySeries, index: int, line: Decimal, reach: int) -> bool:
    """Whether a day is the third run, or a later one, of a job that comes at regular intervals."""
    number, floor = series.numbers[index], _floor(series, index)

    def is_alike(other: Decimal) -> bool:
        return other > floor and other >= line and number < WORKING.multiply(other, _TIMES_KNOWN)

    days = range(max(0, index - reach), index - _LEAST_INTERVAL + 1)
    alike = [day for day in days if is_alike(series.numbers[day])]
    return any(
        abs((index - last) - (last - first)) <= (index - last) // _INTERVAL_TOLERANCE
        for last in alike
        for first in alike
        if last - first >= _LEAST_INTERVAL
    )
