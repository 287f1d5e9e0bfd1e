"""What follows from what was gathered about one account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cloudflare_budgets.domain.alert import Alert
from cloudflare_budgets.domain.assignment import budget_parameter
from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.crossing import crossing_of
from cloudflare_budgets.domain.crossing_alert import crossing_alert
from cloudflare_budgets.domain.evaluation import Evaluation, Status, evaluate, periods_of
from cloudflare_budgets.domain.measure import Unknown, UnknownKind
from cloudflare_budgets.domain.problem import Problem, problems_of
from cloudflare_budgets.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Decision:
    """Where each budget stands, what people must be told, and what keeps budgets from being watched."""

    evaluations: tuple[Evaluation, ...]
    alerts: tuple[Alert, ...] = ()
    problems: tuple[Problem, ...] = ()


def decide(budgets: Sequence[Budget], usage: Usage, as_of: datetime, prefix: str) -> Decision:
    """Judge an account's budgets by its usage, as of an instant.

    Args:
        budgets: the account's budgets.
        usage: all the charges of every period that is judged.
        as_of: the instant to judge by; nothing else tells the time.
        prefix: the root of the parameter names, with which messages say what to change.
    """
    evaluations = tuple(evaluate(budgets, usage, as_of))
    crossings = [crossing_of(evaluation, usage, as_of) for evaluation in evaluations]
    alerts = tuple(
        crossing_alert(crossing, budget_parameter(prefix, crossing.budget.name))
        for crossing in crossings
        if crossing is not None
    )
    return Decision(evaluations, alerts, tuple(problems_of(evaluations, usage.account_id)))


def decide_without_usage(
    budgets: Sequence[Budget], as_of: datetime, reason: str, problem: Problem | None = None
) -> Decision:
    """Say of an account's budgets that their usage could not be had, and why.

    Args:
        budgets: the account's budgets.
        as_of: the instant that was to be judged by.
        reason: why there is no usage.
        problem: what a person has to mend, unless a retry can.
    """
    unknown = Unknown(UnknownKind.USAGE_UNAVAILABLE, reason)
    evaluations = tuple(
        Evaluation(budget, periods_of(budget, as_of)[0], Status.UNKNOWN, unknown=unknown)
        for budget in budgets
    )
    return Decision(evaluations, (), (problem,) if problem else ())
