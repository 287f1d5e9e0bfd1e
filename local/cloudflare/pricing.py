"""What usage costs on the local Cloudflare: the allowance first, then the price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from local.cloudflare.catalog import Allowance, Rounding

if TYPE_CHECKING:
    from local.cloudflare.catalog import Price

_ZERO = Decimal(0)
_WHOLE_BLOCKS = {Rounding.BLOCK: ROUND_CEILING, Rounding.NEAREST: ROUND_HALF_UP}


@dataclass(frozen=True, slots=True)
class Total:
    """What a meter has counted since its billing period began.

    `billable` is the part of `quantity` beyond the allowance, `cost` is in USD and counts whole blocks where
    the price does.
    """

    quantity: Decimal = _ZERO
    billable: Decimal = _ZERO
    cost: Decimal = _ZERO

    def plus(self, price: Price, day: Decimal) -> Total:
        """Add the quantity of one more day."""
        quantity = self.quantity + day
        if price.allowance is Allowance.DAY:
            billable = _beyond_allowance(price, day)
            return Total(quantity, self.billable + billable, self.cost + _cost(price, billable))
        billable = _beyond_allowance(price, quantity)
        return Total(quantity, billable, _cost(price, billable))


def plain(number: Decimal) -> Decimal:
    """Drop trailing zeros after the point; ten stays 10 and does not become 1E+1."""
    return Decimal(format(number.normalize(), "f"))


def _beyond_allowance(price: Price, quantity: Decimal) -> Decimal:
    return max(_ZERO, quantity - price.included)


def _cost(price: Price, billable: Decimal) -> Decimal:
    blocks = billable / price.per
    if price.rounding in _WHOLE_BLOCKS:
        blocks = blocks.to_integral_value(_WHOLE_BLOCKS[price.rounding])
    return price.amount * blocks
