"""What a run remembers of an account for the next one."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cloudflare_budgets.domain.known_history import KnownHistory
from cloudflare_budgets.domain.open_alert import OpenAlerts
from cloudflare_budgets.domain.trace import Trace, trace_of
from cloudflare_budgets.domain.usage import Usage

# A source that was closed to an account is tried again after this long.
CHOICE_LASTS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Notes:
    """What earlier runs learned about an account.

    What its usage was, which source told it, since when, which days of it are recorded, and which alerts
    were told of what is not over yet.
    """

    trace: Trace | None = None
    source: str | None = None
    source_since: datetime | None = None
    history: KnownHistory | None = None
    open_alerts: OpenAlerts = field(default_factory=dict)

    def preferred_source(self, now: datetime) -> str | None:
        """Name the source to ask first, while the choice still lasts."""
        is_fresh = self.source_since is not None and now - self.source_since < CHOICE_LASTS
        return self.source if is_fresh else None


def notes_after(earlier: Notes, usage: Usage, as_of: datetime) -> Notes:
    """Learn from a run's usage all but its history; equal to what was known when there is nothing new."""
    keeps = earlier.preferred_source(as_of) == usage.source
    since = earlier.source_since if keeps else as_of
    return replace(
        earlier, trace=trace_of(usage, as_of, earlier.trace), source=usage.source, source_since=since
    )
