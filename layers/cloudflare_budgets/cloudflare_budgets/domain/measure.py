"""Adding up what a budget counts, in one unit, or the reason why that cannot be done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from cloudflare_budgets.domain.amount import EXACT, total
from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.charge import Charge, metric_slug
from cloudflare_budgets.domain.pool import Pool
from cloudflare_budgets.domain.price import Price
from cloudflare_budgets.domain.rating import Rated
from cloudflare_budgets.domain.usage import Series

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
    COST_DISAGREES = "cost_disagrees"
    PRICE_UNKNOWN = "price_unknown"
    NO_ALLOWANCE = "no_allowance"
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
    """Why an amount is not known, in a word for machines and a sentence for people.

    `step` names how far it has come, where it may go further and that is news again. `names` are what the
    reason names, where another name is news. After `until`, if that is set, nobody can tell whether it is
    over.
    """

    kind: UnknownKind
    reason: str
    step: str = ""
    names: tuple[str, ...] = ()
    until: datetime | None = None


class CostBasis(StrEnum):
    """Where costs come from: from Cloudflare, from a price list, or from both."""

    BILLED = "billed"
    ESTIMATED = "estimated"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What Cloudflare bills for charges, and what they cost by `prices`, in one currency."""

    billed: Decimal
    listed: Rated
    prices: tuple[Price, ...] = ()

    @property
    def shortfall(self) -> Decimal:
        """How much less is billed than it costs by the list at the least; below zero: more is billed."""
        return EXACT.subtract(min(self.listed.low, self.listed.number), self.billed)


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison of one day of a pool, as far as a budget's scope covers it."""

    pool: Pool
    day: datetime
    billed: Decimal
    listed: Rated


@dataclass(frozen=True, slots=True)
class Costs:
    """Where a cost budget's amount comes from.

    `estimated` is how much of it is by the price list, `comparison` what the list says of those pools that
    are billed far off it, and `compared` what it says of all that is billed, by pool and day. `prices` are
    those that the estimate is made with.
    """

    basis: CostBasis
    estimated: Rated | None = None
    comparison: Comparison | None = None
    compared: tuple[Compared, ...] = ()
    prices: tuple[Price, ...] = ()


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
    the true amount is that or more. `costs` says of a cost budget where its amount comes from.
    """

    number: Decimal
    parts: tuple[Part, ...]
    gap: Unknown | None = None
    costs: Costs | None = None


def measure_quantity(budget: Budget, usage: Iterable[tuple[Series, Charge]]) -> Measured | Unknown:
    """Add up consumed quantities; those of different units are never added, and corrections are left out."""
    charges = [(series, charge) for series, charge in usage if not charge.is_correction]
    unit = budget.limit.unit
    averages = [series.metric_id for series, _ in charges if _is_peak_average(series)]
    if averages:
        text = f"{listed(averages)} is billed as the mean of daily peaks, which its rows do not add up to"
        return Unknown(UnknownKind.NOT_SUMMABLE, f"{text}: leave it out of `scope`")
    others = [(series, charge) for series, charge in charges if charge.consumed_unit != unit]
    if others:
        found = listed(
            f"{charge.consumed_unit or 'no unit'} ({series.metric_id})" for series, charge in others
        )
        return Unknown(
            UnknownKind.UNKNOWN_UNIT,
            f"the limit is in {unit}, but its scope covers usage in {found}: "
            "narrow `scope`, or write `limit` in the unit of the usage",
        )
    parts = tuple(Part(series, charge, charge.consumed_quantity) for series, charge in charges)
    return Measured(total(part.number for part in parts), parts)


def _is_peak_average(series: Series) -> bool:
    return _PEAK_AVERAGE in series.metric_id or _PEAK_AVERAGE in metric_slug(series.metric_name or "")


def listed(names: Iterable[str]) -> str:
    """List names in order, each once, and no more than a line of them."""
    distinct = set(names)
    more = len(distinct) - _NAMED_AT_MOST
    return ", ".join(first_names(distinct)) + (f" and {more} more" if more > 0 else "")


def first_names(names: Iterable[str]) -> tuple[str, ...]:
    """Find those of many names that are listed."""
    return tuple(sorted(set(names))[:_NAMED_AT_MOST])
