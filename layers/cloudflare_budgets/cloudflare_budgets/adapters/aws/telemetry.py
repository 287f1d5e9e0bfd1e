"""Structured logs, and CloudWatch metrics in embedded metric format."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from cloudflare_budgets.adapters.aws.log_lines import account_lines, alert_lines, budget_lines
from cloudflare_budgets.domain.primitives.amount import percent_reached
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.run.result import AccountReport, AlertState, Report
from cloudflare_budgets.domain.run.standing import running, spend
from cloudflare_budgets.messages.account_text import account_text
from cloudflare_budgets.messages.mail import plain_ascii
from cloudflare_budgets.messages.reply import budgets_object

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
_CURRENCY = "USD"  # of the metric Spend


def start_logging(run_id: str) -> Logger:
    """Make the logs of the package structured, with the id of the run in every line."""
    for name, level in _MAX_LEVELS.items():
        logging.getLogger(name).setLevel(level)
    logger = Logger(service=_PACKAGE)
    logger.structure_logs(run_id=run_id)
    return logger


def log_report(logger: Logger, report: Report) -> None:
    """Log one line for the run, each account, budget, alert, problem and failure."""
    for account in account_lines(report):
        logger.info("account checked", extra={"account": account})
    for budget in budget_lines(report):
        logger.info("budget checked", extra={"budget": budget})
    for alert in alert_lines(report):
        logger.info("alert", extra={"alert": alert})
    for problem in report.all_problems:
        found = {"kind": problem.kind, "subject": problem.subject, "message": problem.message}
        logger.warning("problem", extra={"problem": found})
    for failure in report.failures:
        logger.error("left undone", extra={"failure": failure})
    states = [alert.state.value for alert in report.all_alerts]
    counts = {state.value: states.count(state.value) for state in AlertState}
    extra = {"as_of": utc_text(report.as_of), "alerts": counts, "swept": report.resent}
    logger.info("run ended", extra=extra | budgets_object(report))


def emit_metrics(report: Report, budget_metrics: str = "auto") -> None:
    """Emit the metrics of a run; a dry run and a replay of another day emit none.

    `ChecksCompleted` is the heartbeat: it is emitted only if every account was checked and no alert is
    pending. `Spend` is in USD. `budget_metrics` is the stack parameter BudgetMetrics: with `on` each budget
    has a metric in each account, with `auto` only if these are few.
    """
    if not report.mode.saves_state:
        return
    metrics = Metrics()
    # First, because Powertools emits every 100 values of a metric at once and warns if none is left to emit.
    for account in report.accounts:
        _add_ages(metrics, account, report.as_of)
    if report.is_complete:
        metrics.add_metric("ChecksCompleted", MetricUnit.Count, 1)
    if report.owed is not None:
        metrics.add_metric("AlertsPending", MetricUnit.Count, report.owed)
    sent = sum(alert.state is AlertState.SENT for alert in report.all_alerts) + report.resent
    metrics.add_metric("AlertsSent", MetricUnit.Count, sent)
    metrics.add_metric("Problems", MetricUnit.Count, len(report.all_problems))
    if report.listeners is not None:
        metrics.add_metric("ConfirmedSubscribers", MetricUnit.Count, report.listeners.count_with_person)
    spent = spend(report.accounts, report.as_of, _CURRENCY)
    if spent is not None:
        metrics.add_metric("Spend", MetricUnit.NoUnit, float(spent))
    metrics.flush_metrics()
    used = [(account, _utilization(account, report.as_of)) for account in report.accounts]
    count = sum(len(found) for _, found in used)
    has_budgets = budget_metrics == "on" or (budget_metrics == "auto" and count <= _FEW_BUDGETS)
    for account, found in used:
        _emit_utilization(account, found, has_budgets=has_budgets)


def emit_account_metrics(report: Report) -> None:
    """Emit what a worker found, without a metric of the account, which CloudWatch charges."""
    metrics = Metrics()
    metrics.add_metric("Problems", MetricUnit.Count, len(report.all_problems))
    for account in report.accounts:
        _add_ages(metrics, account, report.as_of)
    metrics.flush_metrics()


def emit_sent(count: int) -> None:
    """Emit how many alerts a sender sent."""
    metrics = Metrics()
    metrics.add_metric("AlertsSent", MetricUnit.Count, count)
    metrics.flush_metrics()


def _add_ages(metrics: Metrics, account: AccountReport, as_of: datetime) -> None:
    if account.data_through is not None:
        age = max(as_of - account.data_through, timedelta(0))
        metrics.add_metric("DataAgeHours", MetricUnit.Count, age / timedelta(hours=1))
    if account.fresh_through is not None:
        age = max(as_of - account.fresh_through, timedelta(0))
        metrics.add_metric("FreshAgeMinutes", MetricUnit.Count, age / timedelta(minutes=1))


def _utilization(account: AccountReport, as_of: datetime) -> Mapping[str, Decimal]:
    """Return the used percentage of each budget in its running period, by name, if it is known."""
    found: dict[str, Decimal] = {}
    for evaluation in running(account, as_of):
        name, observed = evaluation.budget.name, evaluation.observed
        if observed and evaluation.window:
            percentage = percent_reached(observed.number, evaluation.budget.limit.number)
            found[name] = max(percentage, found.get(name, percentage))
    return found


def _emit_utilization(account: AccountReport, used: Mapping[str, Decimal], *, has_budgets: bool) -> None:
    if used:
        # A dimension must be ASCII, and a graph is labelled by it.
        name = plain_ascii(account_text(account))
        _emit_percent("HighestUtilization", max(used.values()), account=name)
    for name, percentage in used.items() if has_budgets else ():
        _emit_percent("BudgetUtilization", percentage, account_id=account.account_id, budget=name)


def _emit_percent(metric: str, percentage: Decimal, **dimensions: str) -> None:
    metrics = EphemeralMetrics()
    for name, value in dimensions.items():
        metrics.add_dimension(name, value)
    metrics.add_metric(metric, MetricUnit.Percent, float(percentage))
    metrics.flush_metrics()
