"""What usage costs by its price, within the bounds of the invoice, and exact division."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO, total

# A third of a dollar has no last digit, so a division by `per` cannot be exact. The running total is rounded
# once, far behind any billed digit; differences of running totals stay exact.
_QUOTIENT = Context(prec=300, rounding=ROUND_HALF_EVEN)
_PLACES = Decimal(1).scaleb(-30)


@dataclass(frozen=True, slots=True)
class Rated:
    """What usage costs by its price, in the price's currency.

    `number` follows Cloudflare's documentation. `low` and `high` bound what the invoice may say where the
    documentation is silent: rounding to whole blocks, a daily allowance granted as one pool of the cycle, an
    unknown or shared allowance, an unknown scale, an allowance granted anew on a change of price. From a
    cycle's first day on, `low <= number <= high`; for a single later day this may not hold.
    """

    number: Decimal = ZERO
    low: Decimal = ZERO
    high: Decimal = ZERO

    def __add__(self, other: "Rated") -> "Rated":
        return Rated(
            EXACT.add(self.number, other.number),
            EXACT.add(self.low, other.low),
            EXACT.add(self.high, other.high),
        )

    def minus(self, other: "Rated") -> "Rated":
        """Return the difference to another cost."""
        return Rated(
            EXACT.subtract(self.number, other.number),
            EXACT.subtract(self.low, other.low),
            EXACT.subtract(self.high, other.high),
        )

    def share(self, part: Decimal, whole: Decimal) -> "Rated":
        """Return the proportional share of a part in a whole; exact when the part is the whole."""
        if part == whole:
            return self
        number = quotient(EXACT.multiply(self.number, part), whole)
        if self.low == self.number == self.high:
            return Rated(number, number, number)
        low, high = (quotient(EXACT.multiply(each, part), whole) for each in (self.low, self.high))
        return Rated(number, low, high)


def total_rated(costs: Iterable[Rated]) -> Rated:
    """Return the sum of costs of one currency."""
    found = list(costs)
    return Rated(
        total(cost.number for cost in found),
        total(cost.low for cost in found),
        total(cost.high for cost in found),
    )


def quotient(number: Decimal, per: Decimal) -> Decimal:
    """Return a quotient: exact if it terminates, otherwise rounded far beyond billed digits."""
    found = _QUOTIENT.divide(number, per)
    rounded = found.quantize(_PLACES, context=_QUOTIENT)
    return found if found == rounded else rounded
