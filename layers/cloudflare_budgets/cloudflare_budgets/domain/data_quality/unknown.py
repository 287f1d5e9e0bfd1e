"""Why an amount is not known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cloudflare_budgets.domain.primitives.period import PeriodKind, period_containing

_NAMED_AT_MOST = 5


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
    NO_MATCHING_USAGE = "no_matching_usage"


@dataclass(frozen=True, slots=True)
class Unknown:
    """Why an amount is not known, as a word for machines and a sentence for people.

    `step` is how far the condition has come, if a further step is reported again. `names` are what the
    reason names, if another name is reported again. `since` is the month in which the condition began: it
    is reported once for that month. After `until` and the time usage settles, its end is not reported.
    """

    kind: UnknownKind
    reason: str
    step: str = ""
    names: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


def month_of(instant: datetime) -> datetime:
    """Return the start of the calendar month that contains an instant."""
    return period_containing(PeriodKind.MONTH, instant).start


def listed(names: Iterable[str]) -> str:
    """Join names in order, each once, and no more than fit into a line."""
    distinct = set(names)
    more = len(distinct) - _NAMED_AT_MOST
    return ", ".join(first_names(distinct)) + (f" and {more} more" if more > 0 else "")


def first_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return those names that `listed` names."""
    return tuple(sorted(set(names))[:_NAMED_AT_MOST])
