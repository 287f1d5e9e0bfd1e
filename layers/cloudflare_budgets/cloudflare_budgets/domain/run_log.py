"""How often the check ran: proof of life for the digest."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cloudflare_budgets.domain.open_alert import OpenAlerts
from cloudflare_budgets.domain.period import midnight

# What a digest looks back on, and a little more for one that comes late.
_KEPT = timedelta(days=35)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RunCounts:
    """What became of runs: how many were complete, how many left something undone, what they told."""

    complete: int = 0
    incomplete: int = 0
    alerts: int = 0

    def __add__(self, other: "RunCounts") -> "RunCounts":
        return RunCounts(
            self.complete + other.complete, self.incomplete + other.incomplete, self.alerts + other.alerts
        )


RunLog = Mapping[datetime, RunCounts]


@dataclass(frozen=True, slots=True)
class RunNotes:
    """What runs remember that belongs to no account: runs by day, and open alerts.

    The last run had no time left for the account it `left_at`, nor for those after it. Two runs at the
    same time may lose a count: it is no more than a sign of life.
    """

    log: RunLog = field(default_factory=dict)
    open_alerts: OpenAlerts = field(default_factory=dict)
    left_at: str | None = None


def logged(log: RunLog, run: RunCounts, as_of: datetime) -> RunLog:
    """Add a run to its day, and forget what no digest looks back on."""
    day = midnight(as_of)
    kept = {each: counts for each, counts in log.items() if each > day - _KEPT}
    return {**kept, day: kept.get(day, RunCounts()) + run}


def week_start(as_of: datetime) -> datetime:
    """Find the midnight from which on a digest counts: days are kept whole, so it begins the earlier one."""
    return midnight(as_of) - WEEK


def last_week(log: RunLog, as_of: datetime) -> RunCounts:
    """Add up the runs since a week ago: of seven whole days, and of today."""
    since = week_start(as_of)
    return sum((counts for day, counts in log.items() if day >= since), RunCounts())
