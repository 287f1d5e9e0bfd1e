"""Which billing cycles to ask Version 1 for, one by one, back to where a period begins.

An answer without dates holds the current cycle of each subscription, and sometimes the one before. A dated
one holds rows only if its range contains the first day of a cycle; of a range with two such days little or
nothing came back. So earlier cycles are asked for one at a time, from the first day to the last.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from cloudflare_budgets.adapters.cloudflare_info_v1 import Subscription
from cloudflare_budgets.domain.charge import Charge
from cloudflare_budgets.domain.cycle import anchor_day_of, begins_on, cycle_containing
from cloudflare_budgets.domain.period import Period, midnight
from cloudflare_budgets.errors import UsageRefusedError

MAX_EARLIER_CYCLES = 14  # a year, and what lies around it

_INSTANT = timedelta.resolution
_DAY = timedelta(days=1)

Fetch = Callable[[date, date], Sequence[Charge]]


@dataclass(frozen=True, slots=True)
class Anchor:
    """Subscriptions whose cycles begin on the same day of the month.

    `subscriptions` holds their ids, "" for rows that name none. None of them was there before `began`,
    where that is known; where `ended` is set, none is there any more since.
    """

    day: int
    subscriptions: frozenset[str]
    began: datetime | None = None
    ended: datetime | None = None

    def has(self, charge: Charge) -> bool:
        """Tell whether a charge is on one of the subscriptions."""
        return subscription_of(charge) in self.subscriptions

    def is_covered(self, period: Period, earliest: datetime) -> bool:
        """Tell whether cycles from `earliest` on are all that a period takes."""
        return earliest <= period.start or (self.began is not None and self.began >= earliest)


def subscription_of(charge: Charge) -> str:
    """Give the id of the subscription that a charge is on, "" where it names none."""
    return charge.subscription_id or ""


def start_of_cycle(charge: Charge) -> datetime:
    """Give the first instant of the day on which a charge's cycle begins; every row of Version 1 says it."""
    return midnight(charge.billing_period_start or charge.charge_period_start)


def anchors_of(
    subscriptions: Collection[Subscription], undated: Iterable[Charge], period: Period
) -> Iterator[Anchor]:
    """Find the anchors whose cycles a period takes: those that are told, and those that only rows show."""
    told: defaultdict[int, list[Subscription]] = defaultdict(list)
    for subscription in subscriptions:
        told[subscription.anchor.day].append(subscription)
    shown = _shown_by_rows(subscriptions, undated, sorted(told))
    for day in sorted(told.keys() | shown.keys()):
        here, others = told.get(day, []), shown.get(day, frozenset())
        ends = [one.end for one in here if one.end is not None and one.end < period.end]
        ended = max(ends) if here and len(ends) == len(here) and not others else None
        if ended is None or ended > period.start:
            began = None if others - {""} else min((one.start for one in here), default=None)
            yield Anchor(day, others | {one.id for one in here}, began, ended)


def walk_back(anchor: Anchor, period: Period, undated: Sequence[Charge], fetch: Fetch) -> datetime:
    """Fetch one earlier cycle after the other, until a period is covered or nothing more comes.

    Gives the start of the earliest cycle that was read; it and all later ones were read whole.
    """
    earliest, day = _start_of_newest(anchor, period, undated), anchor.day
    for _ in range(MAX_EARLIER_CYCLES):
        if anchor.is_covered(period, earliest):
            break
        cycle = cycle_containing(day, earliest - _INSTANT).period
        starts = {
            start_of_cycle(charge)
            for charge in _within(cycle, anchor, undated) or _fetched(cycle, anchor, period, fetch)
        }
        if not starts:
            break
        earliest = min(starts)
        # A cycle that begins on the last day of a short month hides the anchor; the one before may show it.
        if not begins_on(day, earliest):
            day = anchor_day_of(earliest, starts)
    return earliest


def _shown_by_rows(
    subscriptions: Iterable[Subscription], undated: Iterable[Charge], told: Sequence[int]
) -> Mapping[int, frozenset[str]]:
    names = {subscription.id for subscription in subscriptions}
    starts: defaultdict[str, set[datetime]] = defaultdict(set)
    for charge in undated:
        if subscription_of(charge) not in names:
            starts[subscription_of(charge)].add(start_of_cycle(charge))
    shown: defaultdict[int, set[str]] = defaultdict(set)
    for name, dates in starts.items():
        fitting = (day for day in told if all(begins_on(day, start) for start in dates))
        shown[next(fitting, anchor_day_of(max(dates), dates))].add(name)
    return {day: frozenset(ids) for day, ids in shown.items()}


def _start_of_newest(anchor: Anchor, period: Period, undated: Iterable[Charge]) -> datetime:
    """Find the start of the cycle that the undated answer is about; what ended begins to be read after it."""
    if anchor.ended is not None:
        return cycle_containing(anchor.day, anchor.ended - _INSTANT).period.end
    current = cycle_containing(anchor.day, period.end - _INSTANT).period.start
    return max([current, *(start_of_cycle(charge) for charge in undated if anchor.has(charge))])


def _within(cycle: Period, anchor: Anchor, undated: Iterable[Charge]) -> list[Charge]:
    """Take an earlier cycle from the undated answer, if that holds it from its first day on."""
    rows = _of(cycle, anchor, undated)
    has_first_day = any(midnight(row.charge_period_start) == cycle.start for row in rows)
    return rows if has_first_day else []


def _fetched(cycle: Period, anchor: Anchor, period: Period, fetch: Fetch) -> list[Charge]:
    first, last = cycle.start.date(), (min(cycle.end, period.end) - _INSTANT).date()
    rows = _of(cycle, anchor, fetch(first, last))
    if rows and cycle.end <= period.end and max(row.charge_period_start for row in rows).date() < last:
        # Whether the last day belongs to a range is not documented: perhaps one day more makes it appear.
        try:
            rows += _of(cycle, anchor, fetch(first, last + _DAY))
        except UsageRefusedError:
            return rows
    return rows


def _of(cycle: Period, anchor: Anchor, charges: Iterable[Charge]) -> list[Charge]:
    return [charge for charge in charges if anchor.has(charge) and start_of_cycle(charge) in cycle]
