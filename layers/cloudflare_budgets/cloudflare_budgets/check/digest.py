"""Builds the digest of a run: its page, if pages are stored, and the alert that links to it."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.sent_alert import Acknowledgement, acknowledged_alert
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Level
from cloudflare_budgets.domain.run.digest import Digest
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.domain.run.standing import current
from cloudflare_budgets.domain.run.state import RunCounts
from cloudflare_budgets.errors import RetryableError
from cloudflare_budgets.messages.alerts.digest import digest_alert
from cloudflare_budgets.messages.alerts.digest_contents import ACCOUNTS_SHOWN
from cloudflare_budgets.messages.report.page import page
from cloudflare_budgets.ports import AlertLog, ReportStore

logger = logging.getLogger(__name__)

# For a budget whose billing period is not known.
_LOOK_BACK = timedelta(days=31)


def digest_of(
    report: Report, week: RunCounts, pages: ReportStore | None, log: AlertLog | None
) -> tuple[Alert, tuple[str, ...]]:
    """Render the digest of a run, and return why its page has no link, if it should have one."""
    digest = Digest(report, week, acknowledged=_acknowledged(report, log) if log else {})
    if pages is None:
        return digest_alert(digest), ()
    try:
        return digest_alert(replace(digest, link=pages.publish(page(report)))), ()
    except RetryableError as error:  # the digest is sent without the link
        return digest_alert(digest), (str(error),)


def _acknowledged(report: Report, log: AlertLog) -> Mapping[tuple[str, str], Acknowledgement]:
    """Return who acknowledged the newest alert about each budget that has passed a threshold."""
    passed = {each.account_id: _passed(each, report.as_of) for each in report.accounts}
    accounts = [account_id for account_id, evaluations in passed.items() if evaluations][:ACCOUNTS_SHOWN]
    found: dict[tuple[str, str], Acknowledgement] = {}
    try:
        for account_id in accounts:
            starts = {each.budget.name: _start(each, report.as_of) for each in passed[account_id]}
            sent = log.sent(account_id, min(starts.values()))
            for budget, start in starts.items():
                alert = acknowledged_alert(sent, budget, start)
                if alert and alert.acknowledged:
                    found[account_id, budget] = alert.acknowledged
    except RetryableError as error:  # the digest is sent without acknowledgements
        logger.warning("acknowledgements were not read", extra={"reason": str(error)})
    return found


def _passed(account: AccountReport, as_of: datetime) -> list[Evaluation]:
    levels = (Level.THRESHOLD_PASSED, Level.OVER_LIMIT)
    return [each for each in current(account, as_of) if each.level in levels]


def _start(evaluation: Evaluation, as_of: datetime) -> datetime:
    return evaluation.window.period.start if evaluation.window else as_of - _LOOK_BACK
