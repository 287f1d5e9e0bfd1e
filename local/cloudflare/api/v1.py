"""GET /accounts/{account_id}/billable-usage and its info: "Version 1, Alpha".

A dated range has to hold the first day of a billing cycle, else nothing comes back; where it holds two, one
slice was seen to come back, here that of the first. Without dates the current cycle comes, on some accounts
with the one before. Whether the last day belongs to a range is not documented, nor what a single date means:
the other one is taken to be the start of the current cycle, or today.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.cloudflare.accounts.account import Crowd, GivenRows, V1Access
from local.cloudflare.accounts.metering import days_of_use
from local.cloudflare.api import focus as focus_v1
from local.cloudflare.api.access import AUTHENTICATION_ERROR, could_not_route
from local.cloudflare.api.focus import falls_between, midnight
from local.cloudflare.api.parameters import Days, Invalid, day_of
from local.cloudflare.http import Reply, Request, failure, render, render_rows, success, success_with_nulls

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from local.cloudflare.accounts.account import Account
    from local.cloudflare.accounts.subscriptions import Subscription
    from local.cloudflare.http import Json, Row


_DAY = timedelta(days=1)


def get_info(request: Request, account: Account, _now: datetime) -> Reply:
    """Answer whether the account is covered, and with its subscriptions."""
    if account.v1.access is V1Access.FORBIDDEN:
        return failure(HTTPStatus.FORBIDDEN, AUTHENTICATION_ERROR)
    if not account.v1.has_info:
        return failure(HTTPStatus.NOT_FOUND, could_not_route(request.path))
    covered = account.v1.access is V1Access.OPEN
    subscriptions = [_described(one) for one in account.subscriptions] if covered else []
    return success(render({"covered": covered, "subscriptions": subscriptions}).encode())


def get_usage(request: Request, account: Account, now: datetime) -> Reply:
    """Answer with one billing cycle of each subscription, the current one without dates."""
    if account.v1.access is V1Access.FORBIDDEN:
        return failure(HTTPStatus.FORBIDDEN, AUTHENTICATION_ERROR)
    asked = _asked(request.query, account, now.date())
    if isinstance(asked, Invalid):
        return asked.refusal()
    if account.v1.access is V1Access.NOT_COVERED:
        return success_with_nulls(b"[]")
    if isinstance(account.source, GivenRows):
        return success_with_nulls(render_rows(_rows(account, asked, now)))
    if isinstance(account.source, Crowd):
        now = datetime.combine(now.date(), time(), UTC)  # so that the answer is rendered once a day
    return _rendered(account, asked, now)


@lru_cache(maxsize=16)  # a long answer takes longer to render than to read
def _rendered(account: Account, asked: Days | None, now: datetime) -> Reply:
    return success_with_nulls(render_rows(_rows(account, asked, now)))


def _described(subscription: Subscription) -> Json:
    anchor = midnight(subscription.start)
    described: dict[str, Json] = {
        "id": subscription.id,
        "start_timestamp": anchor,
        "billing_cycle_anchor_timestamp": anchor,
    }
    return described | ({"end_timestamp": midnight(subscription.end)} if subscription.end else {})


def _asked(query: Mapping[str, str], account: Account, today: date) -> Days | Invalid | None:
    if not {"from", "to"} & query.keys():
        return None
    first = day_of(query["from"]) if "from" in query else _start_of_the_current_cycle(account, today)
    last = day_of(query["to"]) if "to" in query else today
    if first is None or last is None:
        return Invalid("from and to must be dates such as 2026-11-01")
    if "to" in query and not account.last_day_included:
        last -= _DAY
    if last < first:
        return Invalid("from must lie before to")
    return Days(first, last)


def _start_of_the_current_cycle(account: Account, today: date) -> date:
    return min((one.cycle_on(today).start for one in account.subscriptions), default=today)


def _rows(account: Account, asked: Days | None, now: datetime) -> Iterable[Row]:
    slices = {one.id: _slice(one, asked, account, now.date()) for one in account.subscriptions}
    if isinstance(account.source, GivenRows):
        return _given(account.source, asked) if any(slices.values()) else ()
    return _metered(account, {key: days for key, days in slices.items() if days}, now)


def _slice(subscription: Subscription, asked: Days | None, account: Account, today: date) -> Days | None:
    """Choose the days of one subscription; None where the range holds no start of its cycles."""
    if asked is None:
        cycle = subscription.cycle_on(today)
        if (today - cycle.start).days < account.v1.previous_cycle_days:
            return Days(subscription.cycle_before(cycle).start, today)
        return Days(cycle.start, today)
    cycle = subscription.cycle_on(asked.first)
    if cycle.start < asked.first:
        cycle = subscription.cycle_on(cycle.end)
    return Days(cycle.start, min(cycle.end - _DAY, asked.last)) if cycle.start <= asked.last else None


def _given(source: GivenRows, asked: Days | None) -> Iterator[Row]:
    return (row for row in source.rows if not asked or falls_between(row, asked.first, asked.last))


def _metered(account: Account, slices: Mapping[str, Days], now: datetime) -> Iterator[Row]:
    if not slices:
        return
    first, last = min(days.first for days in slices.values()), max(days.last for days in slices.values())
    for used in days_of_use(account, first, last, now):
        days = slices.get(used.subscription.id)
        if days and days.first <= used.day <= days.last:
            yield focus_v1.row(account, used)
