"""A budget: a limit for a scope and a period, and the thresholds at which alerts are sent."""

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from cloudflare_budgets.domain.primitives.amount import EXACT, Amount, is_currency, plain
from cloudflare_budgets.domain.primitives.period import PeriodKind

CONSUMED_QUANTITY = "ConsumedQuantity"
COST_COLUMNS = ("BilledCost", "EffectiveCost", "ContractedCost", "ListCost")
# The unit of a limit such as `100% of allowance`: of the usage that each metric's price includes.
OF_ALLOWANCE = "% of allowance"
# The keys of a scope for where usage occurred, not for which metric.
PLACES = ("zone", "region", "subscription")


class Basis(StrEnum):
    """What a threshold is compared with: actual usage, or the forecast for the period's end."""

    ACTUAL = "actual"
    FORECAST = "forecast"


@dataclass(frozen=True, slots=True)
class Threshold:
    """An amount at which an alert is sent, in the unit of its budget's limit.

    `percent` is set where the threshold was written as a percentage of the limit.
    """

    amount: Decimal
    percent: Decimal | None = None
    basis: Basis = Basis.ACTUAL

    @staticmethod
    def at_percent(percent: Decimal, limit: Amount, basis: Basis = Basis.ACTUAL) -> "Threshold":
        """Return the threshold at a percentage of a limit, exactly."""
        amount = EXACT.multiply(limit.number, percent).scaleb(-2, context=EXACT)
        return Threshold(amount, percent, basis)

    def rescaled(self, limit: Amount) -> "Threshold":
        """Return the threshold at the same percentage of another limit; it must have a percentage."""
        return Threshold.at_percent(self.percent or Decimal(0), limit, self.basis)

    def label(self, unit: str) -> str:
        """Format the threshold as in a budget document: `80%`, `9000000 Requests`, `100% forecast`."""
        value = f"{plain(self.percent)}%" if self.percent is not None else f"{plain(self.amount)} {unit}"
        return value if self.basis is Basis.ACTUAL else f"{value} {self.basis}"


class AlertOn(StrEnum):
    """Other alerts about a budget's metrics, independent of its limit."""

    SPIKE = "spike"
    NEW_METRIC = "new_metric"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which charges count: shell-style patterns, without regard to case.

    A charge must match a pattern of every key. A key without patterns matches everything.
    """

    metric_id: tuple[str, ...] = ()
    metric_name: tuple[str, ...] = ()
    product_family: tuple[str, ...] = ()
    zone: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    subscription: tuple[str, ...] = ()

    def patterns(self) -> dict[str, tuple[str, ...]]:
        """Return the keys that have patterns, with their patterns."""
        return {field.name: patterns for field in fields(self) if (patterns := getattr(self, field.name))}

    @property
    def place(self) -> str:
        """A text that identifies the zones, regions and subscriptions of the scope; empty for all.

        The order and the case of the patterns do not matter.
        """
        patterns = self.patterns()
        return "; ".join(
            f"{key} {sorted({pattern.lower() for pattern in patterns[key]})}"
            for key in PLACES
            if key in patterns
        )


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit for the usage or the cost of a scope in each period.

    `column` is the FOCUS column that is summed: a cost column if the limit is in a currency,
    `ConsumedQuantity` otherwise. `thresholds` ascend by amount. `account_id` is `None` if the budget
    belongs to the one configured account. `alert_on` are further alerts. The budget is muted until
    `muted_until`; `mute_note` says who muted the budget and why.

    `watched_since` is the first check that saw the budget: periods that ended before it are not alerted.
    `deleted_at` is the last check before it that missed the budget; `None` if the budget was never deleted.

    A limit in `% of allowance` stands for one budget per metric, each with its own limit: in these,
    `allowance_of` is the metric's id, and `allowance_percent` the share of the allowance.
    """

    name: str
    limit: Amount
    column: str
    thresholds: tuple[Threshold, ...]
    description: str = ""
    account_id: str | None = None
    period: PeriodKind = PeriodKind.MONTH
    scope: Scope = Scope()
    enabled: bool = True
    alert_on: tuple[AlertOn, ...] = ()
    muted_until: datetime | None = None
    mute_note: str = ""
    allowance_of: str | None = None
    allowance_percent: Decimal | None = None
    watched_since: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def is_allowance(self) -> bool:
        """Whether the limit is a share of the usage that each metric's price includes."""
        return self.limit.unit == OF_ALLOWANCE

    @property
    def limit_text(self) -> str:
        """The limit as in a budget document."""
        return f"{plain(self.limit.number)}{OF_ALLOWANCE}" if self.is_allowance else str(self.limit)

    def is_muted(self, as_of: datetime) -> bool:
        """Return whether the budget is muted at an instant."""
        return self.muted_until is not None and as_of < self.muted_until

    @property
    def is_cost(self) -> bool:
        """Whether the budget limits money rather than a quantity."""
        return is_currency(self.limit.unit)


def matches(patterns: Sequence[str], candidates: Sequence[str | None]) -> bool:
    """Return whether any pattern matches any candidate; always if there are no patterns."""
    if not patterns:
        return True
    present = [candidate.lower() for candidate in candidates if candidate]
    return any(_compiled(pattern).match(candidate) for pattern in patterns for candidate in present)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.lower()))


def budget_parameter(prefix: str, name: str) -> str:
    """Return the full name of the parameter that holds a budget."""
    return f"{prefix}/budgets/{name}"
