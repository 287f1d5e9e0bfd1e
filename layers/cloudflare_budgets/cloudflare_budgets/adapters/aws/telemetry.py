"""Structured logs, and CloudWatch metrics in embedded metric format."""

import logging
from datetime import datetime, timedelta

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
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


def emit_metrics(report: Report) -> None:
    """Emit the metrics of a run; a dry run and a replay of another day emit none.

    `ChecksCompleted` is the heartbeat: it is emitted only if every account was checked and no alert is
    pending.
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
    for account in report.accounts:
        for evaluation in account.evaluations:
            if evaluation.window is not None and report.as_of in evaluation.window.period:
                _emit_utilization(account.account_id, evaluation)


def _add_ages(metrics: Metrics, account: AccountReport, as_of: datetime) -> None:
    if account.data_through is not None:
        age = max(as_of - account.data_through, timedelta(0))
        metrics.add_metric("DataAgeHours", MetricUnit.Count, age / timedelta(hours=1))
    if account.fresh_through is not None:
        age = max(as_of - account.fresh_through, timedelta(0))
        metrics.add_metric("FreshAgeMinutes", MetricUnit.Count, age / timedelta(minutes=1))


def _emit_utilization(account_id: str, evaluation: Evaluation) -> None:
    if evaluation.observed is None:
        return
    metrics = EphemeralMetrics()
    metrics.add_dimension("account_id", account_id)
    metrics.add_dimension("budget", evaluation.budget.name)
    utilization = percent_reached(evaluation.observed.number, evaluation.budget.limit.number)
    metrics.add_metric("BudgetUtilization", MetricUnit.Percent, float(utilization))
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
