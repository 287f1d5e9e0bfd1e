"""Days without any row: how many are usual for an account, and whether they hide a cost."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from cloudflare_budgets.domain.primitives.amount import ZERO, total
from cloudflare_budgets.domain.primitives.period import DAY, midnight
from cloudflare_budgets.domain.timeseries.weekdays import is_weekend
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.history import DayRecord
from cloudflare_budgets.domain.usage.usage import Usage

# What is usual shows in the last four weeks.
_LOOK_BACK = 28 * DAY
# An account with rows on so many working days and on no weekend is used on working days only.
_WORKING_DAYS = 5
# Costs may be rounded to cents, each row by itself.
_CENT = Decimal("0.01")

Days = Collection[datetime]


def days_with_rows(usage: Usage, history: Iterable[DayRecord] = ()) -> frozenset[datetime]:
    """Return the midnights of all days with any row, of this run and of earlier ones."""
    read = (midnight(charge.charge_period_start) for charge in usage.reading.charges)
    return frozenset((*read, *(record.day for record in history if record.source == usage.source)))


def usual_gap(days: Days, before: datetime) -> int:
    """Return the length of a gap that occurred at least twice in the four weeks before."""
    recent = sorted(day for day in days if before - _LOOK_BACK <= day < before)
    gaps = sorted(((later - day) // DAY - 1 for day, later in pairwise(recent)), reverse=True)
    return gaps[1] if len(gaps) > 1 else 0


def idle_weekend(days: Days, since: datetime) -> int:
    """Count the weekend days from a day on, if the account has no rows on weekends; else 0."""
    known = [day for day in days if day < since]
    if len(known) < _WORKING_DAYS or any(is_weekend(day) for day in known):
        return 0
    return next(count for count in range(3) if not is_weekend(since + count * DAY))


def costs_add_up(usage: Usage, last: datetime, following: datetime) -> bool:
    """Return whether running totals prove that the days between two days with rows cost nothing.

    Each series that continues must have a running total of its cost which grew by its rows alone.
    """
    proofs = list(_proofs(usage, last, following))
    return bool(proofs) and all(proofs)


def _proofs(usage: Usage, last: datetime, following: datetime) -> Iterator[bool]:
    series: defaultdict[tuple[object, ...], list[Charge]] = defaultdict(list)
    for charge in usage.reading.charges:
        key = charge.subscription_id, charge.metric_id, charge.zone_id, charge.billing_period_start
        series[key].append(charge)
    for rows in series.values():
        after = [row for row in rows if row.charge_period_start >= following]
        before = [row for row in rows if row.charge_period_start <= last]
        if after and before:
            yield _goes_on(before, after)


def _goes_on(before: list[Charge], after: list[Charge]) -> bool:
    ended, began = (
        max(row.charge_period_start for row in before),
        min(row.charge_period_start for row in after),
    )
    old = [row.cumulated_contracted_cost for row in before if row.charge_period_start == ended]
    new = [row.cumulated_contracted_cost for row in after if row.charge_period_start == began]
    costs = [row.contracted_cost for row in after if row.charge_period_start == began]
    if None in (*old, *new, *costs):
        return False
    grown = total((max(each or ZERO for each in new), -max(each or ZERO for each in old)))
    return abs(total((grown, *(-(cost or ZERO) for cost in costs)))) <= _CENT * len(costs)
