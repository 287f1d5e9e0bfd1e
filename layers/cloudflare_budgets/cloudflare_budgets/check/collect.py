"""Reads the usage of accounts, several at a time; an error is returned as a value."""

import logging
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.primitives.period import Period, midnight
from cloudflare_budgets.domain.run.state import AccountState
from cloudflare_budgets.domain.usage.fresh import FreshUsage, fresh_window
from cloudflare_budgets.domain.usage.history import (
    DayRecord,
    EarlierDays,
    covered_from,
    history_start,
    records_of,
)
from cloudflare_budgets.domain.usage.usage import Usage, arrange
from cloudflare_budgets.domain.usage.window import period_to_read
from cloudflare_budgets.errors import (
    CloudflareBudgetsError,
    NonRetryableError,
    OutOfTimeError,
    RetryableError,
    StateUnreadableError,
    UsageRefusedError,
    UsageUnavailableError,
)
from cloudflare_budgets.ports import AccountStateStore, FreshUsageSource, TimeLeft, UsageQuery, UsageSource

logger = logging.getLogger(__name__)

# With less time left, no further account is read: its state needs up to 21 s to load, each version of the
# usage API up to 45 s, and its alerts 30 s. A run that times out saves nothing.
TIME_FOR_AN_ACCOUNT = timedelta(seconds=150)
# With less time left, days that only a forecast needs are not read; a later run reads them.
TIME_FOR_HISTORY = TIME_FOR_AN_ACCOUNT + timedelta(seconds=45)
# With less time left, analytics are not read: 10 s for the figures, 10 s for the largest users.
TIME_FOR_FRESH_USAGE = timedelta(seconds=60)
# Accounts that are read, and stay in memory, at the same time.
AT_A_TIME = 8


@dataclass(frozen=True, slots=True)
class CollectedAccount:
    """What was read about one account: its usage, or the error that prevented it.

    `past` are the days before those of `usage`; no budget is evaluated by them. `failures` say why they or
    the state could not be loaded. A state that could not be loaded is empty.
    """

    account: Account
    budgets: Sequence[Budget]
    usage: Usage | CloudflareBudgetsError
    state: AccountState
    past: EarlierDays = field(default_factory=EarlierDays)
    failures: tuple[str, ...] = ()
    is_state_known: bool = True
    fresh: FreshUsage | None = None

    @property
    def history(self) -> tuple[DayRecord, ...]:
        """The records of the days before those of `usage`, without gaps."""
        return self.past.records


@dataclass(frozen=True, slots=True)
class Collector:
    """Reads the usage and the saved state of accounts, as of an instant."""

    usage: UsageSource
    store: AccountStateStore
    time_left: TimeLeft
    as_of: datetime
    fresh: FreshUsageSource | None = None
    shared_names: Collection[str] = ()

    def collect(self, watched: Sequence[tuple[Account, Sequence[Budget]]]) -> Iterator[CollectedAccount]:
        """Read accounts and yield each in order; the source must support several threads.

        Usage is marked if its account has a name of `shared_names`, or of an account before it.
        """
        ids: dict[str, str] = {}
        for each in self._read_all(watched):
            usage = each.usage
            name = usage.account_name if isinstance(usage, Usage) else None
            if isinstance(usage, Usage) and name:
                is_first = ids.setdefault(name, usage.account_id) == usage.account_id
                usage = replace(usage, is_name_shared=name in self.shared_names or not is_first)
            yield replace(each, usage=usage)

    def _read_all(self, watched: Sequence[tuple[Account, Sequence[Budget]]]) -> Iterator[CollectedAccount]:
        if len(watched) == 1:
            yield self._collect(*watched[0])
            return
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for start in range(0, len(watched), AT_A_TIME):
                batch = watched[start : start + AT_A_TIME]
                yield from pool.map(lambda each: self._collect(*each), batch)

    def _collect(self, account: Account, budgets: Sequence[Budget]) -> CollectedAccount:
        state, is_known = AccountState(), False
        failures: tuple[str, ...] = ()
        usage: Usage | CloudflareBudgetsError
        try:
            self._check_time()
            state, failures = self._load_state(account.account_id)
            is_known = True
            usage = self._read_for(account, budgets, state)
        except CloudflareBudgetsError as error:
            usage = error
        except Exception as error:  # an unexpected error in one account must not affect the others
            logger.exception("unexpected error", extra={"account_id": account.account_id})
            usage = RetryableError(f"unexpected {type(error).__name__}, see the log")
        collected = CollectedAccount(
            account, budgets, usage, state, failures=failures, is_state_known=is_known
        )
        if not isinstance(usage, Usage):
            return collected
        collected = self._with_past(collected, usage)
        return replace(collected, fresh=self._fresh(account, usage, state))

    def _load_state(self, account_id: str) -> tuple[AccountState, tuple[str, ...]]:
        try:
            return self.store.load_state(account_id), ()
        except StateUnreadableError as error:
            return AccountState(), (f"account {account_id}: {error}",)

    def _fresh(self, account: Account, usage: Usage, state: AccountState) -> FreshUsage | None:
        """Read usage that is not billed yet; budgets are evaluated even if that fails."""
        if self.fresh is None or usage.data_through is None or self.time_left() < TIME_FOR_FRESH_USAGE:
            return None
        window = fresh_window(usage.data_through, self.as_of, state.fresh_history)
        if window is None:
            return None
        try:
            return self.fresh.read(account, window, state.fresh_access)
        except Exception:  # an unexpected error must not affect budgets with billed usage
            logger.exception("fresh usage was not read", extra={"account_id": account.account_id})
            return None

    def _read_for(self, account: Account, budgets: Sequence[Budget], state: AccountState) -> Usage:
        """Read the periods that budgets need, and after an outage those not evaluated since."""
        query = self._query(budgets, state)
        try:
            return self._read(account, query)
        except UsageRefusedError:
            recent = self._query(budgets, replace(state, judged_through=None))
            if recent.period == query.period:
                raise
            return self._read(account, recent)  # the usage API may refuse the older days

    def _read(self, account: Account, query: UsageQuery) -> Usage:
        reading = self.usage.read(account, query)
        return arrange(account.account_id, replace(reading, asked=query.period))

    def _check_time(self) -> None:
        if self.time_left() < TIME_FOR_AN_ACCOUNT:
            raise OutOfTimeError("too little time was left to read it; the next run begins with it")

    def _query(self, budgets: Sequence[Budget], state: AccountState) -> UsageQuery:
        return UsageQuery(
            period_to_read(budgets, self.as_of, state.judged_through),
            needs_cost=any(budget.is_cost for budget in budgets),
            needs_quantity=not all(budget.is_cost for budget in budgets),
            preferred_source=state.preferred_source(self.as_of),
            required_source=state.required_source(self.as_of),
            skipped=state.skipped(self.as_of),
            subscriptions=state.known_subscriptions(self.as_of),
        )

    def _with_past(self, collected: CollectedAccount, usage: Usage) -> CollectedAccount:
        """Add the days before those that were read; budgets are evaluated even if that fails."""
        account = collected.account
        try:
            return replace(collected, past=self._find_past(account, usage, collected.state))
        except StateUnreadableError as error:  # the days are read from Cloudflare and recorded again
            forgotten = replace(collected, state=replace(collected.state, history=None))
            return self._with_past(_with_failure(forgotten, str(error)), usage)
        except CloudflareBudgetsError as error:
            return _with_failure(collected, str(error))
        except Exception as error:  # an unexpected error here must not affect the alerts of the account
            logger.exception("unexpected error", extra={"account_id": account.account_id})
            return _with_failure(collected, f"unexpected {type(error).__name__}, see the log")

    def _find_past(self, account: Account, usage: Usage, state: AccountState) -> EarlierDays:
        wanted = Period(history_start(self.as_of), covered_from(usage) or midnight(self.as_of))
        if wanted.start >= wanted.end:
            return EarlierDays()
        known = state.history if state.history and state.history.source == usage.source else None
        since = known.known_since(wanted) if known else None
        recalled: Sequence[DayRecord] = ()
        if since is not None:
            recalled = self.store.load_days(account.account_id, Period(since, wanted.end))
        past = EarlierDays(tuple(recalled), since=since)
        has_time = self.time_left() >= TIME_FOR_HISTORY
        if since == wanted.start or not has_time or (known and not known.may_ask(self.as_of)):
            return past
        return self._ask(account, usage.source, Period(wanted.start, since or wanted.end), past)

    def _ask(self, account: Account, source: str, unknown: Period, past: EarlierDays) -> EarlierDays:
        """Read the unknown days with one request; a failure can wait, since no budget needs them."""
        try:
            found = self._read(account, UsageQuery(unknown, preferred_source=source))
        except UsageUnavailableError:
            return past  # the next run requests it
        except NonRetryableError:
            return replace(past, asked=True)
        if found.source != source:
            return replace(past, asked=True)
        since = min(covered_from(found) or unknown.start, unknown.end)
        return replace(past, read=records_of(found, self.as_of), since=since, asked=True)


def _with_failure(collected: CollectedAccount, failure: str) -> CollectedAccount:
    failures = (*collected.failures, f"account {collected.account.account_id}: {failure}")
    return replace(collected, failures=failures)
