"""Sends one job for each account with an enabled budget; no credential is read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from cloudflare_budgets.check.configuration import AccountDirectory
from cloudflare_budgets.domain.run.assignment import assign
from cloudflare_budgets.domain.run.job import AccountJob, in_order
from cloudflare_budgets.errors import RetryableError
from cloudflare_budgets.many_accounts.queues import JobQueue
from cloudflare_budgets.ports import StandingStore


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans the checks of all accounts. `prefix` is the root of the parameter names.

    The audit renews the lists of shared tokens, so `directory` only reads them.
    """

    prefix: str
    directory: AccountDirectory
    standings: StandingStore
    queue: JobQueue

    def plan(self, now: datetime) -> int:
        """Send the jobs, the accounts with the oldest last check first; return their number.

        Raises:
            RetryableError: some jobs were not sent; a retry sends all again, and the queue omits those that
                it has. Or the budgets in the object are unknown; the jobs of the other budgets were sent.
        """
        known = self.directory.references()
        configuration = self.directory.configuration
        documents, stored = configuration.budget_documents(), configuration.object_budgets()
        budgets = assign(documents, known.names, self.prefix, stored).budgets
        watched = {
            account_id for account_id, found in budgets.items() if any(budget.enabled for budget in found)
        }
        jobs = [
            AccountJob(one, now, is_only=len(known.names) == 1)
            for one in known.references
            if one.account_id in watched
        ]
        self.queue.send(in_order(jobs, checked_at(self.standings.standings())))
        if stored.failure:
            raise RetryableError(stored.failure)
        return len(jobs)


def checked_at(standings: Iterable[Mapping[str, object]]) -> dict[str, datetime]:
    """Return when each account was checked last."""
    return {
        str(standing["account_id"]): datetime.fromisoformat(str(standing["as_of"]))
        for standing in standings
        if standing.get("account_id")
    }
