"""One check of every budget: configuration, accounts, general problems, run state, ping."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cloudflare_budgets.check.account import AccountCheck
from cloudflare_budgets.check.claimed import look_again
from cloudflare_budgets.check.configuration import AccountDirectory, Configuration, load_configuration
from cloudflare_budgets.check.delivery import AlertDelivery
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.check.own_problems import missing_recipient, own_problems
from cloudflare_budgets.check.sending import Resent, deliver_all, resend_pending
from cloudflare_budgets.check.state import open_after, opened_elsewhere, save_standing
from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.open_alert import OpenAlerts
from cloudflare_budgets.domain.alerts.problem import NOT_WATCHED
from cloudflare_budgets.domain.alerts.resolution import Outcome, resolutions
from cloudflare_budgets.domain.primitives.period import midnight
from cloudflare_budgets.domain.run.request import Request, RunMode, run_mode
from cloudflare_budgets.domain.run.result import AccountReport, AlertState, Report
from cloudflare_budgets.domain.run.state import RunCounts, RunLog, RunState, last_week, logged, shared_names
from cloudflare_budgets.domain.run.subscriptions import missing_subscriber
from cloudflare_budgets.errors import PingFailedError, RetryableError, StateUnreadableError
from cloudflare_budgets.messages.alerts.render import alerts_of
from cloudflare_budgets.messages.alerts.resolved import resolved_alert
from cloudflare_budgets.messages.reply import run_standing

logger = logging.getLogger(__name__)

# Three attempts to read the address (7 s each) and the ping (8 s): a timeout here would fail a complete run.
TIME_TO_PING = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Steps:
    """The steps of a run that differ if workers check the accounts."""

    resend: Callable[[AlertDelivery], Resent]
    load: Callable[[Request, RunMode, Dependencies], Configuration]
    check_accounts: Callable[
        [Configuration, RunState | None, Resent, Report, Dependencies], tuple[AccountReport, ...]
    ]


def check(request: Request, deps: Dependencies, steps: Steps | None = None) -> Report:
    """Check every budget and deliver each alert once; by default, the run has no workers.

    An error in one budget, account or alert does not affect the others. What a retry can fix is in the
    report's `failures`, what only a person can fix in its `problems`.
    """
    steps = steps or Steps(resend_pending, _load, _check_accounts)
    mode = run_mode(request, deps.delivery.clock())
    resent = steps.resend(deps.delivery) if mode.sends else Resent()
    report = Report(
        request.as_of,
        resent=len(resent.sent),
        still_pending=resent.owed,
        own_failures=resent.failures,
        mode=mode,
    )
    try:
        configuration = steps.load(request, mode, deps)
    except RetryableError as error:
        return report.with_failures(str(error))
    if not configuration.knows_all_budgets:  # a budget that was not found may exist
        report = replace(report, mode=replace(mode, covers_all=False))
    report = replace(report, budgets_object=configuration.budgets_object)
    state, failures = _load_state(report.as_of, deps)
    seen = state.seen(configuration.names, report.as_of) if state else {}
    configuration = configuration.watched_since(seen, state.deleted if state else {})
    accounts = steps.check_accounts(configuration, state, resent, report, deps)
    report = replace(report, accounts=accounts).with_failures(*configuration.failures, *failures)
    report, state = _with_problems(report, configuration, state, request, deps)
    report, outcome = _deliver(report, state, deps)
    if state is None:
        return look_again(report, resent.claimed, deps.delivery)
    if request.digest:
        report, state = _with_digest(report, state, deps), state.after_digest(report.as_of)
    report = look_again(report, resent.claimed, deps.delivery)
    if mode.saves_state:
        state = _with_budgets(state, seen, report)
        late = opened_elsewhere(resent.sent, configuration.watched_ids, report.as_of)
        report = _with_state_saved(report, state, outcome, late, deps)
    _ping(report, deps)
    return report


def account_directory(mode: RunMode, deps: Dependencies) -> AccountDirectory:
    """Return the directory of accounts, which saves lists if the run saves its state."""
    saves = mode.sends and mode.saves_state
    return AccountDirectory(deps.configuration, deps.lister, deps.lists, deps.delivery.clock(), saves=saves)


def _load(request: Request, mode: RunMode, deps: Dependencies) -> Configuration:
    return load_configuration(account_directory(mode, deps), deps.prefix, request, deps.prices)


def _load_state(as_of: datetime, deps: Dependencies) -> tuple[RunState | None, tuple[str, ...]]:
    try:
        return deps.runs.load(), ()
    except StateUnreadableError as error:
        # With a day in its log, the state is that of an earlier version, for which no budget is new.
        return RunState({midnight(as_of): RunCounts()}), (str(error),)
    except RetryableError as error:
        return None, (str(error),)


def _check_accounts(
    configuration: Configuration, state: RunState | None, resent: Resent, report: Report, deps: Dependencies
) -> tuple[AccountReport, ...]:
    shared = state.shared_names if state else ()
    checks = AccountCheck(configuration, report.mode, report.as_of, resent, shared, deps)
    # The accounts that the last run left out come first: it had too little time, or reached a token's limit.
    first = state.left_at if state else None
    watched = configuration.watched_from(first, report.as_of if deps.fresh else None)
    unwatched = (AccountReport(account.account_id) for account in configuration.unwatched)
    return (*unwatched, *checks.run(watched))


def _with_problems(
    report: Report,
    configuration: Configuration,
    state: RunState | None,
    request: Request,
    deps: Dependencies,
) -> tuple[Report, RunState | None]:
    """Add the problems that belong to no account, and record the operations topic's state."""
    operators = deps.operators.subscribers() if deps.operators and report.mode.saves_state else None
    state = state.with_operators(operators, report.as_of) if state else None
    problems = (
        *configuration.general_problems,
        *own_problems(configuration, state, request, report, deps),
        *missing_recipient(state, operators, report),
    )
    return replace(report, problems=problems), state


def _with_budgets(state: RunState, seen: Mapping[str, datetime], report: Report) -> RunState:
    """Return the state with the budgets seen; deleted ones remain until their alert is sent."""
    together = {**(state.budgets or {}), **seen}
    if not report.mode.covers_all:
        return replace(state, budgets=together)
    unsent = any(each.alert.label == NOT_WATCHED and each.state is AlertState.OWED for each in report.alerts)
    deleted = state.deleted_after(seen, report.as_of)
    return replace(state, budgets=together if unsent else seen, deleted=deleted)


def _deliver(report: Report, state: RunState | None, deps: Dependencies) -> tuple[Report, Outcome]:
    """Deliver what belongs to no account, and return which open alerts are over."""
    mode, as_of = report.mode, report.as_of
    outcome = Outcome(state.open_alerts if state else {}, {})
    if mode.resolves and mode.covers_all:
        judged = [evaluation for account in report.accounts for evaluation in account.evaluations]
        outcome = resolutions(outcome.kept, judged, report.all_problems, as_of)
    ends = (resolved_alert(resolution, None, as_of) for resolution in outcome.over.values())
    problems = () if mode.is_replay else report.problems
    report = _delivered(report, (*alerts_of(problems, as_of, deps.prefix), *ends), deps)
    if not mode.sends:
        return report, outcome
    report = replace(report, listeners=deps.delivery.listeners())
    missing = missing_subscriber(report.listeners) if report.listeners else None
    return replace(report, problems=(*report.problems, *((missing,) if missing else ()))), outcome


def _delivered(report: Report, alerts: tuple[Alert, ...], deps: Dependencies) -> Report:
    outcome = deliver_all(alerts, deps.delivery, dry_run=not report.mode.sends)
    report = replace(report, alerts=(*report.alerts, *outcome.alerts))
    return report.with_failures(*outcome.failures)


def _with_digest(report: Report, state: RunState, deps: Dependencies) -> Report:
    # Imported here because most runs send no digest, and its charts slow the cold start.
    from cloudflare_budgets.check.digest import digest_of  # noqa: PLC0415

    week = last_week(_log(report, state), report.as_of)
    by_id = tuple(sorted(report.accounts, key=lambda account: account.account_id))
    pages = deps.pages if report.mode.sends else None
    alert, failures = digest_of(replace(report, accounts=by_id), week, pages, deps.alerts)
    return _delivered(report.with_failures(*failures), (alert,), deps)


def _log(report: Report, state: RunState) -> RunLog:
    return logged(state.log, report.counts, report.as_of)


def _with_state_saved(
    report: Report, state: RunState, outcome: Outcome, late: OpenAlerts, deps: Dependencies
) -> Report:
    mode = report.mode
    # A run for one account does not cover the problems that it finds elsewhere.
    sent = report.alerts if mode.resolves and mode.covers_all else ()
    left_at = report.left_at if mode.covers_all else state.left_at
    try:
        open_alerts = open_after(outcome, late, sent)
        state = replace(state, log=_log(report, state), open_alerts=open_alerts, left_at=left_at)
        deps.runs.save(_with_shared_names(state, report) if mode.covers_all else state)
    except RetryableError as error:
        return report.with_failures(str(error))
    if not mode.covers_all:
        return report
    return report.with_failures(*save_standing(run_standing(report), deps.standings))


def _with_shared_names(state: RunState, report: Report) -> RunState:
    names = (account.account_name for account in report.accounts)
    return replace(state, shared_names=shared_names(names, state.shared_names))


def _ping(report: Report, deps: Dependencies) -> None:
    """Send the heartbeat ping of a complete run, if one is configured; a failure is only logged."""
    if deps.ping is None or not report.is_complete or report.has_no_subscriber:
        return
    if deps.time_left() < TIME_TO_PING:
        logger.warning("no ping: too little time was left")
        return
    try:
        deps.ping()
    except PingFailedError as error:
        logger.warning("ping failed", extra={"reason": str(error)})
