"""Checks one account for each job, with the same code as a run over all accounts."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cloudflare_budgets.check.account import AccountCheck
from cloudflare_budgets.check.configuration import Configuration, load_account
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.check.sending import Resent, deliver_all
from cloudflare_budgets.check.state import save_account_standing
from cloudflare_budgets.domain.run.job import MAX_ATTEMPTS, MAX_WAITS, RETRY_AFTER, AccountJob
from cloudflare_budgets.domain.run.request import Request, RunMode, run_mode
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.domain.run.state import RunState
from cloudflare_budgets.errors import UnexpectedError
from cloudflare_budgets.messages.alerts.render import alerts_of


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a job: its report, and when it is repeated; `None` if it is not repeated."""

    report: Report
    retry_in: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """Checks accounts; `deps.delivery` stores alerts for the sender.

    `deps.standing_of` returns the details from which the audit builds a digest.
    """

    deps: Dependencies
    run_state: Callable[[], RunState]
    clock: Callable[[], datetime]

    def check(self, job: AccountJob, attempt: int) -> Outcome:
        """Check the account of a job; `attempt` counts from 1.

        Raises:
            RetryableError: the configuration or the state of runs could not be read.
            UnexpectedError: the check itself failed; the queue moves the job to its dead-letter queue.
        """
        now = self.clock()
        mode = run_mode(Request(now, account_id=job.reference.account_id), now)
        state = self.run_state()
        configuration = self._configuration(job, state, now)
        if configuration.watched:
            checks = AccountCheck(configuration, mode, now, Resent(), state.shared_names, self.deps)
            [account] = checks.run(configuration.watched)
        else:
            account = self._unwatched(job.reference.account_id, configuration, mode, now)
        if configuration.failures:  # the budgets in the object are unknown, so the audit must fail
            account = replace(account, failures=(*account.failures, *configuration.failures))
            account = save_account_standing(account, mode, now, self.deps.standings, self.deps.standing_of)
        if account.is_unexpected:
            raise UnexpectedError(account.failures[0])
        report = Report(now, (account,), still_pending=None, mode=mode)
        return Outcome(report, _retry_in(account, attempt, now))

    def _configuration(self, job: AccountJob, state: RunState, now: datetime) -> Configuration:
        deps = self.deps
        configuration = load_account(
            deps.configuration, deps.prefix, job.reference, deps.prices, is_only=job.is_only
        )
        return configuration.watched_since(state.seen(configuration.names, now), state.deleted)

    def _unwatched(
        self, account_id: str, configuration: Configuration, mode: RunMode, now: datetime
    ) -> AccountReport:
        """Report an account whose credential is invalid, or that has no budget any more."""
        alerts = alerts_of(configuration.problems, now, self.deps.prefix)
        delivered = deliver_all(alerts, self.deps.delivery, dry_run=not mode.sends)
        account = AccountReport(
            account_id,
            alerts=delivered.alerts,
            problems=configuration.problems,
            failures=delivered.failures,
        )
        return save_account_standing(account, mode, now, self.deps.standings, self.deps.standing_of)


def _retry_in(account: AccountReport, attempt: int, now: datetime) -> timedelta | None:
    if account.retry_at is not None:
        return max(account.retry_at - now, timedelta(0)) if attempt <= MAX_WAITS else None
    return RETRY_AFTER if account.failures and attempt < MAX_ATTEMPTS else None
