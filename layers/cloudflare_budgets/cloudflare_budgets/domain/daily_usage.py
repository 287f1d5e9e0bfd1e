"""Each day's usage over the last weeks: what this run read, and before that what earlier runs remember."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.history import (
    DAY,
    DayRecord,
    Meter,
    complete_through,
    rows_by_day,
    whole_days,
)
from cloudflare_budgets.domain.period import Period
from cloudflare_budgets.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class DailyUsage:
    """Gross consumed quantities of the complete days from `since` to `through` (exclusive), both midnights.

    A day that a meter has no number for is one on which it had no row: zero. From `detailed_since` on
    every day is known by zone, region and subscription; before it, days may be folded: their meters
    name the metric alone, and only sums over all of a metric's meters go together with later days.
    """

    since: datetime
    through: datetime
    quantities: Mapping[Meter, Mapping[datetime, Decimal]]
    detailed_since: datetime


def daily_usage(usage: Usage, history: Sequence[DayRecord], as_of: datetime) -> DailyUsage:
    """Join what a run read with the recorded days that it did not read, unless another source told them."""
    records = [record for record in history if record.source == usage.source]
    through = _through(usage, records, as_of)
    start = whole_days(usage, as_of).start
    older = [record for record in records if record.day < min(start, through)]
    quantities: defaultdict[Meter, dict[datetime, Decimal]] = defaultdict(dict)
    for meter, day, quantity in _recorded(older):
        quantities[meter][day] = quantity
    for meter, days in rows_by_day(usage, Period(start, through)):
        quantities[meter] |= days
    since = min((day for days in quantities.values() for day in days), default=through)
    detailed_since = max((record.day + DAY for record in older if record.folded), default=since)
    return DailyUsage(since, through, dict(quantities), max(since, detailed_since))


def _through(usage: Usage, records: Iterable[DayRecord], as_of: datetime) -> datetime:
    ends = [record.day + DAY for record in records]
    if usage.data_through is not None:
        ends.append(usage.data_through)
    return complete_through(max(ends, default=as_of), as_of)


def _recorded(records: Iterable[DayRecord]) -> Iterator[tuple[Meter, datetime, Decimal]]:
    for record in records:
        for meter, quantity in record.lines:
            yield meter, record.day, quantity
