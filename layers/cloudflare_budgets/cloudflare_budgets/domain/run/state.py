"""State that a run saves for the next one: per account, and for the stack as a whole."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cloudflare_budgets.domain.alerts.open_alert import OpenAlerts
from cloudflare_budgets.domain.data_quality.snapshot import UsageSnapshot, take_snapshot
from cloudflare_budgets.domain.pricing.billed_rate import BilledRates, update_rates
from cloudflare_budgets.domain.primitives.period import DAY, LOOK_BACK, SETTLING_TIME, midnight
from cloudflare_budgets.domain.run.subscriptions import Subscriptions
from cloudflare_budgets.domain.usage.fresh import FreshAccess, FreshHistory, FreshUsage, remembered
from cloudflare_budgets.domain.usage.history import HistoryIndex
from cloudflare_budgets.domain.usage.subscription import Subscription
from cloudflare_budgets.domain.usage.usage import Usage

# A source that refused an account is tried again after this time.
CHOICE_LASTS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AccountState:
    """The state of an account that earlier runs saved.

    `trace` is what its usage was, `source` the usage API that served it, since `source_since`. `history`
    lists the days that are recorded. Periods that ended until `judged_through` were evaluated as a whole.
    The last run had no time for the budget `left_at` and those after it, by name. `switched_off` are the
    scopes whose metrics were all reported as vanished. `subscriptions` were read from Version 1 at
    `subscriptions_at`.
    """

    trace: UsageSnapshot | None = None
    source: str | None = None
    source_since: datetime | None = None
    refused_since: datetime | None = field(default=None, kw_only=True)  # by `source`, without a success since
    # Refused requests for costs: when a second refusal in a row was found, `None` after the first one.
    refusals: Mapping[str, datetime | None] = field(default_factory=dict, kw_only=True)
    history: HistoryIndex | None = None
    open_alerts: OpenAlerts = field(default_factory=dict)
    billed_rates: BilledRates = field(default_factory=dict)
    fresh_history: FreshHistory = field(default_factory=dict)
    fresh_access: FreshAccess | None = None
    judged_through: datetime | None = field(default=None, kw_only=True)
    left_at: str | None = field(default=None, kw_only=True)
    subscriptions: tuple[Subscription, ...] = field(default=(), kw_only=True)
    subscriptions_at: datetime | None = field(default=None, kw_only=True)
    switched_off: tuple[str, ...] = field(default=(), kw_only=True)

    def known_subscriptions(self, now: datetime) -> tuple[Subscription, ...] | None:
        """Return the subscriptions if they were read less than a day ago."""
        at = self.subscriptions_at
        return self.subscriptions if at and timedelta(0) <= now - at < CHOICE_LASTS else None

    def preferred_source(self, now: datetime) -> str | None:
        """Return the source to read first, while the choice is valid."""
        is_fresh = self.source_since is not None and now - self.source_since < CHOICE_LASTS
        return self.source if is_fresh else None

    def required_source(self, now: datetime) -> str | None:
        """Return the source that must not be replaced: the last one, unless it refused for a day."""
        is_given_up = self.refused_since is not None and now - self.refused_since >= CHOICE_LASTS
        return None if is_given_up else self.source

    def skipped(self, now: datetime) -> frozenset[str]:
        """Return the requests for costs that were refused twice in a row less than a day ago."""
        return frozenset(
            name for name, since in self.refusals.items() if since and now - since < CHOICE_LASTS
        )

    def refusals_after(self, refused: frozenset[str], now: datetime) -> Mapping[str, datetime | None]:
        """Return the refusals to store after a run in which these requests were refused."""
        repeated = {name: now if name in self.refusals else None for name in refused}
        return {name: self.refusals[name] for name in sorted(self.skipped(now))} | repeated

    def refused(self, now: datetime) -> "AccountState":
        """Return the state after a refusal of the source."""
        return replace(self, refused_since=self.refused_since or now)


def next_state(
    earlier: AccountState, usage: Usage, as_of: datetime, fresh: FreshUsage | None = None
) -> AccountState:
    """Return the state after a run, without history; the same state if nothing is new."""
    keeps = earlier.preferred_source(as_of) == usage.source
    since = earlier.source_since if keeps else as_of
    found = usage.reading.subscriptions
    return replace(
        earlier,
        subscriptions=earlier.subscriptions if found is None else found,
        subscriptions_at=earlier.subscriptions_at if found is None else as_of,
        trace=take_snapshot(usage, as_of, earlier.trace),
        source=usage.source,
        source_since=since,
        refused_since=None,
        refusals=earlier.refusals_after(usage.reading.refused, as_of),
        billed_rates=update_rates(earlier.billed_rates, usage, as_of),
        fresh_history=remembered(earlier.fresh_history, fresh) if fresh else earlier.fresh_history,
        fresh_access=(fresh.access if fresh else None) or earlier.fresh_access,
    )


# Rows may arrive until this long after their day; an account without newer rows is idle.
_LATEST_ROWS = timedelta(days=7)


def judged_whole(earlier: datetime | None, usage: Usage, as_of: datetime) -> datetime:
    """Return the instant until which an account's periods are completely evaluated.

    Periods count once they have settled and rows reach their end.
    """
    settled, through = as_of - SETTLING_TIME, usage.data_through
    if through is not None and through > as_of - _LATEST_ROWS:
        settled = min(settled, through)
    # Every period ends at midnight: a later instant of the day would change nothing but the saved state.
    return max(midnight(settled), earlier or as_of - LOOK_BACK)


def judged_in_part(earlier: datetime | None, as_of: datetime) -> datetime:
    """Return the same instant after a run that left a budget out, or could not send its alerts.

    The instant does not move; the first run begins with the periods that are still settling.
    """
    return earlier or midnight(as_of - SETTLING_TIME)


# A period in which a deleted budget was crossed is over before this time.
_DELETED_KEPT = 2 * LOOK_BACK

# The days of the log that a digest covers, and more for a late digest.
_KEPT = timedelta(days=35)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RunCounts:
    """How many runs were complete, how many were not, and how many alerts they sent."""

    complete: int = 0
    incomplete: int = 0
    alerts: int = 0

    def __add__(self, other: "RunCounts") -> "RunCounts":
        return RunCounts(
            self.complete + other.complete, self.incomplete + other.incomplete, self.alerts + other.alerts
        )


RunLog = Mapping[datetime, RunCounts]


@dataclass(frozen=True, slots=True)
class RunState:
    """The state of runs that belongs to no account: runs by day, open alerts, known budgets.

    The last run had no time or no request left for the account `left_at`. `budgets` is the first check that
    saw each budget, by the budget's name; `None` in the state of earlier versions. `deleted` is the last
    check that missed each deleted budget. `digests` are the last two digests, oldest first. No person has
    received the messages of the operations topic since `unheard_since`. `shared_names` are the names that
    more than one watched account has. Two runs at the same time may lose a count of the log.
    """

    log: RunLog = field(default_factory=dict)
    open_alerts: OpenAlerts = field(default_factory=dict)
    left_at: str | None = None
    budgets: Mapping[str, datetime] | None = None
    digests: tuple[datetime, ...] = ()
    unheard_since: datetime | None = None
    shared_names: tuple[str, ...] = ()
    deleted: Mapping[str, datetime] = field(default_factory=dict)

    def with_operators(self, operators: Subscriptions | None, as_of: datetime) -> "RunState":
        """Return the state after reading the operations topic's subscriptions; `None`: unknown."""
        if operators is None:
            return self
        since = None if operators.count_with_person else self.unheard_since or as_of
        return replace(self, unheard_since=since)

    def after_digest(self, as_of: datetime) -> "RunState":
        """Return the state after a digest; one that is retried counts once."""
        earlier = [each for each in self.digests if midnight(each) != midnight(as_of)]
        return replace(self, digests=(*earlier, as_of)[-2:])

    def missed_digest(self, as_of: datetime) -> datetime | None:
        """Return the last digest if more than two of its intervals have passed since; `None` if not."""
        if len(self.digests) < 2:  # noqa: PLR2004 - an interval has two ends
            return None
        earlier, last = self.digests
        return last if as_of - last > 2 * (last - earlier) + DAY else None

    def seen(self, names: Iterable[str], as_of: datetime) -> dict[str, datetime]:
        """Return the first check that saw each budget; budgets of an earlier version are not new."""
        is_older = self.budgets is None and bool(self.log)
        first, earlier = as_of - LOOK_BACK if is_older else as_of, self.budgets or {}
        return {name: earlier.get(name, first) for name in sorted(names)}

    def removed(self, names: Collection[str]) -> list[str]:
        """Return the budgets that earlier checks saw and that do not exist any more."""
        return [name for name in self.budgets or () if name not in names]

    def deleted_after(self, names: Collection[str], as_of: datetime) -> dict[str, datetime]:
        """Return the last check that missed each deleted budget, stored until the budget is back."""
        kept = {name: at for name, at in self.deleted.items() if as_of - at < _DELETED_KEPT}
        return {**kept, **dict.fromkeys(self.removed(names), as_of)}


def shared_names(names: Iterable[str | None], earlier: Iterable[str]) -> tuple[str, ...]:
    """Return the names of several accounts, and earlier ones while a name is unknown."""
    found = Counter(names)
    kept = earlier if None in found else ()
    return tuple(sorted({*kept, *(name for name, count in found.items() if name and count > 1)}))


def logged(log: RunLog, run: RunCounts, as_of: datetime) -> RunLog:
    """Return the log with a run added to its day, without days that no digest covers."""
    day = midnight(as_of)
    kept = {each: counts for each, counts in log.items() if each > day - _KEPT}
    return {**kept, day: kept.get(day, RunCounts()) + run}


def week_start(as_of: datetime) -> datetime:
    """Return the midnight at which the week of a digest begins; days are counted as a whole."""
    return midnight(as_of) - WEEK


def last_week(log: RunLog, as_of: datetime) -> RunCounts:
    """Add up the runs of the last seven whole days and of today."""
    since = week_start(as_of)
    return sum((counts for day, counts in log.items() if day >= since), RunCounts())
