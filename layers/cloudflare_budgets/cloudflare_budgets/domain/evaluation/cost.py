"""Sums the cost of a budget's charges: as Cloudflare bills them, or by the price list."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind, first_names, listed
from cloudflare_budgets.domain.evaluation.measurement import Contribution, CostBasis, Costs, Measurement
from cloudflare_budgets.domain.pricing.allowance_pool import AllowancePool, AllowancePools
from cloudflare_budgets.domain.pricing.price import IncludedPer, Price
from cloudflare_budgets.domain.pricing.rated import Rated, quotient, total_rated
from cloudflare_budgets.domain.pricing.reconciliation import DayReconciliation, discrepancies
from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO, total
from cloudflare_budgets.domain.primitives.period import midnight, utc_text
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Series


@dataclass(slots=True)
class _Sorted:
    """A budget's charges by the source of their cost.

    `unpriced`, `foreign` and `corrections` name the metrics whose cost is not known in the limit's currency.
    `foreign_zero` are charges of zero in other currencies.
    """

    billed: list[Contribution] = field(default_factory=list)
    priced: list[tuple[Series, Charge]] = field(default_factory=list)
    unpriced: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    foreign_zero: list[str] = field(default_factory=list)
    corrections: list[str] = field(default_factory=list)
    has_foreign_credit: bool = False
    has_own_currency: bool = False
    is_version_1: bool = False


def measure_cost(
    budget: Budget, charges: Iterable[tuple[Series, Charge]], pools: AllowancePools
) -> Measurement | Unknown:
    """Return the sum of a cost column in the limit's currency; missing costs are estimated.

    Amounts of different currencies are never added. The result is `Unknown` if no cost is known.

    Args:
        budget: Its limit gives the currency, its column the cost to add up.
        charges: The charges in the budget's scope and window, with their series.
        pools: The priced usage of the account.
    """
    found = _sort(budget, charges, pools)
    unit = budget.limit.unit
    estimated = tuple(_estimated(found.priced, pools))
    parts = (*found.billed, *(part for shares, _ in estimated for part in shares))
    gap = _gap(budget, found, pools)
    if gap and (not parts or (found.foreign and not _is_least(found, parts))):
        return gap
    compared = tuple(_compared(found.billed, unit, pools))
    return Measurement(
        total(part.number for part in parts),
        parts,
        gap,
        Costs(
            _basis(found),
            total_rated(rated for _, rated in estimated) if estimated else None,
            discrepancies(compared),
            _prices(found.priced, pools),
        ),
        compared,
    )


def _is_least(found: _Sorted, parts: Iterable[Contribution]) -> bool:
    """Return whether parts are a lower bound of the cost, whatever other currencies add."""
    return not found.has_foreign_credit and any(part.number for part in parts)


def _sort(budget: Budget, charges: Iterable[tuple[Series, Charge]], pools: AllowancePools) -> _Sorted:
    found = _Sorted()
    unit, column = budget.limit.unit, budget.column
    reasons: dict[Series, str | None] = {}
    for series, charge in charges:
        cost, currency = charge.cost(column), charge.billing_currency
        found.has_own_currency |= currency == unit
        if cost is None:
            if series not in reasons:
                reasons[series] = _reason_unpriced(series, unit, pools)
            _sort_without_cost(found, series, charge, reasons[series])
        elif cost and currency != unit:
            found.foreign.append(f"{currency or 'no currency'} ({series.metric_id})")
            found.has_foreign_credit |= cost < 0
        else:  # zero is the same in every currency
            found.billed.append(Contribution(series, charge, cost))
            if currency not in (None, unit):
                found.foreign_zero.append(f"{currency} ({series.metric_id})")
    if not found.has_own_currency and not found.priced:
        found.foreign += found.foreign_zero  # later costs will not be in the limit's currency
    return found


def _sort_without_cost(found: _Sorted, series: Series, charge: Charge, reason: str | None) -> None:
    if charge.is_correction:
        found.corrections.append(series.metric_id)
    elif not reason:
        found.priced.append((series, charge))
    elif charge.consumed_quantity:  # without usage, the cost is zero
        found.unpriced.append(f"{series.metric_id}: {reason}")
        found.is_version_1 |= charge.service_name is not None


def _reason_unpriced(series: Series, unit: str, pools: AllowancePools) -> str | None:
    reason = pools.reason_unpriced(series)
    if reason:
        return reason
    currency = pools.of[series].price.currency
    return None if currency == unit else f"its price is in {currency}"


def _estimated(
    charges: Sequence[tuple[Series, Charge]], pools: AllowancePools
) -> Iterator[tuple[Sequence[Contribution], Rated]]:
    """Yield the estimated cost of each pool and day, split over its charges by quantity."""
    for pool, day, group in _grouped(charges, pools):
        quantity = total(charge.consumed_quantity for _, charge in group)
        whole = pool.costs[day].share(quantity, pool.days[day]) if quantity else Rated()
        yield tuple(_split(whole.number, group, quantity)), whole


def _prices(charges: Iterable[tuple[Series, Charge]], pools: AllowancePools) -> tuple[Price, ...]:
    found = {id(pools.of[series]): pools.of[series].price for series, _ in charges}
    return tuple(found.values())


def _split(
    cost: Decimal, group: Sequence[tuple[Series, Charge]], quantity: Decimal
) -> Iterator[Contribution]:
    """Split a cost over charges by quantity; the last charge gets the rest: the sum is exact."""
    *others, (last_series, last) = group
    rest = cost
    for series, charge in others:
        share = quotient(EXACT.multiply(cost, charge.consumed_quantity), quantity) if cost else ZERO
        rest = EXACT.subtract(rest, share)
        yield Contribution(series, charge, share)
    yield Contribution(last_series, last, rest)


def _grouped(
    charges: Iterable[tuple[Series, Charge]], pools: AllowancePools
) -> Iterator[tuple[AllowancePool, datetime, Sequence[tuple[Series, Charge]]]]:
    """Group charges by pool and day."""
    groups: defaultdict[tuple[int, datetime], list[tuple[Series, Charge]]] = defaultdict(list)
    for series, charge in charges:
        groups[id(pools.of[series]), midnight(charge.charge_period_start)].append((series, charge))
    for (_, day), group in groups.items():
        yield pools.of[group[0][0]], day, group


def _compared(
    billed: Iterable[Contribution], unit: str, pools: AllowancePools
) -> Iterator[DayReconciliation]:
    """Yield the billed and the list cost of each pool and day with a list cost in the currency."""
    of_unit = {series: pool for series, pool in pools.of.items() if pool.price.currency == unit}
    is_known: dict[tuple[int, datetime], bool] = {}
    groups: defaultdict[tuple[int, datetime], list[Contribution]] = defaultdict(list)
    for part in billed:
        pool, start = of_unit.get(part.series), part.charge.charge_period_start
        if pool is None or part.charge.is_correction:
            continue
        key = id(pool), start
        if key not in is_known:
            is_known[key] = pools.knows_cycle(pool, start)
        if is_known[key]:
            groups[id(pool), midnight(start)].append(part)
    for (_, day), parts in groups.items():
        pool = of_unit[parts[0].series]
        quantity = total(part.charge.consumed_quantity for part in parts)
        listed_cost = pool.costs[day].share(quantity, pool.days[day]) if quantity else Rated()
        yield DayReconciliation(pool, day, total(part.number for part in parts), listed_cost)


def _basis(found: _Sorted) -> CostBasis:
    if found.priced:
        return CostBasis.MIXED if found.billed else CostBasis.ESTIMATED
    return CostBasis.BILLED


def _gap(budget: Budget, found: _Sorted, pools: AllowancePools) -> Unknown | None:
    if found.foreign:
        bills, unit = listed(found.foreign), budget.limit.unit
        text = f"the limit is in {unit}, but Cloudflare bills in {bills}: write `limit` in that currency"
        if any(part.number for part in found.billed):
            text = (
                f"what Cloudflare bills in {bills} is left out of what is limited in {unit}: budget it apart"
            )
        return Unknown(UnknownKind.UNKNOWN_CURRENCY, text)
    if found.corrections:
        text = (
            f"there is a correction of an earlier invoice without its {budget.column} "
            f"({listed(found.corrections)}). It may be a credit, so the true cost may be less, or more: "
            "compare with the account's billing page, or leave its metric out of `scope`"
        )
        return Unknown(UnknownKind.PRICE_UNKNOWN, text, names=first_names(found.corrections))
    if found.unpriced and not found.priced:
        return _no_cost(budget, found)
    if found.unpriced:
        text = (
            f"the estimate leaves out {listed(found.unpriced)}. The true cost is that or more: write their "
            "prices, 0 for what is free, into the parameter `prices`, or leave them out of `scope`"
        )
        return Unknown(UnknownKind.PRICE_UNKNOWN, text, names=first_names(found.unpriced))
    for series, charge in found.priced:
        pool = pools.of[series]
        if _draws_on_cycle(pool.price) and not pools.knows_cycle(pool, charge.charge_period_start):
            start = utc_text(pool.cycle_at(charge.charge_period_start).start)
            text = f"what was used of the allowance since {start} is not known, so the true cost may be more"
            return Unknown(UnknownKind.HISTORY_UNAVAILABLE, text)
    return None


def _draws_on_cycle(price: Price) -> bool:
    return bool(price.included) and price.included_per is IncludedPer.BILLING_PERIOD


def _no_cost(budget: Budget, found: _Sorted) -> Unknown:
    rows = len(found.unpriced) + len(found.billed)
    text = (
        f"{len(found.unpriced)} of {rows} usage rows carry no {budget.column}, and none of them can be "
        f"estimated ({listed(found.unpriced)}): write prices into the parameter `prices`"
    )
    if not found.is_version_1:
        text += "; or let the stack parameter UsageApi be v1, where Version 1 serves the account"
    return Unknown(UnknownKind.COST_UNAVAILABLE, text, names=first_names(found.unpriced))
