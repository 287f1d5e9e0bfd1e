"""A daily series of complete days, and the statistics used on it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow
from functools import reduce

from cloudflare_budgets.domain.primitives.amount import MIN_EXPONENT, ZERO
from cloudflare_budgets.domain.primitives.period import DAY


@dataclass(frozen=True, slots=True)
class DailySeries:
    """Quantities of complete, consecutive days, oldest first; `first` is a midnight, UTC.

    The unfinished day is not part of the series, because its quantity is incomplete.
    """

    first: datetime
    numbers: tuple[Decimal, ...]

    @property
    def end(self) -> datetime:
        """The midnight after the newest day; `first` when there is no day."""
        return self.day(len(self.numbers))

    def day(self, index: int) -> datetime:
        """Return the day at an index of `numbers`."""
        return self.first + index * DAY

    def newest(self, count: int) -> "DailySeries":
        """Return a series of at most `count` newest days."""
        skipped = max(0, len(self.numbers) - count)
        return DailySeries(self.day(skipped), self.numbers[skipped:])


def series_of(days: Mapping[datetime, Decimal], since: datetime, through: datetime) -> DailySeries:
    """Build a series from quantities by day (midnights, UTC); missing days count as zero.

    Args:
        days: quantities by day, in any order; days outside the bounds are ignored.
        since: the first day whose usage is completely known.
        through: the end of the last complete day.

    Returns:
        The series from the first day with use on; an empty series when nothing was used.
    """
    known = [(day, number) for day, number in days.items() if since <= day < through]
    first = min((day for day, number in known if number > 0), default=through)
    numbers = [ZERO] * ((through - first) // DAY)
    for day, number in known:
        if day >= first:
            numbers[(day - first) // DAY] = number
    return DailySeries(first, tuple(numbers))


# Ratios and roots have no last digit: estimates are calculated with 28 digits and rounded to 12.
WORKING = Context(prec=28, traps=[InvalidOperation, DivisionByZero, Overflow])
_ROUNDED = Context(prec=12, traps=[InvalidOperation, DivisionByZero, Overflow])
# A spread needs fewer digits, and logarithms with many digits are slow.
_LOGARITHM = Context(prec=9, traps=[InvalidOperation, DivisionByZero, Overflow])
# Smaller ratios count as a tenth: zero has no logarithm.
_LEAST_RATIO = Decimal("0.1")
_LEAST = Decimal(1).scaleb(MIN_EXPONENT)
# Below this, not all 12 digits are within the bounds.
_FINE = _LEAST.scaleb(_ROUNDED.prec - 1)
_MOST = Decimal("999999999999e12")


def median(numbers: Collection[Decimal]) -> Decimal:
    """Return the median of numbers (at least one)."""
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return WORKING.divide(WORKING.add(ordered[middle - 1], ordered[middle]), Decimal(2))


def mean(numbers: Collection[Decimal]) -> Decimal:
    """Return the mean of numbers (at least one)."""
    return WORKING.divide(reduce(WORKING.add, numbers, ZERO), len(numbers))


def distance(number: Decimal, center: Decimal) -> Decimal:
    """Measure the distance of two numbers above zero: the absolute logarithm of their ratio."""
    return abs(_LOGARITHM.ln(max(_LOGARITHM.divide(number, center), _LEAST_RATIO)))


def round_estimate(estimate: Decimal) -> Decimal:
    """Round an estimate to 12 significant digits, within the bounds of `is_bounded`.

    An estimate beyond those bounds becomes the largest number within them.
    """
    short = _ROUNDED.plus(max(-_MOST, min(_MOST, estimate)))
    if abs(short) < _FINE:
        short = short.quantize(_LEAST, context=_ROUNDED)
    short = short.normalize(_ROUNDED)
    # 70 rather than 7E+1, for callers that print the number directly.
    return short if short != short.to_integral_value() else short.quantize(Decimal(1), context=WORKING)
