"""Adding up what a budget counts: one column, in one unit, or the reason why that cannot be done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from cloudflare_budgets.domain.amount import total
from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.charge import Charge
from cloudflare_budgets.domain.usage import Series

_COST_ATTRIBUTES = {
    "BilledCost": "billed_cost",
    "EffectiveCost": "effective_cost",
    "ContractedCost": "contracted_cost",
    "ListCost": "list_cost",
}
_NAMED_AT_MOST = 5
# Concurrent browsers; https://developers.cloudflare.com/browser-rendering/platform/pricing/
_PEAK_AVERAGE = "average_concurrent"


class UnknownKind(StrEnum):
    """Why an amount is not known. The values are the `kind` of a problem."""

    NO_DATA_YET = "no_data_yet"
    NO_DATA = "no_data"
    STALE_DATA = "stale_data"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_CURRENCY = "unknown_currency"
    COST_UNAVAILABLE = "cost_unavailable"
    USAGE_UNAVAILABLE = "usage_unavailable"
    HISTORY_UNAVAILABLE = "history_unavailable"
    BILLING_PERIOD_UNKNOWN = "billing_period_unknown"
    METRIC_VANISHED = "metric_vanished"
    USAGE_WENT_DOWN = "usage_went_down"
    MISSING_DAYS = "missing_days"
    TOTALS_CONTRADICT = "totals_contradict"
    NOT_SUMMABLE = "not_summable"


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why an amount is not known, in a word for machines and a sentence for people."""

    kind: UnknownKind
    reason: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one charge contributes to a budget, in the unit of the budget's limit."""

    series: Series
    charge: Charge
    number: Decimal


@dataclass(frozen=True, slots=True)
class Measured:
    """What a budget's charges add up to, in the unit of its limit.

    With `gap` set the charges do not say everything, and `number` is what is known of them:
    the true amount is that or more.
    """

    number: Decimal
    parts: tuple[Part, ...]
    gap: Unknown | None = None


def measure(budget: Budget, charges: Iterable[tuple[Series, Charge]]) -> Measured | Unknown:
    """Add up the column that a budget counts; amounts of different units are never added."""
    if budget.is_cost:
        return _measure_cost(budget, list(charges))
    return _measure_quantity(
        budget, [(series, charge) for series, charge in charges if not charge.is_correction]
    )


def _measure_quantity(budget: Budget, charges: Sequence[tuple[Series, Charge]]) -> Measured | Unknown:
    unit = budget.limit.unit
    averages = [series.metric_id for series, _ in charges if _PEAK_AVERAGE in series.metric_id]
    if averages:
        text = f"{_listed(averages)} is billed as the mean of daily peaks, which its rows do not add up to"
        return Unknown(UnknownKind.NOT_SUMMABLE, f"{text}: leave it out of `scope`")
    others = [(series, charge) for series, charge in charges if charge.consumed_unit != unit]
    if others:
        found = _listed(
            f"{charge.consumed_unit or 'no unit'} ({series.metric_id})" for series, charge in others
        )
        return Unknown(
            UnknownKind.UNKNOWN_UNIT,
            f"the limit is in {unit}, but its scope covers usage in {found}: "
            "narrow `scope`, or write `limit` in the unit of the usage",
        )
    parts = tuple(Part(series, charge, charge.consumed_quantity) for series, charge in charges)
    return Measured(total(part.number for part in parts), parts)


def _measure_cost(budget: Budget, charges: Sequence[tuple[Series, Charge]]) -> Measured | Unknown:
    parts: list[Part] = []
    missing: list[str] = []
    foreign: list[str] = []
    attribute = _COST_ATTRIBUTES[budget.column]
    for series, charge in charges:
        cost = getattr(charge, attribute)
        if cost is None:
            missing.append(series.metric_id)
        elif charge.billing_currency != budget.limit.unit:
            foreign.append(f"{charge.billing_currency or 'no currency'} ({series.metric_id})")
        else:
            parts.append(Part(series, charge, cost))
    if foreign:
        found = _listed(foreign)
        unit = budget.limit.unit
        text = f"the limit is in {unit}, but Cloudflare bills in {found}: write `limit` in that currency"
        return Unknown(UnknownKind.UNKNOWN_CURRENCY, text)
    gap = _missing_cost(budget, missing, len(charges)) if missing else None
    return gap if gap and not parts else Measured(total(part.number for part in parts), tuple(parts), gap)


def _missing_cost(budget: Budget, missing: Sequence[str], rows: int) -> Unknown:
    return Unknown(
        UnknownKind.COST_UNAVAILABLE,
        f"{len(missing)} of {rows} usage rows carry no {budget.column} ({_listed(missing)}): Cloudflare does "
        "not give this account's costs through its usage API V2. A budget of a quantity works without them; "
        "or let the stack parameter UsageApi be v1, where Version 1 serves the account",
    )


def _listed(names: Iterable[str]) -> str:
    distinct = sorted(set(names))
    more = len(distinct) - _NAMED_AT_MOST
    return ", ".join(distinct[:_NAMED_AT_MOST]) + (f" and {more} more" if more > 0 else "")
