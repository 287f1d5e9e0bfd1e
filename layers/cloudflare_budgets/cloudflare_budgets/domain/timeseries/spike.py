"""Days out of line with what is usual: the start of a runaway, told of once."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, localcontext

from cloudflare_budgets.domain.timeseries.level import MAD_TO_SIGMA
from cloudflare_budgets.domain.timeseries.series import WORKING, DailySeries, median, round_estimate
from cloudflare_budgets.domain.timeseries.weekdays import WEEK, is_weekend

# What a day is compared with: the days before it, those of its kind (working days or weekend) alone.
USUAL_DAYS = 28
# With fewer days before it there is no usual for each kind, and only what is far out counts.
DAYS_FOR_USUAL = 14
DAYS_FOR_FAR_OUT = 3

_DEVIATIONS = 4
_LEAST_MARGIN = Decimal("0.5")
_FAR_OUT = 5
# So many normal days end an episode, and more days than a weekend has, if none of them is worth telling.
_NORMAL_DAYS = 2
_WEEKEND = 2


@dataclass(frozen=True, slots=True)
class Spike:
    """An episode of days that are out of line and worth telling.

    `since` is its first such day, by which it is known from run to run; `day` is the newest one, and
    there are `days` of them. `quantity` was used on the newest one, `usual` would have been.
    """

    since: datetime
    day: datetime
    quantity: Decimal
    usual: Decimal
    days: int


def spike(series: DailySeries, is_worth: Callable[[Decimal], bool], judged: int = 4) -> Spike | None:
    """Find the newest episode that has a day among the last `judged` complete days.

    Several are judged since data may come late, several days at once. Each is judged by the 28 days
    before it, so that an episode keeps its `since` as long as the series reaches back to 31 days
    before that.

    Args:
        series: complete days.
        is_worth: whether so much more than usual, on one day, is worth telling.
        judged: how many of the newest days are looked at.
    """
    count = len(series.numbers)
    recent = reversed(range(max(0, count - judged), count))
    newest = next((index for index in recent if _is_spike(series, index, is_worth)), None)
    if newest is None:
        return None
    episode = _episode(series, newest, is_worth)
    return Spike(
        since=series.day(episode[-1]),
        day=series.day(newest),
        quantity=series.numbers[newest],
        usual=round_estimate(_line(series, newest).usual),
        days=len(episode),
    )


def _episode(series: DailySeries, newest: int, is_worth: Callable[[Decimal], bool]) -> list[int]:
    """Walk back from a spike to the first one of its episode: all of them, newest first.

    Days out of line by too little to tell are no spikes, but not normal either: a step may be worth
    telling on working days alone, and is still one step.
    """
    found, normal = [newest], 0
    for index in reversed(range(newest)):
        if _is_spike(series, index, is_worth):
            found.append(index)
            normal = 0
        elif _extra(series, index) is None:
            normal += 1
        if normal == _NORMAL_DAYS or found[-1] - index > _WEEKEND:
            break
    return found


def _is_spike(series: DailySeries, index: int, is_worth: Callable[[Decimal], bool]) -> bool:
    extra = _extra(series, index)
    return extra is not None and is_worth(round_estimate(extra))


def _extra(series: DailySeries, index: int) -> Decimal | None:
    """Say how much more than usual a day out of line used; `None` of a normal day."""
    if index < DAYS_FOR_FAR_OUT:
        return None
    line, number = _line(series, index), series.numbers[index]
    if number < line.least or number <= line.usual:
        return None
    return WORKING.subtract(number, line.usual)


@dataclass(frozen=True, slots=True)
class _Line:
    """What is usual for a day, and the least that is out of line."""

    usual: Decimal
    least: Decimal


def _line(series: DailySeries, index: int) -> _Line:
    if index < DAYS_FOR_USUAL:
        usual = median(series.numbers[:index])
        return _Line(usual, WORKING.multiply(usual, _FAR_OUT))
    kind = is_weekend(series.day(index))
    before = range(max(0, index - USUAL_DAYS), index)
    alike = [series.numbers[other] for other in before if is_weekend(series.day(other)) == kind]
    usual = median(alike)
    with localcontext(WORKING):
        deviation = MAD_TO_SIGMA * median([abs(number - usual) for number in alike])
        least = usual + max(_DEVIATIONS * deviation, _LEAST_MARGIN * usual)
        # What comes every week, such as a job on Mondays, was out of line twice, and is no news after that.
        weekly = min(series.numbers[index - WEEK], series.numbers[index - 2 * WEEK])
        return _Line(usual, weekly + _LEAST_MARGIN * weekly if weekly >= least else least)
