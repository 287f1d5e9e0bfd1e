"""When an alert may be forgotten: long after anybody would tell it again."""

from datetime import datetime, timedelta

import pytest

from cloudflare_budgets.domain.alert import Alert
from cloudflare_budgets.domain.digest import Digest
from cloudflare_budgets.domain.digest_alert import digest_alert
from cloudflare_budgets.domain.evaluation import evaluate
from cloudflare_budgets.domain.open_alert import OpenAlert
from cloudflare_budgets.domain.period_closed import period_closed_alerts
from cloudflare_budgets.domain.problem import Problem
from cloudflare_budgets.domain.problem_alert import problem_alert
from cloudflare_budgets.domain.report import Report
from cloudflare_budgets.domain.resolution import Reason, Resolution
from cloudflare_budgets.domain.resolved_alert import resolved_alert
from cloudflare_budgets.domain.run_log import RunCounts
from tests.builders import AS_OF, budget, charge, day, each_day, known, usage
from tests.unit.test_crossing_alert import alert

PROBLEM = Problem("stale_data", "subject", "message")
MONTHLY = Problem("price_unknown", "subject", "message", since=day("2026-11-01"))
DECEMBER = day("2026-12-02")


def closed() -> Alert:
    found = usage(*each_day("2026-11-01", "2026-12-01", cost="1"))
    (told,) = period_closed_alerts(evaluate([budget()], known(found, DECEMBER)), found, DECEMBER)
    return told


def resolved() -> Alert:
    opened = OpenAlert(problem_alert(PROBLEM, AS_OF).key, "subject", "stale_data")
    return resolved_alert(Resolution(opened, Reason.PROBLEM_GONE), None, AS_OF)


@pytest.mark.parametrize(
    ("told", "since"),
    [
        (alert('{"limit": "50 USD"}', charge(cost="60")), day("2026-12-01")),
        (closed(), day("2026-12-01")),
        (problem_alert(PROBLEM, AS_OF), day("2026-11-22")),
        (problem_alert(MONTHLY, AS_OF), day("2026-11-01")),
        (resolved(), AS_OF),
        (digest_alert(Digest(Report(AS_OF), RunCounts())), AS_OF),
    ],
    ids=lambda value: value.type.value if isinstance(value, Alert) else "",
)
def test_an_alert_is_remembered_for_120_days_after_its_time_is_over(told: Alert, since: datetime) -> None:
    assert told.expires == since + timedelta(days=120)
