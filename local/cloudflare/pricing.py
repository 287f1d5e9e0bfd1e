"""What usage costs on the local Cloudflare: the allowance first, then the price."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

from local.cloudflare.catalog import Allowance, Rounding

if TYPE_CHECKING:
    from local.cloudflare.catalog import Price

_WHOLE_BLOCKS = {Rounding.BLOCK: ROUND_CEILING, Rounding.NEAREST: ROUND_HALF_UP}


def cost_of_a_day(price: Price, earlier: Decimal, today: Decimal) -> Decimal:
    """Tell what one day adds to the month's bill.

    Args:
        price: The metric's price.
        earlier: Quantity used in the month before this day.
        today: Quantity used on this day.

    Returns:
        USD; the days of a month add up to the cost of the month's total, whole blocks included.
    """
    if price.allowance is Allowance.DAY:
        return plain(_cost(price, today))
    return plain(_cost(price, earlier + today) - _cost(price, earlier))


def plain(number: Decimal) -> Decimal:
    """Drop trailing zeros after the point; ten stays 10 and does not become 1E+1."""
    return Decimal(format(number.normalize(), "f"))


def _cost(price: Price, quantity: Decimal) -> Decimal:
    blocks = max(Decimal(0), quantity - price.included) / price.per
    if price.rounding in _WHOLE_BLOCKS:
        blocks = blocks.to_integral_value(_WHOLE_BLOCKS[price.rounding])
    return price.amount * blocks
