"""A daily series of complete days, and the statistics used on it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow

from cloudflare_budgets.domain.primitives.amount import MIN_EXPONENT, ZERO
from cloudflare_budgets.domain.primitives.period import DAY


@dataclass(frozen=True, slots=True)
class DailySeries:
    """Quantities of complete, consecutive days, oldest first; `first` is a midnight, UTC.

    The unfinished day is no part of it: what is known of that day says nothing about a day.
    """

    first: datetime
    numbers: tuple[Decimal, ...]

    @property
    def end(self) -> datetime:
        """The midnight after the newest day; `first` when there is no day."""
        return self.day(len(self.numbers))

    def day(self, index: int) -> datetime:
        """Say which day a number is of."""
        return self.first + index * DAY

    def newest(self, count: int) -> "DailySeries":
        """Keep no more than the newest days."""
        skipped = max(0, len(self.numbers) - count)
        return DailySeries(self.day(skipped), self.numbers[skipped:])


def series_of(days: Mapping[datetime, Decimal], since: datetime, through: datetime) -> DailySeries:
    """Line up quantities by day (midnights, UTC); a day without one is a day without use.

    Args:
        days: quantities by day, in any order; what lies outside the bounds is ignored.
        since: the first day of which everything is known.
        through: the end of the last complete day.

    Returns:
        the days from the first one with use on, for days before the first use are no history;
        no days at all when nothing was used.
    """
    used = [day for day, number in days.items() if since <= day < through and number > 0]
    first = min(used, default=through)
    count = (through - first) // DAY
    return DailySeries(first, tuple(days.get(first + index * DAY, ZERO) for index in range(count)))


# Ratios, roots and logarithms have no last digit: estimates are made with so many, and told with fewer.
WORKING = Context(prec=28, traps=[InvalidOperation, DivisionByZero, Overflow])
_TOLD = Context(prec=12, traps=[InvalidOperation, DivisionByZero, Overflow])
_LEAST = Decimal(1).scaleb(MIN_EXPONENT)
# Below this, not all of the digits told are within the bounds.
_FINE = _LEAST.scaleb(_TOLD.prec - 1)
_MOST = Decimal("999999999999e12")


def median(numbers: Collection[Decimal]) -> Decimal:
    """Find the middle one of numbers (at least one), or the mean of the middle two."""
    ordered = sorted(numbers)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return WORKING.divide(WORKING.add(ordered[middle - 1], ordered[middle]), Decimal(2))


def mean(numbers: Collection[Decimal]) -> Decimal:
    """Find the mean of numbers (at least one)."""
    total = Decimal(0)
    for number in numbers:
        total = WORKING.add(total, number)
    return WORKING.divide(total, Decimal(len(numbers)))


def round_estimate(estimate: Decimal) -> Decimal:
    """Round an estimate to 12 significant digits, within the bounds of `is_bounded`.

    An estimate beyond those bounds becomes the largest number within them.
    """
    short = _TOLD.plus(max(-_MOST, min(_MOST, estimate)))
    if abs(short) < _FINE:
        short = short.quantize(_LEAST, context=_TOLD)
    short = short.normalize(_TOLD)
    # 70 rather than 7E+1, for whoever prints it as it is.
    return short if short != short.to_integral_value() else short.quantize(Decimal(1), context=WORKING)
