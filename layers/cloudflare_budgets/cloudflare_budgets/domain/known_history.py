"""Which days of usage are known from earlier runs, and what of this run's days is worth remembering."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cloudflare_budgets.domain.history import (
    DAY,
    DayRecord,
    as_kept,
    complete_through,
    covered_from,
    digest_of,
    history_start,
    records_of,
)
from cloudflare_budgets.domain.period import Period
from cloudflare_budgets.domain.usage import Usage

# Days that are not known are asked for once so often: what cannot be had is not asked for every hour.
ASKED_AGAIN_AFTER = timedelta(days=1)
# Digests of days a little older than forecasts look back on: a clock that is late needs them still.
_DIGESTS_BEFORE = 5 * DAY


@dataclass(frozen=True, slots=True)
class KnownHistory:
    """Which days earlier runs recorded, of the one API that told them.

    Every day from `known_from` to `known_through` (exclusive) is recorded or had no rows. `digests` are
    those of the records by their days, so that a run knows without reading them which have changed.
    `asked` is when a run last asked for the days that were not known, more than its budgets take.
    """

    source: str
    known_from: datetime
    known_through: datetime
    digests: Mapping[datetime, str] = field(default_factory=dict)
    asked: datetime | None = None

    def known_since(self, wanted: Period) -> datetime | None:
        """Find the day from which on a period is known to its end; `None` when nothing of its end is."""
        since = max(wanted.start, self.known_from)
        return since if since < wanted.end <= self.known_through else None

    def may_ask(self, as_of: datetime) -> bool:
        """Tell whether it is time to ask for days that are not known."""
        return self.asked is None or not timedelta(0) <= as_of - self.asked < ASKED_AGAIN_AFTER


@dataclass(frozen=True, slots=True)
class Past:
    """The days that forecasts look back on, as far as they come before those that a run reads anyway.

    From `since` on they are all known; `None` when none is. `recalled` are records of earlier runs, `read`
    come before them and were read in this run, which it tried if `asked`.
    """

    recalled: tuple[DayRecord, ...] = ()
    read: tuple[DayRecord, ...] = ()
    since: datetime | None = None
    asked: bool = False

    @property
    def records(self) -> tuple[DayRecord, ...]:
        """All the records, oldest first."""
        return (*self.read, *self.recalled)


def learn_history(
    earlier: KnownHistory | None, usage: Usage, past: Past, as_of: datetime
) -> tuple[KnownHistory, Sequence[DayRecord]]:
    """Learn from a run which days are known now, and give the records to write before that is noted.

    A day that has lost all its rows keeps the record that it had.
    """
    if earlier is not None and earlier.source != usage.source:
        earlier = None  # its metrics have other ids
    fresh = [as_kept(record) for record in (*past.read, *records_of(usage, as_of))]
    known = dict(earlier.digests) if earlier else {}
    digests = {record.day: digest_of(record) for record in fresh}
    changed = [record for record in fresh if digests[record.day] != known.get(record.day)]
    since, through = _range(earlier, usage, past, as_of)
    oldest = history_start(as_of) - _DIGESTS_BEFORE
    kept = {day: digest for day, digest in sorted((known | digests).items()) if day >= oldest}
    asked = as_of if past.asked else earlier.asked if earlier else None
    return KnownHistory(usage.source, since, through, kept, asked), changed


def _range(
    earlier: KnownHistory | None, usage: Usage, past: Past, as_of: datetime
) -> tuple[datetime, datetime]:
    """Find from when to when all days are known now."""
    since = past.since or max(covered_from(usage) or as_of, history_start(as_of))
    through = complete_through(usage.data_through or since, as_of)
    if earlier is not None and earlier.known_from <= since <= earlier.known_through:
        return max(earlier.known_from, history_start(as_of)), max(through, earlier.known_through)
    return since, through
