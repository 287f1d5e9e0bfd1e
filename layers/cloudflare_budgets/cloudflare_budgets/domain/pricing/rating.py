"""What a billing cycle's usage costs: the allowance first, then whole blocks, then the price.

Block prices and allowances belong to the cycle, so a day has no cost of its own. What it is given
here is what it adds to the cycle's cost, which makes every stretch of days cost what it brought about.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext
from itertools import accumulate, pairwise

from cloudflare_budgets.domain.pricing.price import IncludedPer, Price, Rounding
from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO, total
from cloudflare_budgets.domain.primitives.period import Period, days_in, midnight, utc_text

# A third of a dollar has no last digit, so a division by `per` cannot be exact. It is rounded once, on
# the running total and far behind any digit that anybody bills; differences of it stay exact.
_QUOTIENT = Context(prec=300, rounding=ROUND_HALF_EVEN)
_PLACES = Decimal(1).scaleb(-30)


@dataclass(frozen=True, slots=True)
class Rated:
    """What usage costs by its price, in the price's currency.

    `number` follows Cloudflare's documentation, `low` and `high` are the ends of what else it may come
    to: without and with rounding to whole blocks, where that is not documented, and with a daily
    allowance as one pool of the cycle, as it was once seen on an invoice.
    From a cycle's first day on, `low <= number <= high`; a single later day may have them otherwise.
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
        """Take another cost away."""
        return Rated(
            EXACT.subtract(self.number, other.number),
            EXACT.subtract(self.low, other.low),
            EXACT.subtract(self.high, other.high),
        )

    def share(self, part: Decimal, whole: Decimal) -> "Rated":
        """Give the share of a part in a whole, in proportion; exact when it is the whole."""
        if part == whole:
            return self
        number = quotient(EXACT.multiply(self.number, part), whole)
        if self.low == self.number == self.high:
            return Rated(number, number, number)
        low, high = (quotient(EXACT.multiply(each, part), whole) for each in (self.low, self.high))
        return Rated(number, low, high)


def total_rated(costs: Iterable[Rated]) -> Rated:
    """Add up costs of one currency."""
    found = list(costs)
    return Rated(
        total(cost.number for cost in found),
        total(cost.low for cost in found),
        total(cost.high for cost in found),
    )


def rate(price: Price, quantities: Mapping[datetime, Decimal], cycle: Period) -> dict[datetime, Rated]:
    """Work out what each day adds to the cost of its billing cycle.

    Args:
        price: a rateable price. Its allowance is used up once here: call again for each zone that has one.
        quantities: the gross quantity of each day of the cycle so far, by its midnight in UTC. To leave
            out early days is to leave the allowance to the later ones.
        cycle: the billing cycle that all days lie in.

    Raises:
        ValueError: the price is not rateable, or a day is none of the cycle's.
    """
    _check(price, quantities, cycle)
    days = sorted(quantities)
    with localcontext(EXACT):
        billable = _billable(price, [quantities[day] for day in days])
        pooled = _pooled(price, [quantities[day] for day in days], cycle)
        running = [Rated(), *(_costs(price, *each) for each in zip(billable, pooled, strict=True))]
    return {day: after.minus(before) for day, (before, after) in zip(days, pairwise(running), strict=True)}


def cost_of(price: Price, quantities: Mapping[datetime, Decimal], cycle: Period) -> Rated:
    """Work out what days of a billing cycle cost together: the sum of what `rate` gives each, but quicker.

    Raises:
        ValueError: the price is not rateable, or a day is none of the cycle's.
    """
    _check(price, quantities, cycle)
    if not quantities:
        return Rated()
    with localcontext(EXACT):
        billable = _billable(price, list(quantities.values()))[-1]
        pooled = _pooled(price, [sum(quantities.values(), ZERO)], cycle)[-1]
        return _costs(price, billable, pooled)


def worth(price: Price, quantity: Decimal) -> Decimal | None:
    """Say what a quantity would cost with no allowance left, not rounded to blocks.

    Of several tiers the dearest counts: what it decides is whether an unusual day is worth telling
    about, and it is better told once too often. `None`: no price is known.
    """
    if not price.tiers:
        return None
    dearest = max(tier.amount for tier in price.tiers)
    return quotient(EXACT.multiply(quantity, dearest), price.per)


def allowance_of(price: Price, cycle: Period) -> Decimal | None:
    """Say how many units are free in a billing cycle, a daily allowance on all its days together.

    Where the allowance is that of each zone, so is the answer. `None`: it is not known.
    """
    if price.included is None or price.included_per is IncludedPer.BILLING_PERIOD:
        return price.included
    return EXACT.multiply(price.included, Decimal(days_in(cycle)))


def _check(price: Price, quantities: Iterable[datetime], cycle: Period) -> None:
    if price.reason_unpriced is not None:
        message = f"{price.metric_id} cannot be rated: {price.reason_unpriced}"
        raise ValueError(message)
    first = midnight(cycle.start)
    for day in quantities:
        if day != midnight(day) or not first <= day < cycle.end:
            message = f"{utc_text(day)} is no day of the cycle that begins on {utc_text(cycle.start)}"
            raise ValueError(message)


def _billable(price: Price, numbers: Sequence[Decimal]) -> list[Decimal]:
    # What has become billable by the end of each day.
    included = price.included or ZERO
    if price.included_per is IncludedPer.DAY:
        return list(accumulate(max(ZERO, number - included) for number in numbers))
    return [max(ZERO, number - included) for number in accumulate(numbers)]


def _pooled(price: Price, numbers: Sequence[Decimal], cycle: Period) -> list[Decimal]:
    pool = allowance_of(price, cycle) or ZERO
    return [max(ZERO, number - pool) for number in accumulate(numbers)]


def _costs(price: Price, billable: Decimal, pooled: Decimal) -> Rated:
    documented = Rounding.NONE if price.rounding is Rounding.UNKNOWN else price.rounding
    number = _cost(price, billable, documented)
    low = number if pooled == billable else _cost(price, pooled, documented)
    high = number if price.rounding is documented else _cost(price, billable, Rounding.BLOCK)
    return Rated(number, low, high)


def _cost(price: Price, billable: Decimal, rounding: Rounding) -> Decimal:
    billed = _rounded(billable, price.per, rounding)
    begin = cost = ZERO
    for tier in price.tiers:
        end = billed if tier.up_to is None else min(billed, tier.up_to)
        cost += (end - begin) * tier.amount
        begin = end
    return quotient(cost, price.per)


def _rounded(billable: Decimal, per: Decimal, rounding: Rounding) -> Decimal:
    blocks, rest = divmod(billable, per)
    match rounding:
        case Rounding.BLOCK:
            return (blocks + (1 if rest > 0 else 0)) * per
        case Rounding.NEAREST:
            return (blocks + (1 if rest * 2 >= per else 0)) * per
        case _:
            return billable


def quotient(number: Decimal, per: Decimal) -> Decimal:
    """Divide, exactly where there is a last digit, else rounded far behind any digit that anybody bills."""
    found = _QUOTIENT.divide(number, per)
    rounded = found.quantize(_PLACES, context=_QUOTIENT)
    return found if found == rounded else rounded
