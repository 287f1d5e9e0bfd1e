"""A budget that has reached a threshold."""

from dataclasses import dataclass
from datetime import datetime

from cloudflare_budgets.domain.alert import Severity
from cloudflare_budgets.domain.amount import Amount
from cloudflare_budgets.domain.budget import Budget, Threshold
from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.period import Period
from cloudflare_budgets.domain.usage import Usage
from cloudflare_budgets.domain.window import Window


@dataclass(frozen=True, slots=True)
class Crossing:
    """A budget that has reached a threshold, with all that a message says about it.

    `highest` is the highest threshold reached, `also` the lower ones, ascending.
    """

    budget: Budget
    window: Window
    observed: Amount
    highest: Threshold
    also: tuple[Threshold, ...]
    evaluation: Evaluation
    usage: Usage
    as_of: datetime

    @property
    def period(self) -> Period:
        """The period in which the threshold was reached."""
        return self.window.period


def crossing_of(evaluation: Evaluation, usage: Usage, as_of: datetime) -> Crossing | None:
    """Find the highest threshold that a budget has reached, if any."""
    if evaluation.observed is None or evaluation.window is None or not evaluation.crossed:
        return None
    *also, highest = evaluation.crossed
    return Crossing(
        evaluation.budget,
        evaluation.window,
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
