"""One check of every budget: configuration, accounts, what belongs to no account, run state, heartbeat."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from cloudflare_budgets.check.account import check_account
from cloudflare_budgets.check.collect import Gatherer
from cloudflare_budgets.check.configuration import read_setup
from cloudflare_budgets.check.delivery import Swept, sweep, tell
from cloudflare_budgets.check.dependencies import Outside
from cloudflare_budgets.check.state import late_elsewhere, late_of, open_after
from cloudflare_budgets.domain.alerts.alert import Alert, Severity
from cloudflare_budgets.domain.alerts.open_alerts import OpenAlerts
from cloudflare_budgets.domain.alerts.resolution import Outcome, resolutions
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.domain.run.result import AccountReport, AlertState, Report, is_proof
from cloudflare_budgets.domain.run.state import RunCounts, RunLog, RunNotes, last_week, logged
from cloudflare_budgets.errors import PingFailedError, TryAgainError
from cloudflare_budgets.messages.alerts.render import alerts_of
from cloudflare_budgets.messages.alerts.resolved import resolved_alert

logger = logging.getLogger(__name__)

# Three tries to read the address (7 s each), and the ping (8 s): killed over it, a complete run would fail.
TIME_TO_PING = timedelta(seconds=30)


def recalled(outside: Outside) -> RunNotes | TryAgainError:
    """Recall what earlier runs noted of themselves, or why that is not known."""
    try:
        return outside.runs.recall()
    except TryAgainError as error:
        return error


def account_for(
    report: Report, notes: RunNotes | TryAgainError, late: OpenAlerts, request: Request, outside: Outside
) -> Report:
    """Tell what belongs to no account, and the digest if it is asked for; and note that there was a run.

    `late` are the alerts of none that earlier runs owed, and this one has sent.
    """
    if not request.dry_run:
        report = replace(report, listeners=outside.delivery.listeners())
    if isinstance(notes, TryAgainError):
        report = _with_failures(report, str(notes))
        return _told(report, alerts_of(report.problems, request.as_of), request, outside)
    outcome = Outcome(notes.open_alerts, {})
    looks_for_all = request.account_id is None and outside.is_of_today(request)
    if looks_for_all:
        judged = [evaluation for account in report.accounts for evaluation in account.evaluations]
        outcome = resolutions(notes.open_alerts, judged, report.all_problems, request.as_of)
    alerts = (
        *alerts_of(report.problems, request.as_of),
        *(resolved_alert(resolution, None, request.as_of) for resolution in outcome.over.values()),
    )
    report = _told(report, alerts, request, outside)
    if request.digest:
        report = _with_digest(report, notes, request, outside)
    if not outside.may_learn(request):
        return report
    # What a run for one account finds missing elsewhere, nobody else asked for.
    told = report.alerts if looks_for_all else ()
    still_open = open_after(outcome, late, told, request.as_of)
    left_at = report.left_at if request.account_id is None else notes.left_at
    return _noted(report, RunNotes(_log(report, notes), still_open, left_at), outside)


def tell_outside(report: Report, request: Request, outside: Outside) -> None:
    """Give the sign of life of a complete run outside, where that is wanted; a failure is only logged."""
    if outside.ping is None or not is_proof(report, request, outside.delivery.clock()):
        return
    if outside.time_left() < TIME_TO_PING:
        logger.warning("no ping: too little time was left")
        return
    try:
        outside.ping()
    except PingFailedError as error:
        logger.warning("ping failed", extra={"reason": str(error)})


def _told(report: Report, alerts: tuple[Alert, ...], request: Request, outside: Outside) -> Report:
    told = tell(alerts, outside.delivery, dry_run=request.dry_run)
    return _with_failures(replace(report, alerts=(*report.alerts, *told.alerts)), *told.failures)


def _with_digest(report: Report, notes: RunNotes, request: Request, outside: Outside) -> Report:
    # Most runs make none, and its charts would make each of them start later.
    from cloudflare_budgets.check.digest import digest_of  # noqa: PLC0415

    week = last_week(_log(report, notes), request.as_of)
    alert, failures = digest_of(report, week, None if request.dry_run else outside.pages)
    return _told(_with_failures(report, *failures), (alert,), request, outside)


def _log(report: Report, notes: RunNotes) -> RunLog:
    # What asks nobody to do anything, such as the digest itself, is nothing to report.
    sent = sum(
        each.state is AlertState.SENT and each.alert.severity is not Severity.INFO
        for each in report.all_alerts
    )
    sent += report.swept
    run = RunCounts(int(not report.failures), int(bool(report.failures)), sent)
    return logged(notes.log, run, report.as_of)


def _noted(report: Report, notes: RunNotes, outside: Outside) -> Report:
    try:
        outside.runs.remember(notes)
    except TryAgainError as error:
        return _with_failures(report, str(error))
    return report


def _with_failures(report: Report, *failures: str) -> Report:
    return replace(report, own_failures=(*report.own_failures, *failures))


def check(request: Request, outside: Outside) -> Report:
    """Judge every budget, and see that what must be told is told once.

    What one budget, account or alert does wrong never stops the others: what a retry can mend
    stands in the report's `failures`, what it cannot in its `problems`.
    """
    as_of = request.as_of
    swept = Swept() if request.dry_run else sweep(outside.delivery)
    try:
        setup = read_setup(outside.configuration, outside.prefix, request, outside.prices)
    except TryAgainError as error:
        return _begun(as_of, swept, str(error))
    notes = recalled(outside)
    gatherer = Gatherer(outside.usage, outside.accounts, outside.time_left, as_of)
    unwatched = [AccountReport(account.account_id) for account in setup.unwatched]
    # Where time did not suffice for all, those that were left come first, so that none is left for good.
    watched = setup.watched_from(notes.left_at if isinstance(notes, RunNotes) else None)
    checked = [
        check_account(replace(gathered, late=late_of(swept, gathered, as_of)), setup, request, outside)
        for gathered in gatherer.gather(watched)
    ]
    report = replace(_begun(as_of, swept), accounts=(*unwatched, *checked), problems=setup.general_problems)
    late = late_elsewhere(swept, (account.account_id for account, _ in watched), as_of)
    report = account_for(report, notes, late, request, outside)
    tell_outside(report, request, outside)
    return report


def _begun(as_of: datetime, swept: Swept, *failures: str) -> Report:
    return Report(as_of, swept=len(swept.sent), unswept=swept.owed, own_failures=(*swept.failures, *failures))
