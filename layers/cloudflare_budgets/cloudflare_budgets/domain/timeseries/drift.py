"""How far the level of a series usually moves from one week to the next."""

from collections.abc import Iterator, Sequence
from decimal import Decimal, localcontext

from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.timeseries.series import WORKING, distance, mean, median
from cloudflare_budgets.domain.timeseries.weekdays import WEEK

# The drift of a series without history, and the number of observed changes that weighs as much.
PRIOR_DRIFT = Decimal("0.08")
_PRIOR_WEIGHT = 5

# A day counts for at most this many medians: one spike does not move seven weekly totals.
_CLIP = 3
# Of independent days with a relative deviation of 1: the mean absolute change between two weekly totals,
# the square root of 4 / (7 * pi).
_NOISE = Decimal("0.4265")


def weekly_drift(days: Sequence[Decimal], spread: Decimal) -> Decimal:
    """Estimate the mean absolute change between two weekly totals, as a natural logarithm.

    The changes of all rolling weeks are averaged. What the noise of single days (`spread`, relative)
    explains is subtracted. The estimate is shrunk to `PRIOR_DRIFT`, because a few calm weeks do not prove
    that the next ones are calm.
    """
    changes = list(_changes(days))
    if not changes:
        return PRIOR_DRIFT
    with localcontext(WORKING):
        excess = mean(changes) ** 2 - (_NOISE * spread) ** 2
        own = max(ZERO, excess).sqrt()
        return (own * len(changes) + PRIOR_DRIFT * _PRIOR_WEIGHT) / (len(changes) + _PRIOR_WEIGHT)


def _changes(days: Sequence[Decimal]) -> Iterator[Decimal]:
    """Compare each rolling week with the week before it."""
    totals = _rolling_totals(days)
    for earlier, later in zip(totals, totals[WEEK:], strict=False):
        low, high = sorted((earlier, later))
        if high > 0:
            yield distance(low, high)


def _rolling_totals(days: Sequence[Decimal]) -> list[Decimal]:
    if len(days) < WEEK:
        return []
    with localcontext(WORKING):
        most = _CLIP * median(days)
        clipped = [max(ZERO, min(day, most)) if most > 0 else max(ZERO, day) for day in days]
        totals = [sum(clipped[:WEEK], ZERO)]
        for leaving, coming in zip(clipped, clipped[WEEK:], strict=False):
            totals.append(totals[-1] - leaving + coming)
    # The last digits of sums and differences may leave less than nothing.
    return [max(ZERO, number) for number in totals]
