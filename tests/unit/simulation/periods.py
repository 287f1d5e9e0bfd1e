"""Periods by the plainest arithmetic there is, to hold those of the code against."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

_SETTLES = timedelta(hours=72)

Span = tuple[datetime, datetime]


@lru_cache(maxsize=4096)
def cycle_of(anchor: int, instant: datetime) -> Span:
    """Find the billing cycle of an instant: from the anchor's day, or a shorter month's last, to the next."""
    starts = [
        datetime(year, month, min(anchor, monthrange(year, month)[1]), tzinfo=UTC)
        for year in range(instant.year - 1, instant.year + 2)
        for month in range(1, 13)
    ]
    return next((start, end) for start, end in pairwise(starts) if start <= instant < end)


def spans(period: str, anchor: int, now: datetime, since: datetime | None = None) -> list[Span]:
    """Find the period of an instant, and those that ended in the three days before it or after `since`."""
    after = min(since or now, now - _SETTLES)
    found = {_span(period, anchor, now)}
    while (oldest := min(found))[0] > after:
        found.add(_span(period, anchor, oldest[0] - timedelta(minutes=1)))
    return sorted(span for span in found if span[1] > after)


def _span(period: str, anchor: int, instant: datetime) -> Span:
    on = instant.date()
    if period == "billing_period":
        return cycle_of(anchor, instant)
    if period == "day":
        return _whole(on, on + timedelta(days=1))
    if period == "week":
        monday = on - timedelta(days=on.weekday())
        return _whole(monday, monday + timedelta(days=7))
    months = {"month": 1, "quarter": 3}[period]
    first = date(on.year, (on.month - 1) // months * months + 1, 1)
    after = first.month + months
    return _whole(first, date(first.year + after // 13, after % 12 or 12, 1))


def _whole(first: date, after: date) -> Span:
    return (
        datetime(first.year, first.month, first.day, tzinfo=UTC),
        datetime(after.year, after.month, after.day, tzinfo=UTC),
    )
