"""What a budget comes to with fresh usage: at least, and as estimated."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.data_quality.unknown import Unknown
from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.evaluation.cost import measure_cost
from cloudflare_budgets.domain.evaluation.extended import Extended
from cloudflare_budgets.domain.evaluation.measurement import Measurement, measure_quantity
from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO, Amount
from cloudflare_budgets.domain.usage.usage import Series
from cloudflare_budgets.domain.usage.window import Window

_CAUSES = 3
_SMALL = 20  # a cause that adds a twentieth of the largest one decides nothing


@dataclass(frozen=True, slots=True)
class Cause:
    """A metric, and the least that its fresh usage adds to a budget, in the unit of the limit.

    `metric_id` is the metric's id in the price list, `billed_id` in billed rows.
    """

    metric_id: str
    billed_id: str
    name: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Provisional:
    """A budget's amount with fresh usage, in the unit of its limit: middle estimate and least.

    `crossed` are the actual thresholds that `low` reaches and the billed amount does not, ascending.
    `through` is the instant up to which analytics were read; `unread` are metrics of which nothing is known.
    `causes` are the metrics that add most, largest first. `uncompared` are the names of those that add at
    least 5 % of the most, and whose figures were not compared with enough billed ones of earlier days.
    """

    amount: Amount
    low: Amount
    through: datetime
    crossed: tuple[Threshold, ...] = ()
    unread: tuple[str, ...] = ()
    causes: tuple[Cause, ...] = ()
    uncompared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Bounds:
    """What fresh usage adds to all budgets of one scope, window, column and unit."""

    least: Decimal
    middle: Decimal
    causes: tuple[Cause, ...]


def provisional(
    budget: Budget, window: Window, billed: Measurement, context: EvaluationContext
) -> Provisional | None:
    """Return a budget's amount with fresh usage; `None` if fresh usage adds nothing to it."""
    extended = context.extended
    if extended is None:
        return None
    key = (_bounds, budget.scope, window, budget.column, budget.limit.unit)
    bounds = context.once(key, lambda: _bounds(budget, window, billed, extended))
    if bounds is None or bounds.middle <= billed.number:
        return None
    unit, low, causes = budget.limit.unit, max(billed.low, bounds.least), bounds.causes
    crossed = [
        threshold
        for threshold in budget.thresholds
        if threshold.basis is Basis.ACTUAL and billed.low < threshold.amount <= low
    ]
    unread = extended.billed_metrics & extended.fresh.unread.keys()
    least = causes[0].amount / _SMALL if causes else ZERO
    known = {metric for metric, scale in extended.scales.items() if scale.is_calibrated}
    uncompared = [each.name for each in causes if each.amount >= least and each.metric_id not in known]
    return Provisional(
        Amount(max(bounds.middle, low), unit),
        Amount(low, unit),
        extended.fresh.through,
        tuple(crossed),
        tuple(sorted(unread)),
        causes,
        tuple(uncompared),
    )


def _bounds(budget: Budget, window: Window, billed: Measurement, extended: Extended) -> _Bounds | None:
    least = _measured(budget, window, extended, is_least=True)
    middle = _measured(budget, window, extended, is_least=False)
    if least is None or middle is None:
        return None
    causes = tuple(_causes(billed, least, extended.ids))[:_CAUSES]
    return _Bounds(least.low, middle.number, causes)


def _causes(billed: Measurement, least: Measurement, ids: Mapping[Series, str]) -> Iterator[Cause]:
    added: defaultdict[Series, Decimal] = defaultdict(Decimal)
    for sign, parts in ((1, least.parts), (-1, billed.parts)):
        for part in parts:
            added[part.series] = EXACT.add(added[part.series], sign * part.number)
    for series in sorted(added, key=lambda each: -added[each]):
        if added[series] > 0:
            listed, name = ids.get(series, series.metric_id), series.metric_name or series.metric_id
            yield Cause(listed, series.metric_id, name, added[series])


def _measured(budget: Budget, window: Window, extended: Extended, *, is_least: bool) -> Measurement | None:
    usage = extended.least if is_least else extended.middle
    charges = usage.charges_in(budget.scope, window)
    if budget.is_cost:
        pools = extended.least_pools if is_least else extended.middle_pools
        found = measure_cost(budget, charges, pools)
    else:
        found = measure_quantity(budget, charges, extended.prices)
    return None if isinstance(found, Unknown) else found
