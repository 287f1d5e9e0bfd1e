"""Cloudflare's billing cycles: from anchor day to anchor day, in UTC.

A cycle begins on the day of the month on which the account's first paid purchase was made. In a
month without that day it begins on the month's last day, and on the anchor day again after that.
https://developers.cloudflare.com/billing/understand/how-billing-works/
"""

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime

from cloudflare_budgets.domain.period import Period


@dataclass(frozen=True, slots=True)
class Cycle:
    """A billing cycle. `estimated`: its end was computed, for the source gives none."""

    period: Period
    estimated: bool = False


def cycle_containing(anchor_day: int, instant: datetime) -> Cycle:
    """Find the cycle that an instant lies in.

    Args:
        anchor_day: the day of the month, 1 to 31, on which cycles begin.
        instant: any instant.
    """
    instant = instant.astimezone(UTC)
    month = instant.year * 12 + instant.month - 1
    if instant < _start(month, anchor_day):
        month -= 1
    return Cycle(Period(_start(month, anchor_day), _start(month + 1, anchor_day)), estimated=True)


def cycle_starting(start: datetime, anchor_day: int | None = None) -> Cycle:
    """Find the cycle that begins at a start the source gave.

    Without its anchor day, the start's own day is taken for it: a start on the last day of a short
    month may belong to a later anchor, and then the end is too early by up to three days.
    """
    month = start.year * 12 + start.month - 1
    return Cycle(Period(start, _start(month + 1, anchor_day or start.day)), estimated=True)


def _start(month: int, anchor_day: int) -> datetime:
    year, zero_based = divmod(month, 12)
    last = calendar.monthrange(year, zero_based + 1)[1]
    return datetime(year, zero_based + 1, min(anchor_day, last), tzinfo=UTC)
