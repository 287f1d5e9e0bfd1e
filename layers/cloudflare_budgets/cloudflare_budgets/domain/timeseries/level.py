"""The current level of a daily series, robust against a single day out of line."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext

from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.timeseries.series import WORKING, distance, mean, median
from cloudflare_budgets.domain.timeseries.weekdays import WEEK

# Days that stand apart are a shift from the third one on, and from the second one on if they are far above.
LEAST_RUN = 3
_EARLY_RUN = 2

_BASE_DAYS = 14
_DAYS_FOR_SHIFT = 6
_SHIFT = Decimal("1.5")
# How many deviations of the days before are far above them.
_FAR_DEVIATIONS = 3
# The standard deviation of a normal distribution, divided by its median absolute deviation.
MAD_TO_SIGMA = Decimal("1.4826")
# The median ignores rare days that are far from the level, and the sum of the days to come contains some. So
# the root mean square counts too, each deviation at most a factor of e; the weight is found by back-test.
_FARTHEST = Decimal(1)
_WEIGHT_OF_RARE_DAYS = Decimal("0.8")


@dataclass(frozen=True, slots=True)
class Level:
    """The quantity of a usual day, weekday factors removed.

    `days`: how many days the level is made from, at most seven. `run`: how many days ago a shift
    began, 0 without a shift. `spread`: the relative standard deviation of single days, rare days limited,
    each regime measured around its own level. `may_rise`: the newest day is far above the others, and it is
    not known yet whether it is a spike or the first day of a shift.
    """

    number: Decimal
    days: int
    run: int
    spread: Decimal
    may_rise: bool = False

    @property
    def has_shifted(self) -> bool:
        """Whether the newest days have another level than the days before them."""
        return self.run > 0


def level_of(days: Sequence[Decimal], *, is_weekend_known: bool = True) -> Level:
    """Find the level of days (at least one, oldest first), each divided by its weekday's factor.

    The level is the mean of the middle three of the last seven days; after a shift, it is made from the days
    since the shift. Three days
    are a shift if all are at least 1.5 times the median before, or all at most two thirds of it. Two days
    are enough for a rise far outside the spread of the days before, unless the newest is a day of a weekend
    and the factors of weekends are not known yet (`is_weekend_known`). They are not enough for a fall,
    because accounts without use on weekends would fall every week.
    """
    if len(days) < _DAYS_FOR_SHIFT:
        return _steady(days, may_rise=False)
    far_above = _far_above(days)
    run = _run(days) or (far_above if far_above >= _EARLY_RUN and is_weekend_known else 0)
    return _shifted(days, run) if run else _steady(days, may_rise=far_above > 0)


def _steady(days: Sequence[Decimal], *, may_rise: bool) -> Level:
    newest = days[-WEEK:]
    number = _middle(newest)
    return Level(number, len(newest), 0, _spread_of_sums(_deviations(days[-_BASE_DAYS:], number)), may_rise)


def _shifted(days: Sequence[Decimal], run: int) -> Level:
    newest = days[-run:][-WEEK:]
    number = _middle(newest)
    before = days[:-run][-_BASE_DAYS:]
    # With both regimes measured around one level, the range would be wider than the forecast.
    deviations = [*_deviations(days[-run:], number), *_deviations(before, median(before))]
    return Level(number, len(newest), run, _spread_of_sums(deviations))


def _middle(days: Sequence[Decimal]) -> Decimal:
    """Return the mean of the middle three of seven days; of fewer days, the median."""
    return mean(sorted(days)[2:-2]) if len(days) == WEEK else median(days)


def level_of_weeks(days: Sequence[Decimal]) -> Level:
    """Find the level of a mostly unused series: a seventh of the median weekly total.

    `days` are not divided by weekday factors, whose mean is 1: so a week is forecast as this total.
    """
    weeks = [days[end - WEEK : end] for end in range(len(days), WEEK - 1, -WEEK)]
    if not weeks:
        return Level(ZERO, len(days), 0, ZERO)
    with localcontext(WORKING):
        totals = [sum(week, ZERO) / WEEK for week in weeks]
        number = median(totals)
        spread = _spread_of_sums(_deviations(totals, number)) * Decimal(WEEK).sqrt()
    return Level(number, WEEK, 0, spread)


def _run(days: Sequence[Decimal]) -> int:
    """Count the newest days that differ in level from the days before; 0 without a shift."""
    before = days[:-LEAST_RUN][-_BASE_DAYS:]
    base = median(before)
    above, below = _above(days, base, _SHIFT), _below(days, base)
    run = max(above, below)
    return run if run >= LEAST_RUN else 0


def _far_above(days: Sequence[Decimal]) -> int:
    """Count the newest days that are outside the spread of the days before them, and above."""
    before = days[:-_EARLY_RUN][-_BASE_DAYS:]
    base = median(before)
    if base <= 0 < max(before):
        return 0  # most days are without use, and some are not: there is no usual day to be above of
    with localcontext(WORKING):
        far = (_FAR_DEVIATIONS * _spread(_deviations(before, base))).exp()
    return _above(days, base, max(_SHIFT, far))


def _above(days: Sequence[Decimal], base: Decimal, factor: Decimal) -> int:
    least = WORKING.multiply(base, factor)
    # Strictly above too, because 1.5 times zero is zero.
    return _trailing([day >= least and day > base for day in days])


def _below(days: Sequence[Decimal], base: Decimal) -> int:
    most = WORKING.divide(base, _SHIFT)
    return _trailing([day <= most and day < base for day in days])


def _trailing(flags: Sequence[bool]) -> int:
    return next((index for index, flag in enumerate(reversed(flags)) if not flag), len(flags))


def _deviations(days: Sequence[Decimal], center: Decimal) -> list[Decimal]:
    """Measure how far days are from a level; there is no relative distance from zero."""
    return [distance(day, center) for day in days] if center > 0 else []


def _spread(deviations: Sequence[Decimal]) -> Decimal:
    return WORKING.multiply(MAD_TO_SIGMA, median(deviations)) if deviations else ZERO


def _spread_of_sums(deviations: Sequence[Decimal]) -> Decimal:
    if not deviations:
        return ZERO
    with localcontext(WORKING):
        squares = [min(each, _FARTHEST) ** 2 for each in deviations]
        return max(_spread(deviations), _WEIGHT_OF_RARE_DAYS * mean(squares).sqrt())
