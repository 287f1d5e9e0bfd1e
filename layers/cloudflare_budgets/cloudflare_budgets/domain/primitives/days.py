"""Numbers by UTC day, and their exact sums."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal, localcontext
from typing import TypeVar

from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO, total
from cloudflare_budgets.domain.primitives.period import Period, midnight

# By the day's midnight. A day without a number had no row.
Days = Mapping[datetime, Decimal]

_Key = TypeVar("_Key", bound=Hashable)


def by_day(numbers: Iterable[tuple[_Key, datetime, Decimal]]) -> dict[_Key, dict[datetime, Decimal]]:
    """Add up numbers by key and by the UTC day that contains their instant."""
    sums: defaultdict[_Key, defaultdict[datetime, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    midnights: dict[datetime, datetime] = {}  # the rows of a day have one instant
    with localcontext(EXACT):
        for key, instant, number in numbers:
            day = midnights.get(instant) or midnights.setdefault(instant, midnight(instant))
            sums[key][day] += number
    return {key: dict(days) for key, days in sums.items()}


def add_days(several: Iterable[Days]) -> dict[datetime, Decimal]:
    """Add several series up, day by day."""
    sums: dict[datetime, Decimal] = {}
    with localcontext(EXACT):
        for days in several:
            if not sums:
                sums = dict(days)
                continue
            for day, number in days.items():
                sums[day] = sums.get(day, ZERO) + number
    return sums


def total_in(days: Days, period: Period) -> Decimal:
    """Add up the days of a period."""
    return total(number for day, number in days.items() if day in period)
