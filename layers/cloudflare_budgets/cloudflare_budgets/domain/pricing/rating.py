"""Computes the cost of a billing cycle's usage: allowance, then whole blocks, then price.

Blocks and allowances belong to the cycle, so a day has no cost of its own. A day's cost is what the day adds
to the cycle's running cost, at the price that is valid on the day.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal, localcontext
from itertools import accumulate, groupby, pairwise
from typing import NamedTuple

from cloudflare_budgets.domain.pricing.price import Aggregation, IncludedPer, Price, Rounding
from cloudflare_budgets.domain.pricing.rated import Rated, quotient, total_rated
from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO
from cloudflare_budgets.domain.primitives.period import Period, days_in, midnight, utc_text

# Quantities arrive as sums of doubles: 30 x 0.23333333333333334 is no eighth GB-month. A double carries 15 to
# 17 digits, and a month has at most 31 of them.
_NOISE = Decimal("1e-9")
# The marginal price of a peak on one day, where the mean of a month's peaks is billed.
_DAYS_OF_A_MONTH = Decimal(30)


def rate(price: Price, quantities: Mapping[datetime, Decimal], cycle: Period) -> dict[datetime, Rated]:
    """Return what each day adds to the cost of its billing cycle.

    Args:
        price: a rateable price; each day is rated by the version that is valid on it. The allowance is used
            up once per call: call again for each zone that has an allowance.
        quantities: the gross quantity of each day of the cycle so far, by its midnight in UTC. Days that
            are left out leave their part of the allowance to the others.
        cycle: the billing cycle that all days lie in.

    Raises:
        ValueError: the price is not rateable on a day, or a day lies outside the cycle.
    """
    days = sorted(quantities)
    versions = [_version(price, day, cycle) for day in days]
    numbers = [quantities[day] for day in days]
    with localcontext(EXACT):
        different = {id(each): each for each in versions}
        running = {key: _running(each, numbers, cycle) for key, each in different.items()}
    costs = [
        running[id(version)][place + 1].minus(running[id(version)][place])
        for place, version in enumerate(versions)
    ]
    if len(running) > 1:
        costs = _across_a_change(versions, numbers, cycle, costs)
    return dict(zip(days, costs, strict=True))


def cost_of(price: Price, quantities: Mapping[datetime, Decimal], cycle: Period) -> Rated:
    """Return what days of a billing cycle cost together: the sum of `rate`, computed faster.

    Raises:
        ValueError: the price is not rateable on a day, or a day lies outside the cycle.
    """
    if price.others:
        return total_rated(rate(price, quantities, cycle).values())
    if not quantities:
        return Rated()
    # The price has one version, which rates every day if it rates the first and the last one.
    for day in (min(quantities), max(quantities)):
        _version(price, day, cycle)
    with localcontext(EXACT):
        return _costs(price, _billable_in_total(price, list(quantities.values()), cycle))


def worth(price: Price, quantity: Decimal) -> Decimal | None:
    """Return what a day's quantity costs without an allowance, not rounded to blocks.

    Of several tiers the dearest counts: the figure decides whether an unusual day is reported, and one report
    too many is better than none. `None`: no price is known.
    """
    if not price.tiers:
        return None
    dearest = max(tier.amount for tier in price.tiers)
    per = price.per
    if price.aggregation is Aggregation.PEAK_AVERAGE:
        per = EXACT.multiply(per, _DAYS_OF_A_MONTH)
    return quotient(EXACT.multiply(quantity, dearest), per)


def allowance_of(price: Price, cycle: Period) -> Decimal | None:
    """Return the free units of a billing cycle; a daily allowance counts for all its days.

    Where each zone has an allowance, the number is that of one zone. `None`: the number is not known.
    """
    if price.included is None or price.included_per is IncludedPer.BILLING_PERIOD:
        return price.included
    return EXACT.multiply(price.included, Decimal(days_in(cycle)))


def _version(price: Price, day: datetime, cycle: Period) -> Price:
    version = price.at(day) or price  # only a forecast has days on which no version is valid
    if version.reason_unpriced is not None:
        message = f"{price.metric_id} cannot be rated: {version.reason_unpriced}"
        raise ValueError(message)
    if day != midnight(day) or not midnight(cycle.start) <= day < cycle.end:
        message = f"{utc_text(day)} is no day of the cycle that begins on {utc_text(cycle.start)}"
        raise ValueError(message)
    return version


class _Billable(NamedTuple):
    """The billable quantity of a cycle so far: as documented, at its bounds, and its noise."""

    documented: Decimal
    least: Decimal
    most: Decimal
    noise: Decimal


def _running(price: Price, numbers: Sequence[Decimal], cycle: Period) -> list[Rated]:
    """Return the cost of the cycle before its first day and by the end of each day."""
    return [Rated(), *(_costs(price, each) for each in _billable(price, numbers, cycle))]


def _billable(price: Price, numbers: Sequence[Decimal], cycle: Period) -> Iterator[_Billable]:
    numbers, scale = _as_billed(price, numbers, cycle)
    grown = (_of_cycle(price, gross, scale, cycle) for gross in accumulate(numbers))
    if price.included_per is not IncludedPer.DAY:
        yield from grown
        return
    by_day = accumulate(_beyond(number, price.included) for number in numbers)
    by_day_at_most = accumulate(_beyond(number * scale, _free_at_least(price)) for number in numbers)
    for whole, documented, most in zip(grown, by_day, by_day_at_most, strict=True):
        yield whole._replace(documented=documented, most=most)


def _billable_in_total(price: Price, numbers: Sequence[Decimal], cycle: Period) -> _Billable:
    """Return the last element of `_billable`."""
    if price.included_per is IncludedPer.DAY:
        *_, last = _billable(price, numbers, cycle)
        return last
    numbers, scale = _as_billed(price, numbers, cycle)
    return _of_cycle(price, sum(numbers, ZERO), scale, cycle)


def _as_billed(price: Price, numbers: Sequence[Decimal], cycle: Period) -> tuple[Sequence[Decimal], Decimal]:
    """Return what each day adds to the cycle's quantity, and the largest scale of the days."""
    if price.aggregation is Aggregation.PEAK_AVERAGE:
        numbers = [quotient(number, Decimal(days_in(cycle))) for number in numbers]
    return numbers, _largest_scale(price, numbers)


def _of_cycle(price: Price, gross: Decimal, scale: Decimal, cycle: Period) -> _Billable:
    """Return what is billable of a cycle's quantity if the allowance is one pool of the cycle."""
    pooled = _beyond(gross, allowance_of(price, cycle))
    return _Billable(pooled, pooled, _beyond(gross * scale, _free_at_least(price)), gross * _NOISE)


def _free_at_least(price: Price) -> Decimal:
    return ZERO if price.included is None or price.shares_allowance else price.included


def _beyond(number: Decimal, included: Decimal | None) -> Decimal:
    # Where the allowance is not known, all usage may be free.
    return ZERO if included is None else max(ZERO, number - included)


def _largest_scale(price: Price, numbers: Sequence[Decimal]) -> Decimal:
    most = max(numbers, default=ZERO) * price.scale
    return price.scale if price.max_per_day is None or most <= price.max_per_day else Decimal(1)


def _costs(price: Price, billable: _Billable) -> Rated:
    unknown = price.rounding is Rounding.UNKNOWN
    documented = Rounding.NONE if unknown else price.rounding
    highest = Rounding.BLOCK if unknown else documented
    number = _cost(price, billable.documented, documented, billable.noise)
    low = high = number
    if billable.least != billable.documented:
        low = _cost(price, billable.least, documented, billable.noise)
    if billable.most != billable.documented or unknown:
        high = max(number, _cost(price, billable.most, highest, billable.noise))
    return Rated(number, low, high)


def _cost(price: Price, billable: Decimal, rounding: Rounding, noise: Decimal) -> Decimal:
    if not billable:
        return ZERO  # rounding noise must not fill a block of usage that is free
    billed = _rounded(billable, price.per, rounding, noise)
    begin = cost = ZERO
    for tier in price.tiers:
        end = billed if tier.up_to is None else min(billed, tier.up_to)
        cost += (end - begin) * tier.amount
        begin = end
    return quotient(cost, price.per)


def _rounded(billable: Decimal, per: Decimal, rounding: Rounding, noise: Decimal) -> Decimal:
    blocks, rest = divmod(billable, per)
    match rounding:
        case Rounding.BLOCK:
            return (blocks + (1 if rest > noise else 0)) * per
        case Rounding.NEAREST:
            return (blocks + (1 if (rest + noise) * 2 >= per else 0)) * per
        case Rounding.DOWN:
            return (blocks + (1 if rest + noise >= per else 0)) * per
        case _:
            return billable


def _across_a_change(
    versions: Sequence[Price], numbers: Sequence[Decimal], cycle: Period, costs: Sequence[Rated]
) -> list[Rated]:
    """Widen the bounds: blocks may end at the change, and a new allowance may be granted anew."""
    lowest = [cost.low for cost in costs]
    if len({version.included for version in versions}) > 1:
        lowest = [cost.low for cost in _with_fresh_allowances(versions, numbers, cycle)]
    return [
        Rated(cost.number, min(cost.number, cost.low, low), max(cost.number, cost.high))
        for cost, low in zip(costs, lowest, strict=True)
    ]


def _with_fresh_allowances(
    versions: Sequence[Price], numbers: Sequence[Decimal], cycle: Period
) -> Iterator[Rated]:
    for _, group in groupby(zip(versions, numbers, strict=True), key=lambda each: id(each[0])):
        days = list(group)
        with localcontext(EXACT):
            running = _running(days[0][0], [number for _, number in days], cycle)
        yield from (after.minus(before) for before, after in pairwise(running))
