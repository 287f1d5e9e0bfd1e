"""What was told and is not over yet, so that its end can be told too."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from cloudflare_budgets.domain.alert import Alert, AlertKey, AlertType
from cloudflare_budgets.domain.budget import Basis, Budget
from cloudflare_budgets.domain.evaluation import Evaluation, Status
from cloudflare_budgets.domain.period import SETTLING_TIME, utc_text
from cloudflare_budgets.domain.problem import Problem
from cloudflare_budgets.domain.wording import one_line


@dataclass(frozen=True, slots=True)
class OpenAlert:
    """An alert that was told, and what its end depends on.

    `subject` is the budget's name, or what the problem of the kind `problem` was about. Of a crossing,
    `limit` is the limit as it was then, and `period_end` when nobody will ask any more.
    """

    key: AlertKey
    subject: str
    problem: str | None = None
    limit: str | None = None
    period_end: datetime | None = None


class Reason(StrEnum):
    """Why what was told is over."""

    LIMIT_RAISED = "limit_raised"
    USAGE_RESTATED = "usage_restated"
    PROBLEM_GONE = "problem_gone"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The end of what an alert told; `evaluation` is where its budget stands now."""

    opened: OpenAlert
    reason: Reason
    evaluation: Evaluation | None = None


# Open alerts by what they are about: a higher threshold of the same budget takes the place of a lower one.
OpenAlerts = Mapping[str, OpenAlert]


def opened(alerts: Iterable[Alert]) -> dict[str, OpenAlert]:
    """Find the alerts whose end is worth telling: of actual usage, and of problems."""
    return {what: found for alert in alerts for what, found in _opened(alert)}


def resolutions(
    earlier: OpenAlerts, evaluations: Iterable[Evaluation], problems: Iterable[Problem], as_of: datetime
) -> tuple[dict[str, OpenAlert], list[Resolution]]:
    """Find what is over, and what stays open.

    What merely cannot be known now stays open. What nobody asks about any more (a budget deleted, a
    period gone by) ends in silence.
    """
    standing = {_about(evaluation.budget, evaluation): evaluation for evaluation in evaluations}
    present = {_about_problem(problem.kind, problem.subject) for problem in problems}
    still: dict[str, OpenAlert] = {}
    over: list[Resolution] = []
    for what, found in earlier.items():
        if found.problem is not None:
            if what in present:
                still[what] = found
            else:
                over.append(Resolution(found, Reason.PROBLEM_GONE))
            continue
        evaluation = standing.get(what)
        if evaluation is None or _is_gone_by(found, as_of):
            continue
        if evaluation.status is Status.OK:
            raised = found.limit != str(evaluation.budget.limit)
            reason = Reason.LIMIT_RAISED if raised else Reason.USAGE_RESTATED
            over.append(Resolution(found, reason, evaluation))
        else:
            still[what] = found
    return still, over


def _opened(alert: Alert) -> Iterable[tuple[str, OpenAlert]]:
    document = alert.document
    if alert.type is AlertType.PROBLEM:
        problem = document["problem"]
        what = _about_problem(problem["kind"], problem["subject"])
        yield what, OpenAlert(alert.key, problem["subject"], problem["kind"])
    elif alert.type is AlertType.THRESHOLD_CROSSED and document["threshold"]["basis"] == Basis.ACTUAL:
        budget, period = document["budget"], document["period"]
        limit = f"{budget['limit']['amount']} {budget['limit']['unit']}"
        end = datetime.fromisoformat(period["end"]).astimezone(UTC)
        what = _about_budget(budget["name"], budget["allowance_of"], period["start"])
        yield what, OpenAlert(alert.key, budget["name"], None, limit, end)


def _is_gone_by(found: OpenAlert, as_of: datetime) -> bool:
    return found.period_end is not None and found.period_end + SETTLING_TIME <= as_of


def _about(budget: Budget, evaluation: Evaluation) -> str:
    start = utc_text(evaluation.window.period.start) if evaluation.window else ""
    return _about_budget(budget.name, budget.allowance_of, start)


def _about_budget(name: str, allowance_of: str | None, start: str) -> str:
    return f"budget {name} {allowance_of or '-'} {start}"


def _about_problem(kind: str, subject: str) -> str:
    return f"problem {kind} {one_line(subject)}"
