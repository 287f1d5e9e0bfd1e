"""One account's part of a check: judge, tell, learn."""

import logging
from dataclasses import replace

from cloudflare_budgets.check.collect import Gathered
from cloudflare_budgets.check.configuration import Setup
from cloudflare_budgets.check.delivery import tell
from cloudflare_budgets.check.dependencies import Outside
from cloudflare_budgets.check.state import Learner, open_after
from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.decision import Decision, decide, decide_without_usage
from cloudflare_budgets.domain.alerts.open_alerts import told_anew
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.alerts.resolution import Outcome, resolutions
from cloudflare_budgets.domain.data_quality.consistency import doubts_about
from cloudflare_budgets.domain.evaluation.context import know
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.errors import CloudflareBudgetsError, OutOfTimeError, TellSomebodyError
from cloudflare_budgets.messages.alerts.render import alerts_of, render
from cloudflare_budgets.messages.alerts.resolved import resolved_alert

logger = logging.getLogger(__name__)


def check_account(gathered: Gathered, setup: Setup, request: Request, outside: Outside) -> AccountReport:
    """Judge an account's budgets, tell people what they must know, and learn from it for later runs."""
    try:
        return _check_account(gathered, setup, request, outside)
    except Exception as error:  # one account's surprise must not cost the others their alerts
        account_id = gathered.account.account_id
        logger.exception("unexpected error", extra={"account_id": account_id})
        failure = f"account {account_id}: unexpected {type(error).__name__}, see the log"
        return AccountReport(account_id, failures=(failure,))


def _check_account(gathered: Gathered, setup: Setup, request: Request, outside: Outside) -> AccountReport:
    decision, rendered, report = _judge(gathered, setup, request, outside)
    outcome = Outcome(gathered.notes.open_alerts, {})
    if isinstance(gathered.usage, Usage) and outside.is_of_today(request):  # else it is not known
        outcome = resolutions(outcome.kept, decision.evaluations, report.problems, request.as_of)
    alerts = (
        *rendered,
        *alerts_of(decision.problems, request.as_of, report),
        *(resolved_alert(resolution, report, request.as_of) for resolution in outcome.over.values()),
    )
    told = tell(alerts, outside.delivery, dry_run=request.dry_run)
    report = replace(
        report, alerts=told.alerts, failures=(*report.failures, *gathered.failures, *told.failures)
    )
    if not outside.may_learn(request):
        return report
    learner = Learner(outside.accounts, request.as_of)
    failures = learner.learn(gathered, open_after(outcome, gathered.late, told.alerts, request.as_of))
    return replace(report, failures=(*report.failures, *failures))


def _judge(
    gathered: Gathered, setup: Setup, request: Request, outside: Outside
) -> tuple[Decision, tuple[Alert, ...], AccountReport]:
    account_id, usage = gathered.account.account_id, gathered.usage
    rendered: tuple[Alert, ...] = ()
    if isinstance(usage, Usage):
        decision, rendered = _decide(gathered, usage, setup.prices, request, outside)
        report = AccountReport(account_id, usage.source, usage.data_through, account_name=usage.account_name)
    else:
        decision, report = _without_usage(gathered, usage, request)
    decision = replace(decision, problems=(*setup.problems_of(gathered.account), *decision.problems))
    problems = (*report.problems, *decision.problems)
    return decision, rendered, replace(report, evaluations=decision.evaluations, problems=problems)


def _decide(
    gathered: Gathered, usage: Usage, prices: PriceList, request: Request, outside: Outside
) -> tuple[Decision, tuple[Alert, ...]]:
    doubts = doubts_about(usage, request.as_of, gathered.notes.trace)
    known = know(
        usage,
        request.as_of,
        history=gathered.history,
        history_since=gathered.past.since,
        prices=prices,
        doubts=doubts,
        stale_after=outside.stale_after,
    )
    decision = decide(gathered.budgets, known)
    rendered = render(decision, known, outside.prefix)
    if not outside.is_of_today(request):
        return decision, rendered
    problems = told_anew(decision.problems, gathered.notes.open_alerts, request.as_of)
    return replace(decision, problems=problems), rendered


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
    was_begun = not isinstance(error, OutOfTimeError)
    return decision, AccountReport(account_id, problems=(problem,), failures=(failure,), was_begun=was_begun)
