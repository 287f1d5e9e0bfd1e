"""Why an amount is not known."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

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


def listed(names: Iterable[str]) -> str:
    """List names in order, each once, and no more than a line of them."""
    distinct = set(names)
    more = len(distinct) - _NAMED_AT_MOST
    return ", ".join(first_names(distinct)) + (f" and {more} more" if more > 0 else "")


def first_names(names: Iterable[str]) -> tuple[str, ...]:
    """Find those of many names that are listed."""
    return tuple(sorted(set(names))[:_NAMED_AT_MOST])
