"""UTC days, half-open periods, and the calendar that budgets follow."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache

DAY = timedelta(days=1)

# Rows still arrive after a period has ended (at most 48 h later, as far as was observed), so a period
# is evaluated for this long after its end. Otherwise crossings on its last days are lost.
SETTLING_TIME = 3 * DAY
# After a long outage, periods that ended within this time are still evaluated once.
LOOK_BACK = 31 * DAY


class PeriodKind(StrEnum):
    """How often a budget starts again. Weeks are ISO weeks and begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    BILLING_PERIOD = "billing_period"


@dataclass(frozen=True, slots=True)
class Period:
    """The time from `start` (inclusive) to `end` (exclusive), both in UTC."""

    start: datetime
    end: datetime

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end


def utc_text(instant: datetime) -> str:
    """Format an instant as RFC 3339 in UTC, to the second: `2026-11-22T10:00:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def reading_text(instant: datetime) -> str:
    """Format an instant for people: `22 Nov 2026`, within a day `22 Nov 2026, 10:00 UTC`."""
    at = instant.astimezone(UTC)
    day = f"{at.day} {at:%b %Y}"
    return day if at.time() == time.min else f"{day}, {at:%H:%M} UTC"


@lru_cache(maxsize=1024)  # called several times for every row
def midnight(instant: datetime) -> datetime:
    """Return the start of the UTC day that contains an instant."""
    return instant.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def days_in(period: Period) -> int:
    """Count the days of a period, a begun day as a whole one; 0 if the period is empty."""
    return max(0, -((midnight(period.start) - period.end) // DAY))


def period_containing(kind: PeriodKind, instant: datetime) -> Period:
    """Return the calendar period of a kind that contains an instant.

    Raises:
        ValueError: `billing_period` follows Cloudflare's cycle, not the calendar.
    """
    day = midnight(instant)
    match kind:
        case PeriodKind.DAY:
            return Period(day, day + DAY)
        case PeriodKind.WEEK:
            monday = day - day.weekday() * DAY
            return Period(monday, monday + 7 * DAY)
        case PeriodKind.MONTH:
            return _months(day.replace(day=1), 1)
        case PeriodKind.QUARTER:
            return _months(day.replace(month=day.month - (day.month - 1) % 3, day=1), 3)
        case PeriodKind.YEAR:
            return _months(day.replace(month=1, day=1), 12)
        case PeriodKind.BILLING_PERIOD:
            message = "a billing period follows Cloudflare's cycle, not the calendar"
            raise ValueError(message)


def evaluated_after(as_of: datetime, judged_through: datetime | None = None) -> datetime:
    """Return the instant after which a period must end to be evaluated.

    That is the settling time ago, or the end of the last period that was evaluated as a whole if that is
    earlier, but at most LOOK_BACK ago.
    """
    settled = as_of - SETTLING_TIME
    return max(min(judged_through or settled, settled), as_of - LOOK_BACK)


def periods_to_evaluate(
    kind: PeriodKind, as_of: datetime, judged_through: datetime | None = None
) -> Iterator[Period]:
    """Yield the period of `as_of`, then each earlier one to evaluate, newest first."""
    period, after = period_containing(kind, as_of), evaluated_after(as_of, judged_through)
    while period.end > after:
        yield period
        period = period_containing(kind, period.start - DAY)


def periods_between(kind: PeriodKind, after: datetime, until: datetime) -> Iterator[Period]:
    """Yield the calendar periods that ended after an instant and until another, newest first."""
    period = period_containing(kind, until)
    while (period := period_containing(kind, period.start - DAY)).end > after:
        yield period


def _months(start: datetime, count: int) -> Period:
    months = start.year * 12 + start.month - 1 + count
    return Period(start, start.replace(year=months // 12, month=months % 12 + 1))
