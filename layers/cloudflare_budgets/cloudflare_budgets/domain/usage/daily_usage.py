"""Each day's usage over the last weeks, read in this run or recorded by earlier runs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.primitives.days import Days
from cloudflare_budgets.domain.primitives.period import DAY, Period
from cloudflare_budgets.domain.primitives.units import canonical_unit
from cloudflare_budgets.domain.usage.history import (
    DayRecord,
    complete_through,
    covered_from,
    rows_by_day,
    whole_days,
)
from cloudflare_budgets.domain.usage.usage import Series, Usage

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DailyUsage:
    """Gross quantities of the complete days from `since` to `through` (exclusive, midnights).

    The key is a series and the unit of its numbers. On a day without a number the series had no row: zero.
    `begun` holds the days from `through` on, which are not complete. The oldest row is of `began`.

    Before `detailed_since` a day may be folded: its series name only the metric, and only the sum of a
    metric over all its series can be compared with later days.

    From `known_from` on usage is known, and a day without a row had none: forecasts start at `since`, but
    usage before it may have used up a part of an allowance.
    """

    since: datetime
    through: datetime
    quantities: Mapping[tuple[Series, str], Days]
    began: datetime
    detailed_since: datetime
    known_from: datetime
    begun: Mapping[tuple[Series, str], Days] = field(default_factory=dict)

    def items(self) -> Iterator[tuple[tuple[Series, str], Days]]:
        """Yield each series and unit with its complete days, and again with those that have begun."""
        yield from self.quantities.items()
        yield from self.begun.items()


def daily_usage(
    usage: Usage, history: Sequence[DayRecord], as_of: datetime, history_since: datetime | None = None
) -> DailyUsage:
    """Put together the days that a run read and older recorded days of the same source.

    From `history_since` on, days without a record are known to have had no rows.
    """
    of_source = [record for record in history if record.source == usage.source]
    through = _through(usage, of_source, as_of)
    start = min(whole_days(usage, as_of).start, through)
    records = [record for record in of_source if record.day < start]
    found: defaultdict[tuple[Series, str], dict[datetime, Decimal]] = defaultdict(dict)
    units = {row.consumed_unit for row in usage.reading.charges}
    spelling = {canonical_unit(unit): unit for unit in units}
    for series, unit, days in (*_recorded(records), *rows_by_day(usage, Period(start, through))):
        found[series, spelling.setdefault(canonical_unit(unit), unit)].update(days)
    began = min((day for days in found.values() for day in days), default=through)
    since = began if usage.reading.asked is None else min(began, start)
    folded_until = max((record.day + DAY for record in records if record.folded), default=since)
    known_from = min(filter(None, (since, covered_from(usage), history_since)))
    rest = Period(through, max(usage.data_through or through, through))
    begun = {(series, unit): days for series, unit, days in rows_by_day(usage, rest)}
    return DailyUsage(since, through, dict(found), began, max(since, folded_until), known_from, begun)


def _through(usage: Usage, records: Iterable[DayRecord], as_of: datetime) -> datetime:
    ends = [record.day + DAY for record in records]
    if usage.data_through is not None:
        ends.append(usage.data_through)
    return complete_through(max(ends, default=as_of), as_of)


def _recorded(records: Iterable[DayRecord]) -> Iterator[tuple[Series, str, Days]]:
    for record in records:
        for series, unit, quantity in record.lines:
            yield series, unit, {record.day: quantity}
