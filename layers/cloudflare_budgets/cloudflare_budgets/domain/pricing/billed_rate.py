"""What earlier cycles were billed per unit: prices of metrics outside of the price list."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from cloudflare_budgets.domain.pricing.price import Origin, Price, PriceList, Tier
from cloudflare_budgets.domain.pricing.rated import quotient
from cloudflare_budgets.domain.primitives.amount import total
from cloudflare_budgets.domain.primitives.period import PeriodKind, period_containing
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Usage

# An account has some 60 metrics; the state of an account must stay far below DynamoDB's limit for an item.
MAX_RATES = 200


@dataclass(frozen=True, slots=True)
class BilledRate:
    """The billed cost of a quantity of a metric in the cycle that ended at `cycle_end`."""

    unit: str
    quantity: Decimal
    cost: Decimal
    currency: str
    cycle_end: datetime


BilledRates = Mapping[str, BilledRate]


def update_rates(earlier: BilledRates, usage: Usage, as_of: datetime) -> BilledRates:
    """Return each metric's newest rate: of this reading's complete cycles, else the earlier.

    A cycle that was billed nothing gives no rate: storage was reported at a cost of zero and billed later.
    """
    ended: defaultdict[tuple[str, datetime], list[Charge]] = defaultdict(list)
    for series, charges in usage.series.items():
        for charge in charges:
            end = _cycle_end(charge.billing_period_end, charge.charge_period_start)
            if end <= as_of and not charge.is_correction:
                ended[series.metric_id, end].append(charge)
    found = dict(earlier)
    for (metric_id, end), charges in sorted(ended.items(), key=lambda each: each[0]):
        rate = _rate(charges, end)
        if rate and (metric_id not in found or found[metric_id].cycle_end <= end):
            found[metric_id] = rate
    newest = sorted(found, key=lambda metric_id: found[metric_id].cycle_end)[-MAX_RATES:]
    return {metric_id: found[metric_id] for metric_id in sorted(newest)}


def with_billed_rates(prices: PriceList, rates: BilledRates) -> PriceList:
    """Return a price list in which billed rates price the metrics that it cannot price."""
    missing = {
        metric_id: _price(metric_id, rate)
        for metric_id, rate in rates.items()
        if (listed := prices.find(metric_id, None)) is None
        or (listed.reason_unpriced and listed.origin is Origin.LIST)
    }
    return prices.with_own(missing) if missing else prices


@lru_cache(maxsize=128)  # called for every charge
def _cycle_end(named: datetime | None, day: datetime) -> datetime:
    return named or period_containing(PeriodKind.MONTH, day).end


def _rate(charges: list[Charge], end: datetime) -> BilledRate | None:
    units = {(charge.consumed_unit, charge.billing_currency) for charge in charges}
    costs = [charge.billed_cost for charge in charges if charge.billed_cost is not None]
    quantity, cost = total(charge.consumed_quantity for charge in charges), total(costs)
    (unit, currency), *others = units
    if others or currency is None or len(costs) < len(charges) or quantity <= 0 or cost <= 0:
        return None
    return BilledRate(unit, quantity, cost, currency, end)


def _price(metric_id: str, rate: BilledRate) -> Price:
    return Price(
        metric_id,
        metric_id,
        (rate.unit,),
        (Tier(None, quotient(rate.cost, rate.quantity)),),
        currency=rate.currency,
        origin=Origin.BILLED,
        source=f"billed in the cycle that ended on {rate.cycle_end:%Y-%m-%d}",
    )
