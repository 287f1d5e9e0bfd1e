"""Cloudflare's billing cycles: from anchor day to anchor day, in UTC.

A cycle begins on the day of the month on which the account's first paid purchase was made. In a
month without that day it begins on the month's last day, and on the anchor day again after that.
https://developers.cloudflare.com/billing/understand/how-billing-works/
"""

import calendar
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from cloudflare_budgets.domain.primitives.period import Period, evaluated_after, midnight
from cloudflare_budgets.domain.usage.charge import Charge


@dataclass(frozen=True, slots=True)
class Cycle:
    """A billing cycle.

    `estimated`: its end was computed, since the source has none. `anchor_day` is the day of the month, 1 to
    31, on which cycles begin, as far as it is known. `is_last`: no cycle follows, because its subscriptions
    ended or a plan change replaced it.
    """

    period: Period
    anchor_day: int
    estimated: bool = False
    is_last: bool = False


@lru_cache(maxsize=1024)  # called for every charge
def cycle_containing(anchor_day: int, instant: datetime) -> Cycle:
    """Return the cycle that contains an instant.

    Args:
        anchor_day: the day of the month, 1 to 31, on which cycles begin.
        instant: any instant.
    """
    instant = instant.astimezone(UTC)
    month = instant.year * 12 + instant.month - 1
    if instant < _start(month, anchor_day):
        month -= 1
    return Cycle(Period(_start(month, anchor_day), _start(month + 1, anchor_day)), anchor_day, estimated=True)


def cycle_starting(start: datetime, anchor_day: int | None = None) -> Cycle:
    """Return the cycle that begins at a start of the source.

    Without an anchor day, the day of the start is used: a start on the last day of a short month may
    belong to a later anchor day, and then the end is up to three days too early.
    """
    day = anchor_day or start.day
    return Cycle(Period(start, _start(start.year * 12 + start.month, day)), day, estimated=True)


def begins_on(anchor_day: int, start: datetime) -> bool:
    """Return whether a cycle of an anchor day begins on the day of a start."""
    return cycle_containing(anchor_day, start).period.start == midnight(start)


def anchor_day_of(start: datetime, others: Iterable[datetime]) -> int:
    """Return the anchor day of a cycle that begins at a start.

    On the last day of a short month the anchor may be a later day, as the starts of the subscription's other
    cycles or the end of this one show: the latest of those days that agrees with the start.
    """
    return max((start.day, *(other.day for other in others if begins_on(other.day, start))))


def cycles_of(
    charges: Iterable[Charge], anchor_days: Mapping[str, int], ended: Collection[str] = ()
) -> tuple[Cycle, ...]:
    """Return the cycles that rows name, oldest first.

    Args:
        charges: the rows of one account.
        anchor_days: the anchor day of each subscription whose anchor is known.
        ended: the subscriptions that are known to have ended.
    """
    ends: dict[datetime, datetime] = {}
    starts: defaultdict[str, set[datetime]] = defaultdict(set)
    last_days: dict[datetime, datetime] = {}
    for charge in charges:
        start, end = charge.billing_period_start, charge.billing_period_end
        if start is not None:
            starts[charge.sub_account_id or charge.subscription_id or ""].add(start)
            last_days[start] = max(charge.charge_period_start, last_days.get(start, start))
            if end is not None:
                ends.setdefault(start, end)
    found = {start: Cycle(Period(start, end), anchor_day_of(start, [end])) for start, end in ends.items()}
    for start in {start for its_starts in starts.values() for start in its_starts} - ends.keys():
        found[start] = cycle_starting(start, _likely_anchor(start, starts, anchor_days))
    going_on = {start for name, its_starts in starts.items() if name not in ended for start in its_starts}
    return tuple(
        replace(found[start], is_last=start not in going_on or _was_left(found[start], last_days))
        for start in sorted(found)
    )


def cycles_to_evaluate(
    cycles: Iterable[Cycle],
    anchor_days: Iterable[int],
    as_of: datetime,
    judged_through: datetime | None = None,
) -> list[Cycle]:
    """Return the cycle of `as_of` for every anchor, and earlier ones to evaluate, newest first.

    A cycle that has just begun has no rows yet: it follows from the cycle before, or from its anchor.
    Without either, it follows from the last cycle, since nothing proves that all subscriptions ended.
    """
    found = {cycle.period.start: cycle for cycle in cycles}
    covered = [cycle for cycle in found.values() if as_of in cycle.period]
    over = [cycle for cycle in found.values() if cycle.period.end <= as_of]
    days = {*anchor_days, *(cycle.anchor_day for cycle in over if not cycle.is_last)}
    if not days and not covered:
        days = {cycle.anchor_day for cycle in over}
    for day in sorted(days):
        current = cycle_containing(day, as_of)
        if not any(
            cycle.anchor_day == day or cycle.period.start == current.period.start for cycle in covered
        ):
            found.setdefault(current.period.start, current)
    relevant = [
        cycle
        for cycle in found.values()
        if cycle.period.start <= as_of and cycle.period.end > evaluated_after(as_of, judged_through)
    ]
    return sorted(relevant, key=lambda cycle: cycle.period.start, reverse=True)


def _was_left(cycle: Cycle, last_days: Mapping[datetime, datetime]) -> bool:
    """Return whether another cycle began within a cycle that has no rows after that day."""
    start, end = cycle.period.start, cycle.period.end
    return any(start < other < end and last_days[start] <= other for other in last_days)


def _likely_anchor(
    start: datetime, starts: Mapping[str, Collection[datetime]], anchor_days: Mapping[str, int]
) -> int:
    """Return a subscription's anchor day if the start agrees with it, else the day of its rows."""
    subscriptions = [name for name, its_starts in starts.items() if start in its_starts]
    known = [anchor_days[name] for name in subscriptions if name in anchor_days]
    agreeing = [day for day in known if begins_on(day, start)]
    return max(agreeing or (anchor_day_of(start, starts[name]) for name in subscriptions))


def _start(month: int, anchor_day: int) -> datetime:
    year, zero_based = divmod(month, 12)
    last = calendar.monthrange(year, zero_based + 1)[1]
    return datetime(year, zero_based + 1, min(anchor_day, last), tzinfo=UTC)
