"""GET /accounts/{account_id}/billable/usage: "Get Account Usage (Version 2, ...)"."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.cloudflare.accounts.account import Account, Crowd, GivenRows
from local.cloudflare.api.focus import rows
from local.cloudflare.api.parameters import Days, Invalid, day_of
from local.cloudflare.http import Reply, Request, failure, success_with_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.cloudflare.http import Json, Row


LONGEST_RANGE = timedelta(days=31)
_LONGEST_METRIC = 128
NOT_OPEN: Json = {"message": "insufficient_permissions"}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The requested days and the metric, or None for all."""

    days: Days
    metric: str | None


def get_usage(request: Request, account: Account, now: datetime) -> Reply:
    """Answer with the account's rows in the requested range, month to date without one."""
    if not account.v2_open:
        return failure(HTTPStatus.FORBIDDEN, NOT_OPEN)
    match _wanted(request.query, now.date(), last_day_included=account.last_day_included):
        case Invalid() as invalid:
            return invalid.refusal()
        case wanted if isinstance(account.source, GivenRows):
            return success_with_rows(_matching(account, wanted, now))
        case wanted if isinstance(account.source, Crowd):
            today = datetime.combine(now.date(), time(), UTC)  # so that the answer is rendered once a day
            return _rendered(account, _so_far(wanted, now.date()), today)
        case wanted:
            return _rendered(account, wanted, now)


def prepare(account: Account, now: datetime) -> None:
    """Render a crowd's month to date in advance, so that the first request is not slow."""
    if isinstance(account.source, Crowd):
        get_usage(Request("GET", "", {}, {}), account, now)


def month_to_date(today: date) -> Days:
    """Choose the days that are meant when none are named."""
    return Days(today.replace(day=1), today)


def _matching(account: Account, wanted: _Wanted, now: datetime) -> Iterator[Row]:
    for row in rows(account, wanted.days.first, wanted.days.last, now):
        if wanted.metric in (None, row.get("x_BillableMetricId")):
            yield row


@lru_cache(maxsize=16)  # a long answer takes longer to render than to read
def _rendered(account: Account, wanted: _Wanted, now: datetime) -> Reply:
    return success_with_rows(_matching(account, wanted, now))


def _so_far(wanted: _Wanted, today: date) -> _Wanted:
    return replace(wanted, days=replace(wanted.days, last=min(wanted.days.last, today)))


def _wanted(query: Mapping[str, str], today: date, *, last_day_included: bool) -> _Wanted | Invalid:
    metric = query.get("metric")
    if metric is not None and not 0 < len(metric) <= _LONGEST_METRIC:
        return Invalid(f"metric must have 1 to {_LONGEST_METRIC} characters")
    if "from" not in query and "to" not in query:
        return _Wanted(month_to_date(today), metric)
    if "from" not in query or "to" not in query:
        return Invalid("from and to must be given together")
    first, to = day_of(query["from"]), day_of(query["to"])
    if first is None or to is None:
        return Invalid("from and to must be dates such as 2026-11-01")
    end = to + timedelta(days=1) if last_day_included else to
    if not timedelta(0) < end - first <= LONGEST_RANGE:
        return Invalid("from must lie before to, and the range may span at most 31 days")
    return _Wanted(Days(first, end - timedelta(days=1)), metric)
