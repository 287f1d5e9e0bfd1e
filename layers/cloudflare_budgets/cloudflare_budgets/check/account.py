"""One account's part of a check: judge, tell, learn."""

import logging
from dataclasses import replace

from cloudflare_budgets.check.collect import CollectedAccount
from cloudflare_budgets.check.configuration import Configuration
from cloudflare_budgets.check.delivery import deliver_all
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.check.state import Learner, open_after
from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.decision import Decision, decide, decide_without_usage
from cloudflare_budgets.domain.alerts.open_alerts import told_anew
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.alerts.resolution import Outcome, resolutions
from cloudflare_budgets.domain.data_quality.consistency import quality_issues
from cloudflare_budgets.domain.evaluation.context import evaluation_context
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.domain.run.result import AccountReport
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.errors import CloudflareBudgetsError, NonRetryableError, OutOfTimeError
from cloudflare_budgets.messages.alerts.render import alerts_of, render
from cloudflare_budgets.messages.alerts.resolved import resolved_alert

logger = logging.getLogger(__name__)


def check_account(
    collected: CollectedAccount, configuration: Configuration, request: Request, deps: Dependencies
) -> AccountReport:
    """Judge an account's budgets, tell people what they must know, and learn from it for later runs."""
    try:
        return _check_account(collected, configuration, request, deps)
    except Exception as error:  # one account's surprise must not cost the others their alerts
        account_id = collected.account.account_id
        logger.exception("unexpected error", extra={"account_id": account_id})
        failure = f"account {account_id}: unexpected {type(error).__name__}, see the log"
        return AccountReport(account_id, failures=(failure,))


def _check_account(
    collected: CollectedAccount, configuration: Configuration, request: Request, deps: Dependencies
) -> AccountReport:
    decision, rendered, report = _judge(collected, configuration, request, deps)
    outcome = Outcome(collected.state.open_alerts, {})
    if isinstance(collected.usage, Usage) and deps.is_today(request):  # else it is not known
        outcome = resolutions(outcome.kept, decision.evaluations, report.problems, request.as_of)
    alerts = (
        *rendered,
        *alerts_of(decision.problems, request.as_of, report),
        *(resolved_alert(resolution, report, request.as_of) for resolution in outcome.over.values()),
    )
    told = deliver_all(alerts, deps.delivery, dry_run=request.dry_run)
    report = replace(
        report, alerts=told.alerts, failures=(*report.failures, *collected.failures, *told.failures)
    )
    if not deps.saves_state(request):
        return report
    learner = Learner(deps.accounts, request.as_of)
    failures = learner.learn(collected, open_after(outcome, collected.late, told.alerts, request.as_of))
    return replace(report, failures=(*report.failures, *failures))


def _judge(
    collected: CollectedAccount, configuration: Configuration, request: Request, deps: Dependencies
) -> tuple[Decision, tuple[Alert, ...], AccountReport]:
    account_id, usage = collected.account.account_id, collected.usage
    rendered: tuple[Alert, ...] = ()
    if isinstance(usage, Usage):
        decision, rendered = _decide(collected, usage, configuration.prices, request, deps)
        report = AccountReport(account_id, usage.source, usage.data_through, account_name=usage.account_name)
    else:
        decision, report = _without_usage(collected, usage, request)
    decision = replace(decision, problems=(*configuration.problems_of(collected.account), *decision.problems))
    problems = (*report.problems, *decision.problems)
    return decision, rendered, replace(report, evaluations=decision.evaluations, problems=problems)


def _decide(
    collected: CollectedAccount, usage: Usage, prices: PriceList, request: Request, deps: Dependencies
) -> tuple[Decision, tuple[Alert, ...]]:
    issues = quality_issues(usage, request.as_of, collected.state.trace)
    known = evaluation_context(
        usage,
        request.as_of,
        history=collected.history,
        history_since=collected.past.since,
        prices=prices,
        issues=issues,
        stale_after=deps.stale_after,
    )
    decision = decide(collected.budgets, known)
    rendered = render(decision, known, deps.prefix)
    if not deps.is_today(request):
        return decision, rendered
    problems = told_anew(decision.problems, collected.state.open_alerts, request.as_of)
    return replace(decision, problems=problems), rendered


def _without_usage(
    collected: CollectedAccount, error: CloudflareBudgetsError, request: Request
) -> tuple[Decision, AccountReport]:
    account_id = collected.account.account_id
    kind = error.kind if isinstance(error, NonRetryableError) else "usage_unavailable"
    problem = Problem(kind, account_id, str(error), account_id)
    decision = decide_without_usage(collected.budgets, request.as_of, str(error))
    if isinstance(error, NonRetryableError):
        return replace(decision, problems=(problem,)), AccountReport(account_id)
    # A retry may mend it: it is reported, but the failing run speaks for it, not an alert.
    failure = f"account {account_id}: {error}"
    was_begun = not isinstance(error, OutOfTimeError)
    return decision, AccountReport(account_id, problems=(problem,), failures=(failure,), was_begun=was_begun)
