"""Averages and rounding of what is estimated: as exact as an estimate needs, and short to print."""

from collections.abc import Collection
from decimal import Context, Decimal, DivisionByZero, InvalidOperation, Overflow

from cloudflare_budgets.domain.amount import MIN_EXPONENT

# Ratios, roots and logarithms have no last digit: estimates are made with so many, and told with fewer.
WORKING = Context(prec=28, traps=[InvalidOperation, DivisionByZero, Overflow])
_TOLD = Context(prec=12, traps=[InvalidOperation, DivisionByZero, Overflow])
_LEAST = Decimal(1).scaleb(MIN_EXPONENT)
# Below this, not all of the digits told are within the bounds.
_FINE = _LEAST.scaleb(_TOLD.prec - 1)
_MOST = Decimal("999999999999e3")


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


def told(estimate: Decimal) -> Decimal:
    """Round an estimate to 12 significant digits, within the bounds of `is_bounded`.

    An estimate beyond those bounds becomes the largest number within them.
    """
    short = _TOLD.plus(max(-_MOST, min(_MOST, estimate)))
    if abs(short) < _FINE:
        short = short.quantize(_LEAST, context=_TOLD)
    short = short.normalize(_TOLD)
    # 70 rather than 7E+1, for whoever prints it as it is.
    return short if short != short.to_integral_value() else short.quantize(Decimal(1), context=WORKING)
