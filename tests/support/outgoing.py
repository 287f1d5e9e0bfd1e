"""What the tests of the memory and the topic start from."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert
from cloudflare_budgets.domain.alerts.open_alerts import opened
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.messages.alerts.problem import problem_alert
from tests.support.documents import crossed

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SECOND = timedelta(seconds=1)
EXPIRES = datetime(2027, 3, 31, tzinfo=UTC)
PARTITION = "ACCT#023e105f4ecef8ad9ca31a8372d0c353#-#2026-11-01T00:00:00Z"


def key(percent: int) -> AlertKey:
    """Identify the crossing of a threshold of one budget."""
    return AlertKey(PARTITION, f"ALERT#workers#BilledCost:50:USD:month#{percent}%")


def outgoing(percent: int = 80, *lower: int, body: str = "") -> OutgoingAlert:
    """Render the crossing of a threshold, with the lower thresholds that it mentions."""
    return OutgoingAlert(
        key=key(percent),
        subject=f"workers at {percent}% of 50 USD",
        body=body or f"The budget has reached {percent} %.\nÜber 41.20 USD.\n",
        document=json.dumps({name: value for name, value in crossed().items() if name != "attempt"}),
        attributes={
            "type": "threshold_crossed",
            "severity": "warning",
            "budget": "workers",
            "account_id": "",
        },
        expires=EXPIRES,
        lower=tuple(key(each) for each in lower),
    )


def open_problems(subjects: Iterable[str]) -> dict[str, OpenAlert]:
    """Open a problem of each subject, the newest last."""
    problems = (Problem("invalid_budget", subject, "of no use") for subject in subjects)
    return opened(problem_alert(problem, NOW) for problem in problems)
