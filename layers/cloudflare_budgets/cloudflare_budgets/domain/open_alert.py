"""What was told and is not over yet, so that its end can be told too."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from cloudflare_budgets.domain.alert import Alert, AlertKey, AlertType
from cloudflare_budgets.domain.budget import Basis
from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.period import utc_text
from cloudflare_budgets.domain.wording import one_line


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that was told, and what its end depends on.

    `subject` is the budget's name, or what the problem of the kind `problem` was about. Of a crossing,
    `limit` is the limit as it was then, `threshold` what was reached, in its unit, and `period_end` when
    nobody will ask any more. One that `is_over` was resolved, and is kept so that this is told once.
    """

    key: AlertKey
    subject: str
    problem: str | None = None
    limit: str | None = None
    threshold: Decimal | None = None
    period_end: datetime | None = None
    is_over: bool = False

    def covers(self, other: "OpenAlert") -> bool:
        """Tell whether another alert of the same budget and period says no more than this one."""
        if self.threshold is None or other.threshold is None:
            return False
        return self.limit == other.limit and other.threshold <= self.threshold


# Open alerts by what they are about: a higher threshold of the same budget takes the place of a lower one.
OpenAlerts = Mapping[str, OpenAlert]


def opened(alerts: Iterable[Alert]) -> dict[str, OpenAlert]:
    """Find the alerts whose end is worth telling: of actual usage, and of problems."""
    return {what: found for alert in alerts for what, found in _opened(alert)}


def about(evaluation: Evaluation) -> str:
    """Say what an alert of a budget is about; a billing cycle that is not known has no start."""
    budget, window = evaluation.budget, evaluation.window
    start = utc_text(window.period.start) if window else ""
    return _about_budget(budget.name, budget.allowance_of, start)


def about_problem(kind: str, subject: str) -> str:
    """Say what an alert of a problem is about."""
    return f"problem {kind} {one_line(subject)}"


def _opened(alert: Alert) -> Iterable[tuple[str, OpenAlert]]:
    document = alert.document
    if alert.type is AlertType.PROBLEM:
        problem = document["problem"]
        what = about_problem(problem["kind"], problem["subject"])
        yield what, OpenAlert(alert.key, problem["subject"], problem["kind"])
    elif alert.type is AlertType.THRESHOLD_CROSSED and document["threshold"]["basis"] == Basis.ACTUAL:
        budget, period = document["budget"], document["period"]
        limit = f"{budget['limit']['amount']} {budget['limit']['unit']}"
        end = datetime.fromisoformat(period["end"]).astimezone(UTC)
        threshold = Decimal(document["threshold"]["amount"])
        what = _about_budget(budget["name"], budget["allowance_of"], period["start"])
        yield what, OpenAlert(alert.key, budget["name"], None, limit, threshold, end)


def _about_budget(name: str, allowance_of: str | None, start: str) -> str:
    return f"budget {name} {allowance_of or '-'} {start}"
