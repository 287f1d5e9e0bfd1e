"""When an alert may be forgotten: long after anybody would tell it again."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cloudflare_budgets.domain.alerts.alert import Alert
from cloudflare_budgets.domain.alerts.decision import closed_periods
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.alerts.resolution import Reason, Resolution
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.run.digest import Digest
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.domain.run.state import RunCounts
from cloudflare_budgets.messages.alerts.closed_period import closed_period_alert
from cloudflare_budgets.messages.alerts.digest import digest_alert
from cloudflare_budgets.messages.alerts.problem import problem_alert
from cloudflare_budgets.messages.alerts.resolved import resolved_alert
from tests.support.builders import AS_OF, budget, charge, day, each_day, known, usage
from tests.unit.messages.alerts.crossings import alert

PROBLEM = Problem("stale_data", "subject", "message")
MONTHLY = Problem("price_unknown", "subject", "message", since=day("2026-11-01"))
DECEMBER = day("2026-12-02")


def crossed() -> Alert:
    return alert('{"limit": "50 USD"}', charge(cost="60"))


def closed() -> Alert:
    found = usage(*each_day("2026-11-01", "2026-12-01", cost="1"))
    (closed,) = closed_periods(evaluate([budget()], known(found, DECEMBER)), found, DECEMBER)
    return closed_period_alert(closed, found, DECEMBER)


def told_daily() -> Alert:
    return problem_alert(PROBLEM, AS_OF)


def told_monthly() -> Alert:
    return problem_alert(MONTHLY, AS_OF)


def resolved() -> Alert:
    opened = OpenAlert(told_daily().key, "subject", "stale_data")
    return resolved_alert(Resolution(opened, Reason.PROBLEM_GONE), None, AS_OF)


def digest() -> Alert:
    return digest_alert(Digest(Report(AS_OF), RunCounts()))


@pytest.mark.parametrize(
    ("told", "since"),
    [
        (crossed, day("2026-12-01")),
        (closed, day("2026-12-01")),
        (told_daily, day("2026-11-22")),
        (told_monthly, day("2026-11-01")),
        (resolved, AS_OF),
        (digest, AS_OF),
    ],
)
def test_an_alert_is_remembered_for_120_days_after_its_time_is_over(
    told: Callable[[], Alert], since: datetime
) -> None:
    assert told().expires == since + timedelta(days=120)
