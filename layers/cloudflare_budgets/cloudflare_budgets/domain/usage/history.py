"""Daily usage records stored across runs.

Forecasts look back 35 complete days and spike detection 28, across months and billing cycles, while a run
requests only the periods its budgets need.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import NamedTuple

from cloudflare_budgets.domain.primitives.amount import EXACT, plain
from cloudflare_budgets.domain.primitives.days import Days
from cloudflare_budgets.domain.primitives.period import DAY, Period, midnight
from cloudflare_budgets.domain.usage.usage import Series, Usage

# Five weeks, which a forecast looks back on, and before them the longest cycle: its start may lie before the
# month, and the usage since then has used up a part of the allowance.
HISTORY_DAYS = 35 + 31
# A day's rows still arrive after its end: days were observed half filled on the next morning.
SETTLE_LAG = timedelta(hours=6)
# A line has some 250 bytes before it is compressed, and an item of DynamoDB at most 400 KB.
LINES_AT_MOST = 1000


class Line(NamedTuple):
    """The gross quantity of a series on one day, in a unit."""

    series: Series
    unit: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class DayRecord:
    """The usage of an account on the UTC day that begins at `day`, read from the API `source`.

    A series without a line had no row. Corrections of invoiced periods are left out. `folded`: there were
    too many series to store, so the quantities of each metric were added up over zones, regions and
    subscriptions, and its series name none.
    """

    day: datetime
    source: str
    lines: tuple[Line, ...]
    folded: bool = False


def history_start(as_of: datetime) -> datetime:
    """Return the first day that forecasts look back on."""
    return midnight(as_of) - HISTORY_DAYS * DAY


def complete_through(data_through: datetime, as_of: datetime) -> datetime:
    """Return the end of the last day whose rows have all arrived, as far as is known."""
    return midnight(min(data_through, as_of - SETTLE_LAG))


def covered_from(usage: Usage) -> datetime | None:
    """Return the day from which on a reading has every row; `None` if no period was requested."""
    asked, complete_from = usage.reading.asked, usage.reading.complete_from
    if asked is None or complete_from is None:
        return complete_from if asked is None else asked.start
    return max(asked.start, complete_from)


def whole_days(usage: Usage, as_of: datetime) -> Period:
    """Return the past days for forecasts of which a reading has every row."""
    asked, start = usage.reading.asked, history_start(as_of)
    end = midnight(as_of) if asked is None else min(midnight(as_of), asked.end)
    return Period(max(start, covered_from(usage) or start), end)


def rows_by_day(usage: Usage, period: Period) -> Iterator[tuple[Series, str, Days]]:
    """Yield each series' quantities by unit and day in a period, without corrections."""
    for series, by_unit in usage.days.items():
        for unit, days in by_unit.items():
            found = {day: number for day, number in days.items() if day in period}
            if found:
                yield series, unit, found


def records_of(usage: Usage, as_of: datetime) -> tuple[DayRecord, ...]:
    """Return a record of each day of which a reading has every row, oldest first.

    The newest days may still be restated; a day without any row has no record.
    """
    days: defaultdict[datetime, list[Line]] = defaultdict(list)
    for series, unit, quantities in rows_by_day(usage, whole_days(usage, as_of)):
        for day, quantity in quantities.items():
            days[day].append(Line(series, unit, quantity))
    return tuple(DayRecord(day, usage.source, tuple(days[day])) for day in sorted(days))


def stored_form(record: DayRecord) -> DayRecord:
    """Return a record as it is stored: with sorted lines, folded if there are too many."""
    folds = len(record.lines) > LINES_AT_MOST
    lines = _folded(record.lines) if folds else record.lines
    return DayRecord(record.day, record.source, tuple(sorted(lines, key=_order)), folds or record.folded)


def digest_of(record: DayRecord) -> str:
    """Return a short digest of a record's content; its lines must be sorted."""
    lines = ("\x1f".join((*_order(line), plain(line.quantity))) for line in record.lines)
    content = "\x1e".join((record.source, str(record.folded), *lines))
    return hashlib.blake2b(content.encode(), digest_size=6).hexdigest()


def _folded(lines: tuple[Line, ...]) -> list[Line]:
    sums: defaultdict[tuple[Series, str], Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for series, unit, quantity in lines:
            metric = Series(series.metric_id, series.metric_name, series.product_family, *[None] * 6)
            sums[metric, unit] += quantity
    return [Line(metric, unit, quantity) for (metric, unit), quantity in sums.items()]


def _order(line: Line) -> tuple[str, ...]:
    return (*(text or "" for text in line.series), line.unit)


# Unknown days are requested so often, not every hour: the source may not have them.
ASKED_AGAIN_AFTER = DAY
# Digests of a few more days than forecasts look back on, for a run whose clock is late.
_DIGESTS_BEFORE = 5 * DAY


@dataclass(frozen=True, slots=True)
class HistoryIndex:
    """The days that earlier runs recorded, all of them from the API `source`.

    Every day from `known_from` to `known_through` (exclusive) is recorded or had no rows. `digests` are
    the digests of the records by day: with them, a run knows which records changed without loading them.
    `asked` is when a run last requested days that were not known and that its budgets do not need.
    """

    source: str
    known_from: datetime
    known_through: datetime
    digests: Mapping[datetime, str] = field(default_factory=dict)
    asked: datetime | None = None

    def known_since(self, wanted: Period) -> datetime | None:
        """Return the day from which on a period is known to its end; `None` if its end is not known."""
        since = max(wanted.start, self.known_from)
        return since if since < wanted.end <= self.known_through else None

    def may_ask(self, as_of: datetime) -> bool:
        """Return whether it is time to request unknown days."""
        return self.asked is None or not timedelta(0) <= as_of - self.asked < ASKED_AGAIN_AFTER


@dataclass(frozen=True, slots=True)
class EarlierDays:
    """The days that forecasts look back on before the days that a run reads for its budgets.

    From `since` on they are all known; `None` if no day is. `recalled` are records of earlier runs; `read`
    are older and were read in this run. `asked`: this run requested them.
    """

    recalled: tuple[DayRecord, ...] = ()
    read: tuple[DayRecord, ...] = ()
    since: datetime | None = None
    asked: bool = False

    @property
    def records(self) -> tuple[DayRecord, ...]:
        """All the records, oldest first."""
        return (*self.read, *self.recalled)


def update_history(
    earlier: HistoryIndex | None, usage: Usage, past: EarlierDays, as_of: datetime
) -> tuple[HistoryIndex, Sequence[DayRecord]]:
    """Return the index after a run, and the records to store before the index.

    The record of a day that has lost all its rows stays.
    """
    if earlier is not None and earlier.source != usage.source:
        earlier = None  # the other source has other metric ids
    fresh = [stored_form(record) for record in (*past.read, *records_of(usage, as_of))]
    known = dict(earlier.digests) if earlier else {}
    digests = {record.day: digest_of(record) for record in fresh}
    changed = [record for record in fresh if digests[record.day] != known.get(record.day)]
    since, through = _range(earlier, usage, past, as_of)
    oldest = history_start(as_of) - _DIGESTS_BEFORE
    kept = {day: digest for day, digest in sorted((known | digests).items()) if day >= oldest}
    asked = as_of if past.asked else earlier.asked if earlier else None
    return HistoryIndex(usage.source, since, through, kept, asked), changed


def _range(
    earlier: HistoryIndex | None, usage: Usage, past: EarlierDays, as_of: datetime
) -> tuple[datetime, datetime]:
    """Return from when to when all days are known after a run."""
    since = past.since or max(covered_from(usage) or as_of, history_start(as_of))
    through = complete_through(usage.data_through or since, as_of)
    if earlier is not None and earlier.known_from <= since <= earlier.known_through:
        return max(earlier.known_from, history_start(as_of)), max(through, earlier.known_through)
    return since, through
