"""The level that the days of one series are at now, which one day out of line does not move."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.timeseries.series import WORKING, median
from cloudflare_budgets.domain.timeseries.weekdays import WEEK

LEAST_RUN = 2

_BASE_DAYS = 14
_DAYS_FOR_SHIFT = 6
_SHIFT = Decimal("1.5")
# A day without use has no logarithm: it counts as a tenth of the level.
_LEAST_RATIO = Decimal("0.1")
# What the median of deviations is of the standard deviation, were they normal.
MAD_TO_SIGMA = Decimal("1.4826")


@dataclass(frozen=True, slots=True)
class Level:
    """What days are like now, weekdays set aside.

    `days` are those that say so, at most seven. `spread` is the days' usual relative deviation from
    it, each regime measured around its own level.
    """

    number: Decimal
    days: int
    has_shifted: bool
    spread: Decimal


def level_of(days: Sequence[Decimal], least_run: int = LEAST_RUN) -> Level:
    """Find the level of days (at least one, oldest first), each divided by its weekday's factor.

    It is the median of the last seven, which a single day cannot move; after a shift, of the days
    since the shift. Two days (`least_run`) all half as much again as what was usual before, or all two
    thirds of it or less, are a shift: waiting for a third one costs more than a false one does.
    """
    run = _run(days, least_run)
    behind = days[-run:][-WEEK:] if run else days[-WEEK:]
    number = median(behind)
    if not run:
        spread = _spread(_deviations(days[-_BASE_DAYS:], number))
        return Level(number, len(behind), has_shifted=False, spread=spread)
    before = days[:-run][-_BASE_DAYS:]
    # With both regimes measured around one level, the range would be wider than the forecast.
    deviations = [*_deviations(days[-run:], number), *_deviations(before, median(before))]
    return Level(number, len(behind), has_shifted=True, spread=_spread(deviations))


def _run(days: Sequence[Decimal], least_run: int) -> int:
    """Count the newest days that stand apart from those before them; none when there is no shift."""
    if len(days) < _DAYS_FOR_SHIFT:
        return 0
    base = median(days[:-LEAST_RUN][-_BASE_DAYS:])
    high, low = WORKING.multiply(base, _SHIFT), WORKING.divide(base, _SHIFT)
    # Strictly apart too, for of nothing half as much again is nothing.
    above = _trailing([day >= high and day > base for day in days])
    below = _trailing([day <= low and day < base for day in days])
    run = max(above, below)
    return run if run >= least_run else 0


def _trailing(flags: Sequence[bool]) -> int:
    return next((index for index, flag in enumerate(reversed(flags)) if not flag), len(flags))


def _deviations(days: Sequence[Decimal], center: Decimal) -> list[Decimal]:
    """Measure how far days are from a level, as absolute logarithms; from zero nothing has a ratio."""
    if center <= 0:
        return []
    with localcontext(WORKING):
        return [abs(max(day / center, _LEAST_RATIO).ln()) for day in days]


def _spread(deviations: Sequence[Decimal]) -> Decimal:
    return WORKING.multiply(MAD_TO_SIGMA, median(deviations)) if deviations else ZERO
