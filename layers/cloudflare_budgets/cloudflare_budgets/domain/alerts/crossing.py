"""A budget that has reached a threshold, or is expected to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.alerts.alert import Severity
from cloudflare_budgets.domain.budgets.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.domain.usage.window import Window

# A muted budget speaks once it has passed twice its limit.
_FAR_PERCENT = Decimal(200)
_Ladder = tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """A budget that has reached a threshold, with all that a message says about it.

    `highest` is the highest threshold reached, `also` the lower ones on the same basis, ascending.
    `alongside` are those on a forecast that the message mentions too, if it is about actual usage.
    """

    budget: Budget
    window: Window
    observed: Amount
    highest: Threshold
    also: tuple[Threshold, ...]
    alongside: tuple[Threshold, ...]
    evaluation: Evaluation
    usage: Usage
    as_of: datetime

    @property
    def period(self) -> Period:
        """The period in which the threshold was reached."""
        return self.window.period

    @property
    def is_forecast(self) -> bool:
        """Whether the threshold is expected to be reached, not reached yet."""
        return self.highest.basis is Basis.FORECAST and self.observed.number < self.highest.amount


def crossings_of(evaluation: Evaluation, usage: Usage, as_of: datetime) -> Iterator[Crossing]:
    """Find the highest actual threshold that a budget has reached, and the highest on a forecast, if any.

    They are told apart, since a forecast comes earlier; where both are news, the first tells the second
    alongside.
    """
    if evaluation.observed is None or evaluation.window is None:
        return
    for ladder, alongside in _ladders(evaluation, as_of):
        if ladder:
            *also, highest = ladder
            yield Crossing(
                evaluation.budget,
                evaluation.window,
                evaluation.observed,
                highest,
                tuple(also),
                alongside,
                evaluation,
                usage,
                as_of,
            )


def _ladders(evaluation: Evaluation, as_of: datetime) -> Iterator[tuple[_Ladder, _Ladder]]:
    """Give the thresholds that are reached on each basis, with those that are told alongside."""
    budget = evaluation.budget
    if not budget.is_muted(as_of):
        yield evaluation.crossed, evaluation.forecast_crossed
        yield evaluation.forecast_crossed, ()
        return
    # Who silenced a budget did not mean this much.
    far = Threshold.at_percent(_FAR_PERCENT, budget.limit)
    if evaluation.observed is not None and evaluation.observed.number >= far.amount:
        yield (far,), ()


def severity_of(crossing: Crossing) -> Severity:
    """Grade a crossing: with the limit itself reached, actually, it is critical, whatever the threshold."""
    reached = crossing.observed.number >= crossing.budget.limit.number and not crossing.is_forecast
    return Severity.CRITICAL if reached else Severity.WARNING
