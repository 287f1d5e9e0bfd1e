"""Days of usage as they are remembered, since Cloudflare gives only so many of them in one run.

A forecast looks back 35 complete days and a test for spikes 28, across months and billing cycles, while a
run reads no more than its budgets' periods.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext
from typing import NamedTuple

from cloudflare_budgets.domain.amount import EXACT, plain
from cloudflare_budgets.domain.charge import Charge
from cloudflare_budgets.domain.period import Period, midnight
from cloudflare_budgets.domain.usage import Series, Usage

# Five weeks, which a forecast looks back on, and before them the longest cycle: of the allowance of a
# cycle that began before a month did, it has to be known how much was used.
HISTORY_DAYS = 35 + 31
# A day's rows keep coming after its midnight: on the morning after, days were seen half filled.
SETTLE_LAG = timedelta(hours=6)
# A line takes some 250 bytes before it is compressed, and DynamoDB keeps 400 KB an item.
LINES_AT_MOST = 1000

DAY = timedelta(days=1)

Days = Mapping[datetime, Decimal]


class Line(NamedTuple):
    """What a series counted on one day: a gross quantity, in a unit."""

    series: Series
    unit: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class DayRecord:
    """What an account consumed on the UTC day that begins at `day`, as the API `source` told it.

    A series without a line had no row. Corrections of invoiced periods are left out. `folded`: there were
    too many series to keep, so the quantities of a metric were added up over zones, regions and
    subscriptions, which its series then do not name.
    """

    day: datetime
    source: str
    lines: tuple[Line, ...]
    folded: bool = False


def history_start(as_of: datetime) -> datetime:
    """Give the first day that forecasts look back on."""
    return midnight(as_of) - HISTORY_DAYS * DAY


def complete_through(data_through: datetime, as_of: datetime) -> datetime:
    """Find the end of the last day whose rows are all there, as far as an instant can tell."""
    return midnight(min(data_through, as_of - SETTLE_LAG))


def covered_from(usage: Usage) -> datetime | None:
    """Find the day from which on a reading holds every row; `None` when it was not asked for a period."""
    asked, complete_from = usage.reading.asked, usage.reading.complete_from
    if asked is None or complete_from is None:
        return complete_from if asked is None else asked.start
    return max(asked.start, complete_from)


def whole_days(usage: Usage, as_of: datetime) -> Period:
    """Find the days that forecasts look back on, that are over, and of which a reading holds every row."""
    asked, start = usage.reading.asked, history_start(as_of)
    end = midnight(as_of) if asked is None else min(midnight(as_of), asked.end)
    return Period(max(start, covered_from(usage) or start), end)


def rows_by_day(usage: Usage, period: Period) -> Iterator[tuple[Series, str, Days]]:
    """Add up each series' rows by unit and day, corrections left out, on the days that begin in a period."""
    for series, charges in usage.series.items():
        for unit, days in _by_unit(charges, period).items():
            yield series, unit, days


def records_of(usage: Usage, as_of: datetime) -> tuple[DayRecord, ...]:
    """Make a record of each day that a reading holds whole, oldest first.

    The newest ones may still be restated; a day without any row makes no record.
    """
    days: defaultdict[datetime, list[Line]] = defaultdict(list)
    for series, unit, quantities in rows_by_day(usage, whole_days(usage, as_of)):
        for day, quantity in quantities.items():
            days[day].append(Line(series, unit, quantity))
    return tuple(DayRecord(day, usage.source, tuple(days[day])) for day in sorted(days))


def as_kept(record: DayRecord) -> DayRecord:
    """Give a record as it is kept: its lines in an order of their own, folded when there are too many."""
    folds = len(record.lines) > LINES_AT_MOST
    lines = _folded(record.lines) if folds else record.lines
    return DayRecord(record.day, record.source, tuple(sorted(lines, key=_order)), folds or record.folded)


def digest_of(record: DayRecord) -> str:
    """Give a short text that differs when the content of a record does; its lines must be in order."""
    lines = ("\x1f".join((*_order(line), plain(line.quantity))) for line in record.lines)
    content = "\x1e".join((record.source, str(record.folded), *lines))
    return hashlib.blake2b(content.encode(), digest_size=6).hexdigest()


def _by_unit(charges: Iterable[Charge], period: Period) -> Mapping[str, Days]:
    units: defaultdict[str, defaultdict[datetime, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    with localcontext(EXACT):
        for charge in charges:
            start = charge.charge_period_start
            if start in period and not charge.is_correction:
                units[charge.consumed_unit][midnight(start)] += charge.consumed_quantity
    return units


def _folded(lines: tuple[Line, ...]) -> list[Line]:
    sums: defaultdict[tuple[Series, str], Decimal] = defaultdict(Decimal)
    with localcontext(EXACT):
        for series, unit, quantity in lines:
            metric = Series(series.metric_id, series.metric_name, series.product_family, *[None] * 6)
            sums[metric, unit] += quantity
    return [Line(metric, unit, quantity) for (metric, unit), quantity in sums.items()]


def _order(line: Line) -> tuple[str, ...]:
    return (*(text or "" for text in line.series), line.unit)
