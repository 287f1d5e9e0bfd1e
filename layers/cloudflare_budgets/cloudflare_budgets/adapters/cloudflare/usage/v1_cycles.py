"""Which billing cycles to request from version 1, from the newest back to a period's start.

An answer without dates contains the current cycle of each subscription, and sometimes the previous one. A
dated request returns rows only if its range contains the first day of a cycle. For a range with two such
days, little or nothing was returned. Earlier cycles are therefore requested one by one, first day to last.
Subscriptions and their anchors come from GET /accounts/{account_id}/billable-usage/info.
https://developers.cloudflare.com/api/resources/billing/subresources/usage/
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cloudflare_budgets.adapters.cloudflare.usage.answers import read_result
from cloudflare_budgets.adapters.cloudflare.values import WrongValueError, instant_of, shown, text_of
from cloudflare_budgets.domain.primitives.period import Period, midnight
from cloudflare_budgets.domain.usage.billing_cycle import anchor_day_of, begins_on, cycle_containing
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.subscription import Subscription
from cloudflare_budgets.errors import AccountNotCoveredError, UsageRefusedError, UsageUnreadableError

_ANSWER = "Cloudflare's answer about the account"


def read_subscriptions(pieces: Iterator[bytes]) -> tuple[Subscription, ...]:
    """Parse the body of an answer about an account.

    Raises:
        AccountNotCoveredError: Version 1 does not serve the account.
        TransientError: the body is not JSON, or truncated.
        UsageRefusedError: the answer reports a failure.
        UsageUnreadableError: the answer is invalid.
    """
    result = read_result(pieces, lambda _: None)
    covered = result.get("covered") if isinstance(result, dict) else None
    if not isinstance(result, dict) or type(covered) is not bool:
        raise UsageUnreadableError(f"{_ANSWER} does not say whether the account is covered")
    if not covered:
        raise AccountNotCoveredError(
            "Version 1 of Cloudflare's usage API does not cover this account (`covered` is false): it has "
            "no rows, so usage and cost are unknown, not zero"
        )
    subscriptions = result.get("subscriptions")
    if not isinstance(subscriptions, list):
        raise UsageUnreadableError(f"{_ANSWER} has {shown(subscriptions)} for `subscriptions`")
    return tuple(map(_subscription, subscriptions))


def _subscription(document: Any) -> Subscription:  # noqa: ANN401 - any JSON
    column = "id"
    if not isinstance(document, dict):
        raise UsageUnreadableError(f"{_ANSWER} has {shown(document)} for a subscription")
    try:
        identifier = text_of(document.get(column))
        column = "start_timestamp"
        start = instant_of(document.get(column))
        column = "billing_cycle_anchor_timestamp"
        anchor = instant_of(document.get(column))
        column = "end_timestamp"
        end = None if document.get(column) is None else instant_of(document[column])
    except WrongValueError as error:
        value = shown(document.get(column))
        raise UsageUnreadableError(
            f"{_ANSWER} has a subscription with {column} {value}, but it must be {error}"
        ) from None
    return Subscription(identifier, start, anchor, end)


MAX_EARLIER_CYCLES = 14  # a year, and the cycles around it

_INSTANT = timedelta.resolution
_DAY = timedelta(days=1)

Fetch = Callable[[date, date], Sequence[Charge]]


@dataclass(frozen=True, slots=True)
class CycleAnchor:
    """Subscriptions whose cycles start on the same day of the month.

    Attributes:
        day: Day of the month.
        subscriptions: Their ids, "" for rows without one.
        began: No subscription started before, if known.
        ended: All subscriptions ended by then; `None` if one is active.
    """

    day: int
    subscriptions: frozenset[str]
    began: datetime | None = None
    ended: datetime | None = None

    def has(self, charge: Charge) -> bool:
        """Return whether a charge belongs to one of the subscriptions."""
        return subscription_of(charge) in self.subscriptions

    def is_covered(self, period: Period, earliest: datetime) -> bool:
        """Return whether the cycles from `earliest` on cover a period."""
        return earliest <= period.start or (self.began is not None and self.began >= earliest)


def subscription_of(charge: Charge) -> str:
    """Return the id of the subscription of a charge, "" if it has none."""
    return charge.subscription_id or ""


def start_of_cycle(charge: Charge) -> datetime:
    """Return the first instant of the day on which the cycle of a charge starts."""
    return midnight(charge.billing_period_start or charge.charge_period_start)


def anchors_of(
    subscriptions: Collection[Subscription], undated: Iterable[Charge], period: Period
) -> Iterator[CycleAnchor]:
    """Yield the anchors whose cycles overlap a period: of subscriptions, and of other rows."""
    by_day: defaultdict[int, list[Subscription]] = defaultdict(list)
    for subscription in subscriptions:
        by_day[subscription.anchor.day].append(subscription)
    in_rows = _anchors_in_rows(subscriptions, undated, sorted(by_day))
    for day in sorted(by_day.keys() | in_rows.keys()):
        here, others = by_day.get(day, []), in_rows.get(day, frozenset())
        ends = [one.end for one in here if one.end is not None and one.end < period.end]
        ended = max(ends) if here and len(ends) == len(here) and not others else None
        if ended is None or ended > period.start:
            began = None if others - {""} else min((one.start for one in here), default=None)
            yield CycleAnchor(day, others | {one.id for one in here}, began, ended)


def fetch_earlier_cycles(
    anchor: CycleAnchor, period: Period, undated: Sequence[Charge], fetch: Fetch
) -> datetime:
    """Fetch earlier cycles one by one, until a period is covered or a cycle has no rows.

    Returns the start of the earliest cycle that was read; this and all later cycles are complete.
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
        # A cycle that starts on the last day of a short month hides the anchor; the cycle before may show it.
        if not begins_on(day, earliest):
            day = anchor_day_of(earliest, starts)
    return earliest


def _anchors_in_rows(
    subscriptions: Iterable[Subscription], undated: Iterable[Charge], by_day: Sequence[int]
) -> Mapping[int, frozenset[str]]:
    names = {subscription.id for subscription in subscriptions}
    starts: defaultdict[str, set[datetime]] = defaultdict(set)
    for charge in undated:
        if subscription_of(charge) not in names:
            starts[subscription_of(charge)].add(start_of_cycle(charge))
    in_rows: defaultdict[int, set[str]] = defaultdict(set)
    for name, dates in starts.items():
        fitting = (day for day in by_day if all(begins_on(day, start) for start in dates))
        in_rows[next(fitting, anchor_day_of(max(dates), dates))].add(name)
    return {day: frozenset(ids) for day, ids in in_rows.items()}


def _start_of_newest(anchor: CycleAnchor, period: Period, undated: Iterable[Charge]) -> datetime:
    """Return the start of the cycle in the undated answer, or the end of the last cycle."""
    if anchor.ended is not None:
        return cycle_containing(anchor.day, anchor.ended - _INSTANT).period.end
    current = cycle_containing(anchor.day, period.end - _INSTANT).period.start
    return max([current, *(start_of_cycle(charge) for charge in undated if anchor.has(charge))])


def _within(cycle: Period, anchor: CycleAnchor, undated: Iterable[Charge]) -> list[Charge]:
    """Return the rows of an earlier cycle in the undated answer, if its first day is among them."""
    rows = _of(cycle, anchor, undated)
    has_first_day = any(midnight(row.charge_period_start) == cycle.start for row in rows)
    return rows if has_first_day else []


def _fetched(cycle: Period, anchor: CycleAnchor, period: Period, fetch: Fetch) -> list[Charge]:
    first, last = cycle.start.date(), (min(cycle.end, period.end) - _INSTANT).date()
    rows = _of(cycle, anchor, fetch(first, last))
    if rows and cycle.end <= period.end and max(row.charge_period_start for row in rows).date() < last:
        # It is not documented whether a range includes its last day, so one more day is requested.
        try:
            rows += _of(cycle, anchor, fetch(first, last + _DAY))
        except UsageRefusedError:
            return rows
    return rows


def _of(cycle: Period, anchor: CycleAnchor, charges: Iterable[Charge]) -> list[Charge]:
    return [charge for charge in charges if anchor.has(charge) and start_of_cycle(charge) in cycle]
