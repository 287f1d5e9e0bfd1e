"""Reading what accounts have used, several at a time; what fails is a value, not the end."""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.notes import Notes
from cloudflare_budgets.domain.usage import Usage, arrange
from cloudflare_budgets.domain.window import period_to_read
from cloudflare_budgets.errors import CloudflareBudgetsError, TryAgainError, UsageUnavailableError
from cloudflare_budgets.ports import Account, AccountMemory, Question, TimeLeft, UsageSource

logger = logging.getLogger(__name__)

# With less than this left, no account is begun: its alerts might find no time to go out.
TIME_FOR_AN_ACCOUNT = timedelta(seconds=60)
# Accounts read at the same time; no more are held in memory at once.
AT_A_TIME = 8


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was read about one account: its usage, or the error that kept it from being read."""

    account: Account
    budgets: Sequence[Budget]
    usage: Usage | CloudflareBudgetsError
    notes: Notes


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Reads usage and what earlier runs learned, as of an instant."""

    usage: UsageSource
    memory: AccountMemory
    time_left: TimeLeft
    as_of: datetime

    def gather(self, watched: Sequence[tuple[Account, Sequence[Budget]]]) -> Iterator[Gathered]:
        """Read accounts, and give each in order; a source must serve several threads."""
        if len(watched) == 1:
            yield self._gather(*watched[0])
            return
        with ThreadPoolExecutor(AT_A_TIME) as pool:
            for start in range(0, len(watched), AT_A_TIME):
                batch = watched[start : start + AT_A_TIME]
                yield from pool.map(lambda each: self._gather(*each), batch)

    def _gather(self, account: Account, budgets: Sequence[Budget]) -> Gathered:
        notes = Notes()
        try:
            self._check_time()
            notes = self.memory.recall_notes(account.account_id)
            reading = self.usage.read(account, self._question(budgets, notes))
            return Gathered(account, budgets, arrange(account.account_id, reading), notes)
        except CloudflareBudgetsError as error:
            return Gathered(account, budgets, error, notes)
        except Exception as error:  # one account's surprise must not cost the others their alerts
            logger.exception("unexpected error", extra={"account_id": account.account_id})
            surprise = TryAgainError(f"unexpected {type(error).__name__}, see the log")
            return Gathered(account, budgets, surprise, notes)

    def _check_time(self) -> None:
        if self.time_left() < TIME_FOR_AN_ACCOUNT:
            raise UsageUnavailableError("too little time was left to read it; the next run begins elsewhere")

    def _question(self, budgets: Sequence[Budget], notes: Notes) -> Question:
        return Question(
            period_to_read(budgets, self.as_of),
            needs_cost=any(budget.is_cost for budget in budgets),
            needs_quantity=not all(budget.is_cost for budget in budgets),
            preferred_source=notes.preferred_source(self.as_of),
        )
