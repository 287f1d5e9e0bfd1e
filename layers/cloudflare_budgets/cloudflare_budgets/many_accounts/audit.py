"""Audits the checks of the workers: every account was checked, every alert was sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from cloudflare_budgets.check.configuration import Configuration, load_configuration
from cloudflare_budgets.check.delivery import AlertDelivery
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.check.run import Steps, account_directory, check
from cloudflare_budgets.check.sending import Resent
from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.run.request import Request, RunMode
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.domain.run.state import RunState
from cloudflare_budgets.errors import RetryableError
from cloudflare_budgets.many_accounts.queues import SenderQueue
from cloudflare_budgets.many_accounts.standings import restored, restored_problems, restored_quality


@dataclass(frozen=True, slots=True)
class Audit:
    """Audits the accounts. `deps.delivery` stores alerts for the sender.

    `checked_within` is the longest time since the last check of an account.
    """

    deps: Dependencies
    queue: SenderQueue
    checked_within: timedelta

    def run(self, request: Request) -> Report:
        """Report every account by its last check, and do what belongs to no account.

        A run is complete if each account was checked in time, and if each alert is sent.
        """
        return check(
            request,
            self.deps,
            Steps(self._resend, _load, partial(_accounts, request.digest, self.checked_within)),
        )

    def _resend(self, delivery: AlertDelivery) -> Resent:
        """Start the sender if alerts are pending; at the end of the run, they must be sent."""
        try:
            pending = tuple(delivery.outbox.pending(delivery.clock()))
            if pending:
                self.queue.send(None)
        except RetryableError as error:
            return Resent(unsent=None, failures=(str(error),))
        return Resent(unsent=pending, claimed=frozenset(alert.key for alert in pending))


def _accounts(
    has_details: bool,  # noqa: FBT001 - bound by position
    checked_within: timedelta,
    configuration: Configuration,
    _state: RunState | None,
    _resent: Resent,
    report: Report,
    deps: Dependencies,
) -> tuple[AccountReport, ...]:
    """Report each account by its standing; only a digest needs the details."""
    oldest = report.as_of - checked_within
    watched = {
        account_id: budgets
        for account_id, budgets in sorted(configuration.budgets.items())
        if any(budget.enabled for budget in budgets)
    }
    # One standing after the other, because thousands of them with details need much memory.
    found = {
        each["account_id"]: _account(
            each["account_id"], watched[each["account_id"]], each if has_details else _brief(each), oldest
        )
        for each in deps.standings.standings()
        if each["account_id"] in watched
    }
    return tuple(
        found.get(account_id) or _account(account_id, budgets, None, oldest)
        for account_id, budgets in watched.items()
    )


def _brief(standing: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a standing without the amounts by day."""
    budgets = [
        {**each, "details": {**each.get("details", {}), "days": {}, "families": {}}}
        for each in standing["budgets"]
    ]
    return {**standing, "budgets": budgets}


def _load(request: Request, mode: RunMode, deps: Dependencies) -> Configuration:
    """Load the configuration without a credential; workers report the problems of accounts."""
    directory = account_directory(mode, deps)
    configuration = load_configuration(directory, deps.prefix, request, deps.prices, decrypts=False)
    watched = {account_id for account_id, found in configuration.budgets.items() if found}
    problems = tuple(problem for problem in configuration.problems if problem.account_id not in watched)
    return replace(configuration, problems=problems)


def _account(
    account_id: str, budgets: Sequence[Budget], standing: Mapping[str, Any] | None, oldest: datetime
) -> AccountReport:
    if standing is None:
        return AccountReport(account_id, failures=(f"account {account_id}: it was not checked yet",))
    checked_at = datetime.fromisoformat(standing["as_of"])
    failures = tuple(map(str, standing["failures"]))
    if checked_at < oldest:
        failures = (f"account {account_id}: it was last checked at {utc_text(checked_at)}",)
    through = standing["data_through"]
    return AccountReport(
        account_id,
        standing["source"],
        datetime.fromisoformat(through) if through else None,
        tuple(restored(standing, budgets)),
        problems=tuple(restored_problems(standing)),
        failures=failures,
        account_name=standing["account_name"],
        fresh_quality=restored_quality(standing),
    )
