"""Builds the digest of a run: its page, if pages are stored, and the alert that links to it."""

from dataclasses import replace

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.run.digest import Digest
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.domain.run.state import RunCounts
from cloudflare_budgets.errors import RetryableError
from cloudflare_budgets.messages.alerts.digest import digest_alert
from cloudflare_budgets.messages.report.page import page
from cloudflare_budgets.ports import ReportStore


def digest_of(report: Report, week: RunCounts, pages: ReportStore | None) -> tuple[Alert, tuple[str, ...]]:
    """Render the digest of a run, and return why its page has no link, if it should have one."""
    digest = Digest(report, week)
    if pages is None:
        return digest_alert(digest), ()
    try:
        return digest_alert(replace(digest, link=pages.publish(page(report)))), ()
    except RetryableError as error:  # the digest is sent without the link
        return digest_alert(digest), (str(error),)
