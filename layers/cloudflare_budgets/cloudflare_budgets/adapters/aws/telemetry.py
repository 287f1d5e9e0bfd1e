"""Structured logs, and CloudWatch metrics in embedded metric format."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from cloudflare_budgets.domain.primitives.amount import percent_reached
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.run.result import AccountReport, AlertState, Report

# At DEBUG, these loggers print credentials, headers or decrypted parameters. urllib3 prints the URL and the
# headers of an unreadable answer even as a warning, and a URL may be secret. It also raises an error then.
_MAX_LEVELS = {
    "botocore": logging.WARNING,
    "boto3": logging.WARNING,
    "http.client": logging.WARNING,
    "urllib3": logging.CRITICAL,
}
# Parent of every logger in the package. The environment names the service of metrics: the stack.
_PACKAGE = "cloudflare_budgets"
# CloudWatch charges 0.30 USD a month for the metric of a budget, more than a check costs otherwise.
_FEW_BUDGETS = 10


def start_logging(run_id: str) -> Logger:
    """Make the logs of the package structured, with the id of the run in every line."""
    for name, level in _MAX_LEVELS.items():
        logging.getLogger(name).setLevel(level)
    logger = Logger(service=_PACKAGE)
    logger.structure_logs(run_id=run_id)
    return logger


def log_report(logger: Logger, report: Report) -> None:
    """Log one line for the run, each account, each problem and each failure."""
    for account in report.accounts:
        logger.info("account checked", extra={"account": _account(account)})
    for problem in report.all_problems:
        found = {"kind": problem.kind, "subject": problem.subject, "message": problem.message}
        logger.warning("problem", extra={"problem": found})
    for failure in report.failures:
        logger.error("left undone", extra={"failure": failure})
    states = [alert.state.value for alert in report.all_alerts]
    counts = {state.value: states.count(state.value) for state in AlertState}
    logger.info(
        "run ended", extra={"as_of": utc_text(report.as_of), "alerts": counts, "swept": report.resent}
    )


def emit_metrics(report: Report, budget_metrics: str = "auto") -> None:
    """Emit the metrics of a run; a dry run and a replay of another day emit none.

    `ChecksCompleted` is the heartbeat: it is emitted only if every account was checked and no alert is
    pending. `budget_metrics` is the stack parameter BudgetMetrics: with `on` each budget has a metric, with
    `auto` only if there are few budgets.
    """
    if not report.mode.saves_state:
        return
    metrics = Metrics()
    if report.is_complete:
        metrics.add_metric("ChecksCompleted", MetricUnit.Count, 1)
    if report.owed is not None:
        metrics.add_metric("AlertsPending", MetricUnit.Count, report.owed)
    sent = sum(alert.state is AlertState.SENT for alert in report.all_alerts) + report.resent
    metrics.add_metric("AlertsSent", MetricUnit.Count, sent)
    metrics.add_metric("Problems", MetricUnit.Count, len(report.all_problems))
    if report.listeners is not None:
        metrics.add_metric("ConfirmedSubscribers", MetricUnit.Count, report.listeners)
    for account in report.accounts:
        _add_ages(metrics, account, report.as_of)
    metrics.flush_metrics()
    used = {account.account_id: _utilization(account, report.as_of) for account in report.accounts}
    names = {name for found in used.values() for name, _ in found}
    has_budgets = budget_metrics == "on" or (budget_metrics == "auto" and len(names) <= _FEW_BUDGETS)
    for account_id, found in used.items():
        _emit_utilization(account_id, found, has_budgets=has_budgets)


def _add_ages(metrics: Metrics, account: AccountReport, as_of: datetime) -> None:
    if account.data_through is not None:
        age = max(as_of - account.data_through, timedelta(0))
        metrics.add_metric("DataAgeHours", MetricUnit.Count, age / timedelta(hours=1))
    if account.fresh_through is not None:
        age = max(as_of - account.fresh_through, timedelta(0))
        metrics.add_metric("FreshAgeMinutes", MetricUnit.Count, age / timedelta(minutes=1))


def _utilization(account: AccountReport, as_of: datetime) -> list[tuple[str, Decimal]]:
    """Return the name and the used percentage of each budget in its current period, if it is known."""
    return [
        (evaluation.budget.name, percent_reached(evaluation.observed.number, evaluation.budget.limit.number))
        for evaluation in account.evaluations
        if evaluation.observed and evaluation.window and as_of in evaluation.window.period
    ]


def _emit_utilization(account_id: str, used: Sequence[tuple[str, Decimal]], *, has_budgets: bool) -> None:
    if used:
        highest = max(percentage for _, percentage in used)
        _emit_percent("HighestUtilization", highest, account_id=account_id)
    for name, percentage in used if has_budgets else ():
        _emit_percent("BudgetUtilization", percentage, account_id=account_id, budget=name)


def _emit_percent(metric: str, percentage: Decimal, **dimensions: str) -> None:
    metrics = EphemeralMetrics()
    for name, value in dimensions.items():
        metrics.add_dimension(name, value)
    metrics.add_metric(metric, MetricUnit.Percent, float(percentage))
    metrics.flush_metrics()


def _account(account: AccountReport) -> dict[str, object]:
    return {
        "account_id": account.account_id,
        "source": account.source,
        "data_through": utc_text(account.data_through) if account.data_through else None,
        "budgets": {
            evaluation.budget.name: evaluation.status.value for evaluation in reversed(account.evaluations)
        },
    }
