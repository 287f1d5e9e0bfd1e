"""What Cloudflare bills far off its list prices, as a contract has it, goes on to be billed so."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from cloudflare_budgets.domain.amount import EXACT
from cloudflare_budgets.domain.comparison import added_up, by_pool, differs
from cloudflare_budgets.domain.measure import Compared, Comparison
from cloudflare_budgets.domain.outlook import Remainder
from cloudflare_budgets.domain.pool import Pool
from cloudflare_budgets.domain.rating import quotient

# Costs were seen to come a day or two after their usage, and in parts.
COSTS_LAG = timedelta(days=2)

Comparisons = Mapping[int, Comparison]


def comparisons(days: Iterable[Compared], through: datetime) -> Comparisons:
    """Compare what each pool is billed with its list price, by the pool's `id`, where they are far apart.

    Each is compared since it costs something by both: a contract may have another allowance. Pools share
    the margin below which a difference is no news.
    """
    pools = by_pool(days)
    found = {pool: added_up(_since_both(_settled(its_days, through))) for pool, its_days in pools.items()}
    return {pool: each for pool, each in found.items() if each.billed > 0 and differs(each, len(pools))}


def is_free_by_list(pool: Pool, found: Comparisons) -> bool:
    """Tell whether a pool is billed for what costs nothing by the list, which then says nothing of it."""
    comparison = found.get(id(pool))
    return comparison is not None and comparison.listed.number <= 0


def as_billed(listed: Remainder, pool: Pool, found: Comparisons) -> Remainder:
    """Price what a pool is expected to cost by the list as it is billed.

    What is billed at nothing is expected to cost the list price: storage was seen so, and billed later.
    """
    comparison = found.get(id(pool))
    if comparison is None:
        return listed
    billed, by_list = comparison.billed, comparison.listed.number
    return listed.changed(lambda number: quotient(EXACT.multiply(number, billed), by_list))


def _settled(days: Sequence[Compared], through: datetime) -> Sequence[Compared]:
    """Leave out the newest days, unless the older ones say nothing."""
    older = [one for one in days if one.day < through - COSTS_LAG]
    if any(one.billed > 0 or one.listed.number > 0 for one in older):
        return older
    return [one for one in days if one.billed > 0]


def _since_both(days: Sequence[Compared]) -> Sequence[Compared]:
    begins = [
        min(costly)
        for costly in (
            [one.day for one in days if one.billed > 0],
            [one.day for one in days if one.listed.number > 0],
        )
        if costly
    ]
    return [one for one in days if one.day >= max(begins, default=one.day)]
