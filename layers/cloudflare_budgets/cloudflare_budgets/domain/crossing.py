"""A budget that has reached a threshold."""

from dataclasses import dataclass
from datetime import datetime

from cloudflare_budgets.domain.alert import Severity
from cloudflare_budgets.domain.amount import Amount
from cloudflare_budgets.domain.budget import Budget, Threshold
from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.period import Period
from cloudflare_budgets.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Crossing:
    """A budget that has reached a threshold, with all that a message says about it.

    `highest` is the highest threshold reached, `also` the lower ones, ascending.
    """

    budget: Budget
    period: Period
    observed: Amount
    highest: Threshold
    also: tuple[Threshold, ...]
    evaluation: Evaluation
    usage: Usage
    as_of: datetime


def crossing_of(evaluation: Evaluation, usage: Usage, as_of: datetime) -> Crossing | None:
    """Find the highest threshold that a budget has reached, if any."""
    if evaluation.observed is None or evaluation.period is None or not evaluation.crossed:
        return None
    *also, highest = evaluation.crossed
    return Crossing(
        evaluation.budget,
        evaluation.period,
        evaluation.observed,
        highest,
        tuple(also),
        evaluation,
        usage,
        as_of,
    )


def severity_of(crossing: Crossing) -> Severity:
    """Grade a crossing: at or above the limit itself it is critical."""
    reached = crossing.highest.amount >= crossing.budget.limit.number
    return Severity.CRITICAL if reached else Severity.WARNING
