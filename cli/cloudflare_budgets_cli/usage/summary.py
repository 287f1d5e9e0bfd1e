"""Sums the usage of a window by metric, product, zone or region, with costs and allowances."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import COST_COLUMNS, Budget
from cloudflare_budgets.domain.data_quality.unknown import Unknown
from cloudflare_budgets.domain.evaluation.allowance import AllowanceUse, allowance_use
from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.evaluation.cost import measure_cost
from cloudflare_budgets.domain.evaluation.measurement import CostBasis, Measurement
from cloudflare_budgets.domain.pricing.price import Price
from cloudflare_budgets.domain.primitives.amount import Amount, total
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Series, Usage
from cloudflare_budgets.domain.usage.window import Window
from cloudflare_budgets_cli.settings import Grouping

_DEFAULT_CURRENCY = "USD"
_OTHER = "Other"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a summary; `None` is not known, or differs within the row.

    `quantity` is what was consumed, `allowance` how much of the metric's allowance is used in the current
    cycle, `cost` what the row costs; `is_estimated` if a part of the cost is not billed yet.
    """

    name: str
    product: str | None
    quantity: Amount | None
    allowance: AllowanceUse | None
    cost: Amount | None
    is_estimated: bool
    metric_id: str | None = None
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """The usage of a window; `gap` is why the total is incomplete, or what makes it unknown."""

    usage: Usage
    window: Window
    total: Amount | None
    basis: CostBasis | None
    lines: tuple[Line, ...]
    gap: Unknown | None


Charges = list[tuple[Series, Charge]]


def summarize(context: EvaluationContext, window: Window, grouping: Grouping) -> Summary:
    """Sum up the usage of a window; the lines with the highest cost come first."""
    usage = context.usage
    budget = Budget("usage", Amount(Decimal(1), currency_of(usage.reading.charges)), COST_COLUMNS[0], ())
    charges = list(usage.charges_in(budget.scope, window))
    measured = measure_cost(budget, charges, context.pools) if charges else None
    costs = _costs(measured) if isinstance(measured, Measurement) else {}
    groups: defaultdict[tuple[str, ...], Charges] = defaultdict(list)
    for series, charge in charges:
        groups[_group_of(series, charge, grouping)].append((series, charge))
    found = [_line(group, grouping, costs, budget.limit.unit, context) for group in groups.values()]
    lines = tuple(sorted(found, key=lambda line: (-(line.cost.number if line.cost else 0), line.name)))
    if not isinstance(measured, Measurement):
        return Summary(usage, window, None, None, lines, measured)
    basis = measured.costs.basis if measured.costs else None
    amount = Amount(measured.number, budget.limit.unit)
    return Summary(usage, window, amount, basis, lines, measured.gap)


def currency_of(charges: Iterable[Charge]) -> str:
    """Return the currency that most charges are billed in."""
    counts: defaultdict[str, int] = defaultdict(int)
    for charge in charges:
        if charge.billing_currency:
            counts[charge.billing_currency] += 1
    return max(counts, key=lambda each: counts[each], default=_DEFAULT_CURRENCY)


def _costs(measured: Measurement) -> Mapping[int, Decimal]:
    return {id(part.charge): part.number for part in measured.parts}


def _group_of(series: Series, charge: Charge, grouping: Grouping) -> tuple[str, ...]:
    match grouping:
        case Grouping.METRIC:
            return series.metric_id, charge.consumed_unit
        case Grouping.PRODUCT:
            return (series.product_family or _OTHER,)
        case Grouping.ZONE:
            return (series.zone_name or series.zone_id or _OTHER,)
        case Grouping.REGION:
            return (series.region_name or series.region_id or _OTHER,)


def _line(
    group: Charges,
    grouping: Grouping,
    costs: Mapping[int, Decimal],
    currency: str,
    context: EvaluationContext,
) -> Line:
    series, first = group[0]
    known = [costs[id(charge)] for _, charge in group if id(charge) in costs]
    cost = Amount(total(known), currency) if known else None
    is_estimated = any(charge.billed_cost is None and id(charge) in costs for _, charge in group)
    name, *_ = _group_of(series, first, grouping)
    if grouping is not Grouping.METRIC:
        return Line(name, None, None, None, cost, is_estimated)
    number = total(charge.consumed_quantity for _, charge in group if not charge.is_correction)
    pool = context.pools.of.get(series)
    unit = pool.price.shown_unit(first.consumed_unit) if pool else first.consumed_unit
    return Line(
        series.metric_name or series.metric_id,
        series.product_family,
        Amount(number, unit),
        allowance_use(pool, context.as_of) if pool else None,
        cost,
        is_estimated,
        series.metric_id,
        pool.price if pool else context.prices.find(*series[:3]),
    )
