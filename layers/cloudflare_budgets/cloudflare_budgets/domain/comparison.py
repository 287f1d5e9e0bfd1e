"""What Cloudflare bills beside what it costs by the price list, where the two are far apart."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from cloudflare_budgets.domain.amount import EXACT, total
from cloudflare_budgets.domain.measure import Compared, Comparison
from cloudflare_budgets.domain.rating import quotient, total_rated

# Costs may come a day after their usage, and list prices are no contract: what differs by less than a
# unit of the currency, or by less than a fifth, is no news.
_MARGIN = Decimal(1)
_MARGIN_SHARE = Decimal("0.2")


def by_pool(days: Iterable[Compared]) -> Mapping[int, Sequence[Compared]]:
    """Bring the days of each pool together, by the pool's `id`."""
    found: defaultdict[int, list[Compared]] = defaultdict(list)
    for one in days:
        found[id(one.pool)].append(one)
    return found


def added_up(days: Sequence[Compared]) -> Comparison:
    """Compare what days are billed together with what they cost together."""
    prices = {id(one.pool): one.pool.price for one in days}
    return Comparison(
        total(one.billed for one in days), total_rated(one.listed for one in days), tuple(prices.values())
    )


def differs(comparison: Comparison, pools: int = 1) -> bool:
    """Tell whether what is billed lies outside of what the list prices allow, by more than the margin.

    So many pools share the unit of the currency by which it may be off.
    """
    billed, listed = comparison.billed, comparison.listed
    high = max(listed.high, listed.number)
    apart = max(comparison.shortfall, EXACT.subtract(billed, high))
    larger = max(abs(billed), abs(listed.number))
    return apart > max(quotient(_MARGIN, Decimal(pools)), EXACT.multiply(larger, _MARGIN_SHARE))


def far_apart(days: Iterable[Compared]) -> Comparison | None:
    """Add up the pools that are each billed far off their prices; `None` where none of them are.

    One pool's bill says nothing of another's, so what is billed too little and what is billed too much are
    never set against each other. The first comes first: a limit may look kept for it.
    """
    pools = by_pool(days).values()
    apart = [its_days for its_days in pools if differs(added_up(its_days), len(pools))]
    for is_short in (True, False):
        chosen = [its_days for its_days in apart if (added_up(its_days).shortfall > 0) == is_short]
        together = added_up([one for its_days in chosen for one in its_days])
        if differs(together):
            return together
    return None
