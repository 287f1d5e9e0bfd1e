"""What follows from what was gathered about one account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudflare_budgets.domain.alert import Alert
from cloudflare_budgets.domain.assignment import budget_parameter
from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.crossing import crossings_of
from cloudflare_budgets.domain.crossing_alert import crossing_alert
from cloudflare_budgets.domain.evaluation import Evaluation, Status, evaluate
from cloudflare_budgets.domain.knowledge import Knowledge
from cloudflare_budgets.domain.measure import Unknown, UnknownKind
from cloudflare_budgets.domain.period_closed import period_closed_alerts
from cloudflare_budgets.domain.problem import Problem, problems_of, unmatched_budgets
from cloudflare_budgets.domain.window import windows_of


@dataclass(frozen=True, slots=True)
class Decision:
    """Where each budget stands, what people must be told, and what keeps budgets from being watched."""

    evaluations: tuple[Evaluation, ...]
    alerts: tuple[Alert, ...] = ()
    problems: tuple[Problem, ...] = ()


def decide(budgets: Sequence[Budget], known: Knowledge, prefix: str) -> Decision:
    """Judge an account's budgets by what is known of its usage.

    Args:
        budgets: the account's budgets.
        known: the charges of every window that is judged, and the instant to judge by.
        prefix: the root of the parameter names, with which messages say what to change.
    """
    evaluations = tuple(evaluate(budgets, known))
    alerts = tuple(
        crossing_alert(crossing, budget_parameter(prefix, crossing.budget.name))
        for evaluation in evaluations
        for crossing in crossings_of(evaluation, known.usage, known.as_of)
    )
    anomalies = _anomalies(budgets, known, prefix)
    closed = period_closed_alerts(evaluations, known.usage, known.as_of)
    problems = (
        *problems_of(evaluations, known.usage.account_id, known.as_of),
        *unmatched_budgets(budgets, known.usage, known.as_of),
    )
    return Decision(evaluations, (*alerts, *anomalies, *closed), problems)


def _anomalies(budgets: Sequence[Budget], known: Knowledge, prefix: str) -> tuple[Alert, ...]:
    if not any(budget.alert_on for budget in budgets):
        return ()
    # What looks for them would make the checks of all who did not ask for it start later.
    from cloudflare_budgets.domain.anomaly import anomalies_of  # noqa: PLC0415
    from cloudflare_budgets.domain.anomaly_alert import anomaly_alert  # noqa: PLC0415

    return tuple(
        anomaly_alert(anomaly, known, budget_parameter(prefix, anomaly.budget.name))
        for anomaly in anomalies_of(budgets, known)
    )


def decide_without_usage(budgets: Sequence[Budget], as_of: datetime, reason: str) -> Decision:
    """Say of an account's budgets that their usage could not be had, and why."""
    unknown = Unknown(UnknownKind.USAGE_UNAVAILABLE, reason)
    windows = [next(iter(windows_of(budget, (), (), as_of)), None) for budget in budgets]
    return Decision(
        tuple(
            Evaluation(budget, window, Status.UNKNOWN, unknown=unknown)
            for budget, window in zip(budgets, windows, strict=True)
        )
    )
