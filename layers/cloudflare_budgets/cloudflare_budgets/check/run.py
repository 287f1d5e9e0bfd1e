"""One check of every budget: configuration, accounts, what belongs to no account, run state, heartbeat."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from cloudflare_budgets.check.account import check_account
from cloudflare_budgets.check.collect import Collector
from cloudflare_budgets.check.configuration import load_configuration
from cloudflare_budgets.check.delivery import Resent, deliver_all, resend_pending
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.check.state import late_elsewhere, late_of, open_after
from cloudflare_budgets.domain.alerts.alert import Alert, Severity
from cloudflare_budgets.domain.alerts.open_alerts import OpenAlerts
from cloudflare_budgets.domain.alerts.resolution import Outcome, resolutions
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.domain.run.result import AccountReport, AlertState, Report, is_complete_check
from cloudflare_budgets.domain.run.state import RunCounts, RunLog, RunState, last_week, logged
from cloudflare_budgets.errors import PingFailedError, RetryableError
from cloudflare_budgets.messages.alerts.render import alerts_of
from cloudflare_budgets.messages.alerts.resolved import resolved_alert

logger = logging.getLogger(__name__)

# Three tries to read the address (7 s each), and the ping (8 s): killed over it, a complete run would fail.
TIME_TO_PING = timedelta(seconds=30)


def recalled(deps: Dependencies) -> RunState | RetryableError:
    """Recall what earlier runs noted of themselves, or why that is not known."""
    try:
        return deps.runs.load()
    except RetryableError as error:
        return error


def account_for(
    report: Report, state: RunState | RetryableError, late: OpenAlerts, request: Request, deps: Dependencies
) -> Report:
    """Tell what belongs to no account, and the digest if it is asked for; and note that there was a run.

    `late` are the alerts of none that earlier runs owed, and this one has sent.
    """
    if not request.dry_run:
        report = replace(report, listeners=deps.delivery.listeners())
    if isinstance(state, RetryableError):
        report = _with_failures(report, str(state))
        return _told(report, alerts_of(report.problems, request.as_of), request, deps)
    outcome = Outcome(state.open_alerts, {})
    looks_for_all = request.account_id is None and deps.is_today(request)
    if looks_for_all:
        judged = [evaluation for account in report.accounts for evaluation in account.evaluations]
        outcome = resolutions(state.open_alerts, judged, report.all_problems, request.as_of)
    alerts = (
        *alerts_of(report.problems, request.as_of),
        *(resolved_alert(resolution, None, request.as_of) for resolution in outcome.over.values()),
    )
    report = _told(report, alerts, request, deps)
    if request.digest:
        report = _with_digest(report, state, request, deps)
    if not deps.saves_state(request):
        return report
    # What a run for one account finds missing elsewhere, nobody else asked for.
    told = report.alerts if looks_for_all else ()
    still_open = open_after(outcome, late, told, request.as_of)
    left_at = report.left_at if request.account_id is None else state.left_at
    return _noted(report, RunState(_log(report, state), still_open, left_at), deps)


def tell_outside(report: Report, request: Request, deps: Dependencies) -> None:
    """Give the sign of life of a complete run outside, where that is wanted; a failure is only logged."""
    if deps.ping is None or not is_complete_check(report, request, deps.delivery.clock()):
        return
    if deps.time_left() < TIME_TO_PING:
        logger.warning("no ping: too little time was left")
        return
    try:
        deps.ping()
    except PingFailedError as error:
        logger.warning("ping failed", extra={"reason": str(error)})


def _told(report: Report, alerts: tuple[Alert, ...], request: Request, deps: Dependencies) -> Report:
    told = deliver_all(alerts, deps.delivery, dry_run=request.dry_run)
    return _with_failures(replace(report, alerts=(*report.alerts, *told.alerts)), *told.failures)


def _with_digest(report: Report, state: RunState, request: Request, deps: Dependencies) -> Report:
    # Most runs make none, and its charts would make each of them start later.
    from cloudflare_budgets.check.digest import digest_of  # noqa: PLC0415

    week = last_week(_log(report, state), request.as_of)
    alert, failures = digest_of(report, week, None if request.dry_run else deps.pages)
    return _told(_with_failures(report, *failures), (alert,), request, deps)


def _log(report: Report, state: RunState) -> RunLog:
    # What asks nobody to do anything, such as the digest itself, is nothing to report.
    sent = sum(
        each.state is AlertState.SENT and each.alert.severity is not Severity.INFO
        for each in report.all_alerts
    )
    sent += report.resent
    run = RunCounts(int(not report.failures), int(bool(report.failures)), sent)
    return logged(state.log, run, report.as_of)


def _noted(report: Report, state: RunState, deps: Dependencies) -> Report:
    try:
        deps.runs.save(state)
    except RetryableError as error:
        return _with_failures(report, str(error))
    return report


def _with_failures(report: Report, *failures: str) -> Report:
    return replace(report, own_failures=(*report.own_failures, *failures))


def check(request: Request, deps: Dependencies) -> Report:
    """Judge every budget, and see that what must be told is told once.

    What one budget, account or alert does wrong never stops the others: what a retry can mend
    stands in the report's `failures`, what it cannot in its `problems`.
    """
    as_of = request.as_of
    resent = Resent() if request.dry_run else resend_pending(deps.delivery)
    try:
        configuration = load_configuration(deps.configuration, deps.prefix, request, deps.prices)
    except RetryableError as error:
        return _begun(as_of, resent, str(error))
    state = recalled(deps)
    collector = Collector(deps.usage, deps.accounts, deps.time_left, as_of)
    unwatched = [AccountReport(account.account_id) for account in configuration.unwatched]
    # Where time did not suffice for all, those that were left come first, so that none is left for good.
    watched = configuration.watched_from(state.left_at if isinstance(state, RunState) else None)
    checked = [
        check_account(
            replace(collected, late=late_of(resent, collected, as_of)), configuration, request, deps
        )
        for collected in collector.collect(watched)
    ]
    report = replace(
        _begun(as_of, resent), accounts=(*unwatched, *checked), problems=configuration.general_problems
    )
    late = late_elsewhere(resent, (account.account_id for account, _ in watched), as_of)
    report = account_for(report, state, late, request, deps)
    tell_outside(report, request, deps)
    return report


def _begun(as_of: datetime, resent: Resent, *failures: str) -> Report:
    return Report(
        as_of, resent=len(resent.sent), still_pending=resent.owed, own_failures=(*resent.failures, *failures)
    )
