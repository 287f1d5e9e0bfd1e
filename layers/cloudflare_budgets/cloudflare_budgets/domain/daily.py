"""What was used of one thing on each complete day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from cloudflare_budgets.domain.amount import ZERO

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class DailySeries:
    """Quantities of complete, consecutive days, oldest first; `first` is a midnight, UTC.

    The unfinished day is no part of it: what is known of that day says nothing about a day.
    """

    first: datetime
    numbers: tuple[Decimal, ...]

    @property
    def end(self) -> datetime:
        """The midnight after the newest day; `first` when there is no day."""
        return self.day(len(self.numbers))

    def day(self, index: int) -> datetime:
        """Say which day a number is of."""
        return self.first + index * DAY

    def newest(self, count: int) -> "DailySeries":
        """Keep no more than the newest days."""
        skipped = max(0, len(self.numbers) - count)
        return DailySeries(self.day(skipped), self.numbers[skipped:])


def series_of(days: Mapping[datetime, Decimal], since: datetime, through: datetime) -> DailySeries:
    """Line up quantities by day (midnights, UTC); a day without one is a day without use.

    Args:
        days: quantities by day, in any order; what lies outside the bounds is ignored.
        since: the first day of which everything is known.
        through: the end of the last complete day.

    Returns:
        the days from the first one with use on, for days before the first use are no history;
        no days at all when nothing was used.
    """
    used = [day for day, number in days.items() if since <= day < through and number > 0]
    first = min(used, default=through)
    count = (through - first) // DAY
    return DailySeries(first, tuple(days.get(first + index * DAY, ZERO) for index in range(count)))
