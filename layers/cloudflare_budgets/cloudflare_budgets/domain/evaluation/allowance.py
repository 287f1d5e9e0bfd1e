"""Allowance budgets: one budget for each metric, against the usage that its price includes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Budget, Scope
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind, first_names, listed
from cloudflare_budgets.domain.pricing.allowance_pool import AllowancePool, AllowancePools
from cloudflare_budgets.domain.pricing.price import Aggregation, IncludedPer, Price
from cloudflare_budgets.domain.primitives.amount import EXACT, Amount, total
from cloudflare_budgets.domain.primitives.period import PeriodKind
from cloudflare_budgets.domain.usage.usage import Series, Usage

_USES_SHOWN = 3


@dataclass(frozen=True, slots=True)
class AllowanceBudgets:
    """A budget for each metric with an allowance, and the reason why other metrics have none."""

    budgets: tuple[Budget, ...]
    unknown: Unknown | None = None


@dataclass(frozen=True, slots=True)
class AllowanceUse:
    """The used part of a metric's allowance in the current billing cycle, granted by `plan`."""

    metric_id: str
    name: str
    used: Decimal
    included: Decimal
    unit: str
    plan: str = "Workers Paid"


def allowance_budgets(budget: Budget, usage: Usage, pools: AllowancePools) -> AllowanceBudgets:
    """Return one budget for each metric of a budget whose limit is a share of the allowance.

    A metric whose price includes nothing has no budget; a metric without a known allowance is named. All ids
    of a metric share one budget, since they share the allowance.
    """
    lines: dict[str, Budget] = {}
    refused: dict[str, str] = {}
    for series in usage.series:
        if not series.is_in(budget.scope):
            continue
        reason = _why_not(series, pools)
        if reason:
            refused[series.metric_id] = f"{series.metric_id}: {reason}"
        elif pools.of[series].price.included and pools.of[series].metric_id not in lines:
            lines[pools.of[series].metric_id] = _line(budget, series, pools.of[series].price, usage)
    ids = _ids(pools)
    budgets = tuple(_of_all_ids(line, ids[metric_id]) for metric_id, line in lines.items())
    # A metric with a budget reports its own rows that have no allowance.
    rest = refused.keys() - {metric_id for line in budgets for metric_id in line.scope.metric_id}
    return AllowanceBudgets(budgets, _unknown({each: refused[each] for each in rest}) if rest else None)


def allowance_uses(scope: Scope, pools: AllowancePools, as_of: datetime) -> tuple[AllowanceUse, ...]:
    """Return the allowances of a scope that are used up most, the fullest first."""
    found = {id(pool): pool for series, pool in pools.of.items() if series.is_in(scope)}
    uses = [use for pool in found.values() if (use := allowance_use(pool, as_of))]
    uses.sort(key=lambda use: (-use.used / use.included, use.metric_id))
    return tuple(uses[:_USES_SHOWN])


def allowance_use(pool: AllowancePool, as_of: datetime) -> AllowanceUse | None:
    """Return the use of a pool's allowance in the cycle of an instant; `None` without either."""
    price = pool.price
    is_sum = price.included_per is IncludedPer.BILLING_PERIOD and price.aggregation is Aggregation.SUM
    if not price.included or not is_sum:
        return None
    cycle = pool.cycle_at(as_of)
    used = total(number for day, number in pool.days.items() if day in cycle)
    if not used:
        return None
    zone = next((series.zone_name or series.zone_id for series in pool.shares), None)
    name = f"{price.name}, {zone}" if price.each_zone and zone else price.name
    return AllowanceUse(pool.metric_id, name, used, price.included, price.units[0], price.plan)


def _line(budget: Budget, series: Series, price: Price, usage: Usage) -> Budget:
    included = price.included or Decimal(0)
    share = EXACT.multiply(included, budget.limit.number).scaleb(-2, context=EXACT)
    limit = Amount(share, price.shown_unit(usage.series[series][-1].consumed_unit))
    return replace(
        budget,
        limit=limit,
        thresholds=tuple(threshold.rescaled(limit) for threshold in budget.thresholds),
        period=_period(price, usage),
        allowance_of=price.metric_id,
        allowance_percent=budget.limit.number,
    )


def _ids(pools: AllowancePools) -> Mapping[str, Collection[str]]:
    found: defaultdict[str, set[str]] = defaultdict(set)
    for series, pool in pools.of.items():
        found[pool.metric_id].add(series.metric_id)
    return found


def _of_all_ids(line: Budget, ids: Collection[str]) -> Budget:
    # Under another id a metric may have another name and family too.
    scope = replace(line.scope, metric_id=tuple(sorted(ids)), metric_name=(), product_family=())
    return replace(line, scope=scope)


def _period(price: Price, usage: Usage) -> PeriodKind:
    if price.included_per is IncludedPer.DAY:
        return PeriodKind.DAY
    # If the start of the billing period is not known, the calendar month is used.
    return PeriodKind.BILLING_PERIOD if usage.cycles else PeriodKind.MONTH


def _why_not(series: Series, pools: AllowancePools) -> str | None:
    reason = pools.reason_unpriced(series)
    if reason is not None:
        return reason
    price = pools.of[series].price
    if price.included is None:
        return "how much of it is included is not known"
    if price.included and price.aggregation is Aggregation.PEAK_AVERAGE:
        return "it is billed as the mean of daily peaks, which its rows do not add up to"
    if price.each_zone:
        return "each zone has an allowance of its own: write a budget of its quantity, with `zone` in `scope`"
    return None


def _unknown(refused: Mapping[str, str]) -> Unknown:
    text = f"no allowance is known for {_named(refused.values())}"
    return Unknown(UnknownKind.NO_ALLOWANCE, text, names=first_names(refused.values()))


def _named(reasons: Iterable[str]) -> str:
    return f"{listed(reasons)}; write it into the parameter `prices`, or narrow `scope`"
