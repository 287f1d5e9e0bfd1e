"""The use case: gather what was configured and used, decide, and tell people what they must know."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cloudflare_budgets.delivery import Delivery, outgoing
from cloudflare_budgets.domain.alert import Alert
from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.decision import Decision, decide, decide_without_usage
from cloudflare_budgets.domain.evaluation import Knowledge
from cloudflare_budgets.domain.freshness import STALE_AFTER
from cloudflare_budgets.domain.notes import Notes, notes_after
from cloudflare_budgets.domain.problem import Problem
from cloudflare_budgets.domain.problem_alert import problem_alert
from cloudflare_budgets.domain.report import AccountReport, AlertReport, AlertState, Report
from cloudflare_budgets.domain.request import Request
from cloudflare_budgets.domain.trust import doubts_about
from cloudflare_budgets.domain.usage import Usage, arrange
from cloudflare_budgets.domain.window import period_to_read
from cloudflare_budgets.errors import TellSomebodyError, TryAgainError, UsageUnavailableError
from cloudflare_budgets.ports import Account, AccountMemory, Configuration, Question, TimeLeft, UsageSource
from cloudflare_budgets.setup import Setup, read_setup

logger = logging.getLogger(__name__)

# With less than this left, an account is not begun: its alerts might find no time to go out.
TIME_FOR_AN_ACCOUNT = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Outside:
    """Everything a check reads from and acts on.

    `prefix` is the root of the parameter names. Usage older than `stale_after` proves no budget kept.
    """

    prefix: str
    configuration: Configuration
    usage: UsageSource
    accounts: AccountMemory
    delivery: Delivery
    time_left: TimeLeft
    stale_after: timedelta = STALE_AFTER


def check(request: Request, outside: Outside) -> Report:
    """Judge every budget, and see that what must be told is told once.

    What one budget, account or alert does wrong never stops the others: what a retry can mend
    stands in the report's `failures`, what it cannot in its `problems`.
    """
    swept, failures = (0, ()) if request.dry_run else _sweep(outside.delivery)
    try:
        setup = read_setup(outside.configuration, outside.prefix, request)
    except TryAgainError as error:
        return Report(request.as_of, swept=swept, own_failures=(*failures, str(error)))
    accounts = tuple(_check_account(account, setup, request, outside) for account in setup.accounts)
    alerts, undelivered = _tell(_alerts_of(setup.general_problems, request.as_of), request, outside.delivery)
    return Report(
        request.as_of, accounts, alerts, setup.general_problems, swept, own_failures=(*failures, *undelivered)
    )


def _sweep(delivery: Delivery) -> tuple[int, tuple[str, ...]]:
    """Send what earlier runs claimed and did not send; it needs neither Cloudflare nor the budget."""
    sent = 0
    failures: list[str] = []
    try:
        for alert in delivery.memory.owed(delivery.clock()):
            try:
                sent += delivery.deliver(alert)
            except TryAgainError as error:
                failures.append(str(error))
    except TryAgainError as error:
        failures.append(str(error))
    return sent, tuple(failures)


def _check_account(account: Account, setup: Setup, request: Request, outside: Outside) -> AccountReport:
    try:
        return _judge_account(account, setup, request, outside)
    except Exception as error:  # one account's surprise must not cost the others their alerts
        logger.exception("unexpected error", extra={"account_id": account.account_id})
        failure = f"account {account.account_id}: unexpected {type(error).__name__}, see the log"
        return AccountReport(account.account_id, failures=(failure,))


def _judge_account(account: Account, setup: Setup, request: Request, outside: Outside) -> AccountReport:
    budgets = setup.budgets_of(account)
    if not budgets:
        decision = Decision((), problems=setup.problems_of(account))
        return _act(AccountReport(account.account_id), decision, request, outside.delivery)
    report = AccountReport(account.account_id)
    try:
        usage, notes = _gather(account, budgets, request, outside)
    except TryAgainError as error:
        problem = Problem("usage_unavailable", account.account_id, str(error), account.account_id)
        decision = decide_without_usage(budgets, request.as_of, str(error))
        report = replace(report, problems=(problem,), failures=(f"account {account.account_id}: {error}",))
    except TellSomebodyError as error:
        problem = Problem(error.kind, account.account_id, str(error), account.account_id)
        decision = decide_without_usage(budgets, request.as_of, str(error), problem)
    else:
        doubts = doubts_about(usage, request.as_of, notes.trace)
        known = Knowledge(usage, request.as_of, doubts, outside.stale_after)
        decision = decide(budgets, known, outside.prefix)
        report = replace(report, source=usage.source, data_through=usage.data_through)
        report = replace(report, failures=_remember(notes, usage, request, outside))
    decision = replace(decision, problems=(*setup.problems_of(account), *decision.problems))
    return _act(report, decision, request, outside.delivery)


def _gather(
    account: Account, budgets: Sequence[Budget], request: Request, outside: Outside
) -> tuple[Usage, Notes]:
    if outside.time_left() < TIME_FOR_AN_ACCOUNT:
        raise UsageUnavailableError("not read, for too little time was left; the next run begins elsewhere")
    notes = outside.accounts.recall_notes(account.account_id)
    question = Question(
        period_to_read(budgets, request.as_of),
        needs_cost=any(budget.is_cost for budget in budgets),
        preferred_source=notes.preferred_source(request.as_of),
    )
    return arrange(account.account_id, outside.usage.read(account, question)), notes


def _remember(notes: Notes, usage: Usage, request: Request, outside: Outside) -> tuple[str, ...]:
    learned = notes_after(notes, usage, request.as_of)
    if request.dry_run or learned == notes:
        return ()
    try:
        outside.accounts.remember_notes(usage.account_id, learned)
    except TryAgainError as error:
        return (f"account {usage.account_id}: {error}",)
    return ()


def _act(report: AccountReport, decision: Decision, request: Request, delivery: Delivery) -> AccountReport:
    alerts = (*decision.alerts, *_alerts_of(decision.problems, request.as_of))
    told, undelivered = _tell(alerts, request, delivery)
    return replace(
        report,
        evaluations=decision.evaluations,
        alerts=told,
        problems=(*report.problems, *decision.problems),
        failures=(*report.failures, *undelivered),
    )


def _alerts_of(problems: Iterable[Problem], as_of: datetime) -> tuple[Alert, ...]:
    return tuple(problem_alert(problem, as_of) for problem in problems)


def _tell(
    alerts: Iterable[Alert], request: Request, delivery: Delivery
) -> tuple[tuple[AlertReport, ...], tuple[str, ...]]:
    """Deliver alerts; give what became of each, and why some are still owed."""
    told: list[AlertReport] = []
    failures: list[str] = []
    for alert in alerts:
        try:
            state = _preview(alert, delivery) if request.dry_run else _deliver(alert, delivery)
        except TryAgainError as error:
            state = AlertState.OWED
            failures.append(f"{alert.type} {alert.budget or alert.label}: {error}")
        told.append(AlertReport(alert, state))
    return tuple(told), tuple(failures)


def _deliver(alert: Alert, delivery: Delivery) -> AlertState:
    return AlertState.SENT if delivery.deliver(outgoing(alert)) else AlertState.ALREADY_SENT


def _preview(alert: Alert, delivery: Delivery) -> AlertState:
    return AlertState.ALREADY_SENT if delivery.memory.recall(alert.key) else AlertState.DRY_RUN
