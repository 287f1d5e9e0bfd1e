"""The use case: gather what was configured and used, decide, and tell people what they must know."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from cloudflare_budgets.delivery import Delivery
from cloudflare_budgets.domain.decision import Decision, decide, decide_without_usage
from cloudflare_budgets.domain.freshness import STALE_AFTER
from cloudflare_budgets.domain.knowledge import know
from cloudflare_budgets.domain.known_history import learn_history
from cloudflare_budgets.domain.notes import notes_after
from cloudflare_budgets.domain.price_list import PriceList
from cloudflare_budgets.domain.problem import Problem
from cloudflare_budgets.domain.report import AccountReport, Report
from cloudflare_budgets.domain.request import Request
from cloudflare_budgets.domain.trust import doubts_about
from cloudflare_budgets.domain.usage import Usage
from cloudflare_budgets.errors import CloudflareBudgetsError, TellSomebodyError, TryAgainError
from cloudflare_budgets.gather import Gathered, Gatherer
from cloudflare_budgets.ports import AccountMemory, Configuration, TimeLeft, UsageSource
from cloudflare_budgets.setup import Setup, read_setup
from cloudflare_budgets.telling import alerts_of, sweep, tell

logger = logging.getLogger(__name__)

# A schedule's event may be late by its retries; what differs by more was asked for by hand.
REPLAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything a check reads from and acts on.

    `prefix` is the root of the parameter names, `prices` the list that is shipped. Usage older than
    `stale_after` proves no budget kept.
    """

    prefix: str
    configuration: Configuration
    usage: UsageSource
    accounts: AccountMemory
    delivery: Delivery
    time_left: TimeLeft
    prices: PriceList
    stale_after: timedelta = STALE_AFTER


def check(request: Request, outside: Outside) -> Report:
    """Judge every budget, and see that what must be told is told once.

    What one budget, account or alert does wrong never stops the others: what a retry can mend
    stands in the report's `failures`, what it cannot in its `problems`.
    """
    as_of = request.as_of
    swept, failures = (0, ()) if request.dry_run else sweep(outside.delivery)
    try:
        setup = read_setup(outside.configuration, outside.prefix, request, outside.prices)
    except TryAgainError as error:
        return Report(as_of, swept=swept, own_failures=(*failures, str(error)))
    gatherer = Gatherer(outside.usage, outside.accounts, outside.time_left, as_of)
    unwatched = [AccountReport(account.account_id) for account in setup.unwatched]
    checked = [_check_one(gathered, setup, request, outside) for gathered in gatherer.gather(setup.watched)]
    general = setup.general_problems
    told = tell(alerts_of(general, as_of), outside.delivery, dry_run=request.dry_run)
    own_failures = (*failures, *told.failures)
    return Report(as_of, (*unwatched, *checked), told.alerts, general, swept, own_failures)


def _check_one(gathered: Gathered, setup: Setup, request: Request, outside: Outside) -> AccountReport:
    try:
        return _check_account(gathered, setup, request, outside)
    except Exception as error:  # one account's surprise must not cost the others their alerts
        account_id = gathered.account.account_id
        logger.exception("unexpected error", extra={"account_id": account_id})
        failure = f"account {account_id}: unexpected {type(error).__name__}, see the log"
        return AccountReport(account_id, failures=(failure,))


def _check_account(gathered: Gathered, setup: Setup, request: Request, outside: Outside) -> AccountReport:
    account_id, usage = gathered.account.account_id, gathered.usage
    if isinstance(usage, Usage):
        decision = _decide(gathered, usage, setup.prices, request, outside)
        failures = (*gathered.failures, *_learn(gathered, usage, request, outside))
        report = AccountReport(account_id, usage.source, usage.data_through, failures=failures)
        report = replace(report, account_name=usage.account_name)
    else:
        decision, report = _without_usage(gathered, usage, request)
    decision = replace(decision, problems=(*setup.problems_of(gathered.account), *decision.problems))
    alerts = (*decision.alerts, *alerts_of(decision.problems, request.as_of))
    told = tell(alerts, outside.delivery, dry_run=request.dry_run)
    return replace(
        report,
        evaluations=decision.evaluations,
        alerts=told.alerts,
        problems=(*report.problems, *decision.problems),
        failures=(*report.failures, *told.failures),
    )


def _decide(
    gathered: Gathered, usage: Usage, prices: PriceList, request: Request, outside: Outside
) -> Decision:
    doubts = doubts_about(usage, request.as_of, gathered.notes.trace)
    known = know(
        usage,
        request.as_of,
        history=gathered.history,
        prices=prices,
        doubts=doubts,
        stale_after=outside.stale_after,
    )
    return decide(gathered.budgets, known, outside.prefix)


def _without_usage(
    gathered: Gathered, error: CloudflareBudgetsError, request: Request
) -> tuple[Decision, AccountReport]:
    account_id = gathered.account.account_id
    kind = error.kind if isinstance(error, TellSomebodyError) else "usage_unavailable"
    problem = Problem(kind, account_id, str(error), account_id)
    decision = decide_without_usage(gathered.budgets, request.as_of, str(error))
    if isinstance(error, TellSomebodyError):
        return replace(decision, problems=(problem,)), AccountReport(account_id)
    # A retry may mend it: it is reported, but the failing run speaks for it, not an alert.
    failure = f"account {account_id}: {error}"
    return decision, AccountReport(account_id, problems=(problem,), failures=(failure,))


def _learn(gathered: Gathered, usage: Usage, request: Request, outside: Outside) -> tuple[str, ...]:
    """Remember the account for later runs, unless the run judges by another time than theirs."""
    is_replay = abs(outside.delivery.clock() - request.as_of) > REPLAY
    history, changed = learn_history(gathered.notes.history, usage, gathered.past, request.as_of)
    learned = replace(notes_after(gathered.notes, usage, request.as_of), history=history)
    if request.dry_run or is_replay or learned == gathered.notes:
        return ()
    try:
        # In this order: what is noted as recorded is recorded, and at worst it is once more.
        outside.accounts.remember_days(usage.account_id, changed)
        outside.accounts.remember_notes(usage.account_id, learned)
    except TryAgainError as error:
        return (f"account {usage.account_id}: {error}",)
    return ()
