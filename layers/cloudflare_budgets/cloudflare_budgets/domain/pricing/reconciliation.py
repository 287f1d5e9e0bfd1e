"""What Cloudflare bills beside what it costs by the price list, where the two are far apart."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.pricing.allowance_pool import AllowancePool
from cloudflare_budgets.domain.pricing.price import Price
from cloudflare_budgets.domain.pricing.rated import Rated, quotient, total_rated
from cloudflare_budgets.domain.primitives.amount import EXACT, total

# Costs may come a day after their usage, and list prices are no contract: what differs by less than a
# unit of the currency, or by less than a fifth, is not reported.
_MARGIN = Decimal(1)
_MARGIN_SHARE = Decimal("0.2")


@dataclass(frozen=True, slots=True)
class DayReconciliation:
    """A comparison of one day of a pool, as far as a budget's scope covers it."""

    pool: AllowancePool
    day: datetime
    billed: Decimal
    listed: Rated


def by_pool(days: Iterable[DayReconciliation]) -> Mapping[int, Sequence[DayReconciliation]]:
    """Bring the days of each pool together, by the pool's `id`."""
    found: defaultdict[int, list[DayReconciliation]] = defaultdict(list)
    for one in days:
        found[id(one.pool)].append(one)
    return found


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What Cloudflare bills for charges, and what they cost by `prices`, in one currency."""

    billed: Decimal
    listed: Rated
    prices: tuple[Price, ...] = ()

    @property
    def shortfall(self) -> Decimal:
        """The least by which the bill is below the list cost; below zero, more is billed."""
        return EXACT.subtract(min(self.listed.low, self.listed.number), self.billed)


def added_up(days: Sequence[DayReconciliation]) -> Reconciliation:
    """Compare what days are billed together with what they cost together."""
    prices = {id(one.pool): one.pool.price for one in days}
    return Reconciliation(
        total(one.billed for one in days), total_rated(one.listed for one in days), tuple(prices.values())
    )


def is_discrepancy(comparison: Reconciliation, pools: int = 1) -> bool:
    """Return whether a billed cost is outside the range of list prices by more than the margin.

    So many pools share the unit of the currency by which it may be off.
    """
    billed, listed = comparison.billed, comparison.listed
    high = max(listed.high, listed.number)
    apart = max(comparison.shortfall, EXACT.subtract(billed, high))
    larger = max(abs(billed), abs(listed.number))
    return apart > max(quotient(_MARGIN, Decimal(pools)), EXACT.multiply(larger, _MARGIN_SHARE))


def discrepancies(days: Iterable[DayReconciliation]) -> Reconciliation | None:
    """Add up the pools that are each billed far off their prices; `None` where none of them are.

    One pool's bill says nothing of another's, so what is billed too little and what is billed too much are
    never set against each other. The first is first: it may hide a breach.
    """
    pools = by_pool(days).values()
    apart = [its_days for its_days in pools if is_discrepancy(added_up(its_days), len(pools))]
    for is_short in (True, False):
        chosen = [its_days for its_days in apart if (added_up(its_days).shortfall > 0) == is_short]
        together = added_up([one for its_days in chosen for one in its_days])
        if is_discrepancy(together):
            return together
    return None
