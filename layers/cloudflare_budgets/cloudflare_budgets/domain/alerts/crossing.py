"""A budget that has reached a threshold, or is expected to reach it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.alerts.alert_key import AlertKey, crossing_key, possible_key
from cloudflare_budgets.domain.alerts.open_alert import FIRST_ARMING, Arming, OpenAlert
from cloudflare_budgets.domain.budgets.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO, Amount
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.fresh import Resource
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.domain.usage.window import Window

if TYPE_CHECKING:
    from cloudflare_budgets.domain.evaluation.provisional import Provisional

_DOUBLE = Decimal(2)
_FIRST_DOUBLING = Decimal(200)  # percent of the limit
_DOUBLINGS_LISTED = 20
_CAUSES = 3
_Thresholds = tuple[Threshold, ...]


@dataclass(frozen=True, slots=True)
class Crossing:
    """A budget that has reached a threshold, with everything that a message needs.

    `highest` is the highest threshold reached, `also` the lower ones on the same basis, ascending.
    `alongside` are thresholds on a forecast that a message about actual usage mentions too. `earlier` is
    the last alert that was sent for the budget and period, if any. `arming` says how often the end of a
    crossing was sent before; each arming sends its thresholds again. `provisional` is set where only fresh
    usage reaches `highest`; since the key is that of the billed crossing, billing confirms it silently.
    `resources` are the largest users of its metrics, by metric. `is_possible`: only the high end of an
    estimate reaches `highest`; the certain crossing is an alert of its own.
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
    earlier: OpenAlert | None = None
    arming: Arming = FIRST_ARMING
    provisional: "Provisional | None" = None
    resources: Mapping[str, Sequence[Resource]] = field(default_factory=dict)
    is_possible: bool = False

    @property
    def causes(self) -> Sequence[str]:
        """The ids of the metrics that the amount mostly comes from, as the price list names them."""
        if self.provisional is not None:
            return [cause.metric_id for cause in self.provisional.causes]
        return [driver.metric_id for driver in self.evaluation.drivers[:_CAUSES]]

    @property
    def period(self) -> Period:
        """The period in which the threshold was reached."""
        return self.window.period

    @property
    def is_forecast(self) -> bool:
        """Whether the threshold is expected to be reached, but is not reached yet."""
        return self.highest.basis is Basis.FORECAST and self.certain.number < self.highest.amount

    @property
    def certain(self) -> Amount:
        """The amount that thresholds are compared with: fresh usage included, or an estimate's low."""
        if self.provisional is not None:
            return self.provisional.low
        return certain_amount(self.evaluation) or self.observed

    @property
    def is_over_again(self) -> bool:
        """Whether the same limit was crossed before in this period, and the end of that was sent."""
        found, number = self.earlier, self.arming.number
        return found is not None and found.arming.number < number and found.limit == str(self.budget.limit)

    @property
    def metric_id(self) -> str | None:
        """The metric that the crossing is about: that of the allowance, or the biggest cause.

        `None` for a period that is over, so that it is not grouped with a current crossing.
        """
        drivers = self.evaluation.drivers
        if self.period.end <= self.as_of:
            return None
        if self.provisional is not None and self.provisional.causes:
            return self.budget.allowance_of or self.provisional.causes[0].billed_id
        return self.budget.allowance_of or (drivers[0].metric_id if drivers else None)

    @property
    def cause(self) -> str | None:
        """What groups crossings into one message: the metric, or the budget if its period is over."""
        is_over = self.period.end <= self.as_of
        return f"earlier periods of {self.budget.name}" if is_over else self.metric_id

    @property
    def key(self) -> AlertKey:
        """The identity of the alert."""
        return self.key_of(self.highest)

    @property
    def last_sent(self) -> Amount | None:
        """The amount that the last alert reported for the budget and period, if it is still open."""
        return _last_sent(self.earlier, self.budget.limit)

    def key_of(self, threshold: Threshold) -> AlertKey:
        """Identify the alert for one of the thresholds; only those on actual usage arm again."""
        arming = self.arming.of(threshold.amount) if threshold.basis is Basis.ACTUAL else 0
        key = crossing_key(self.usage.account_id, self.budget, self.period, threshold, arming)
        return possible_key(key) if self.is_possible else key


def crossings_of(
    evaluation: Evaluation, usage: Usage, as_of: datetime, earlier: OpenAlert | None = None
) -> Iterator[Crossing]:
    """Yield a budget's highest reached actual threshold, and its highest reached on a forecast.

    Both are separate alerts, since a forecast usually comes first; if both are new, the message of the
    first mentions the second. `earlier` is the last alert that was sent for the budget and period.
    """
    if evaluation.window is None:
        return
    for found, alongside, added, is_possible in _reached_by_basis(evaluation, as_of, earlier):
        if found:
            *also, highest = found
            yield Crossing(
                evaluation.budget,
                evaluation.window,
                evaluation.observed or Amount(ZERO, evaluation.budget.limit.unit),
                highest,
                tuple(also),
                alongside,
                evaluation,
                usage,
                as_of,
                earlier,
                _arming(evaluation.budget, earlier),
                added,
                is_possible=is_possible,
            )


def _arming(budget: Budget, earlier: OpenAlert | None) -> Arming:
    """Return how often the end of a crossing was sent, since the budget was created."""
    if earlier is None:
        return FIRST_ARMING
    deleted, sent = budget.deleted_at, earlier.told
    if deleted is not None and sent is not None and sent < deleted:
        return Arming(earlier.arming.number + 1)
    return earlier.arming.next() if earlier.is_over else earlier.arming


def certain_amount(evaluation: Evaluation) -> Amount | None:
    """Return the amount by which thresholds are judged: the low end of an estimate."""
    return evaluation.low or evaluation.observed


def reached(evaluation: Evaluation) -> _Thresholds:
    """Return the thresholds that billed usage has reached, ascending.

    Beyond the highest written threshold, each doubling of the limit is a threshold: 200 %, 400 %, 800 %, ...
    """
    return _with_doublings(evaluation, evaluation.crossed, certain_amount(evaluation))


def reached_provisionally(evaluation: Evaluation) -> _Thresholds:
    """Return the thresholds that only billed and fresh usage together reach."""
    found = evaluation.provisional
    if found is None:
        return ()
    billed = reached(evaluation)
    together = _with_doublings(evaluation, evaluation.passed, found.low)
    adds = together and (not billed or together[-1].amount > billed[-1].amount)
    return together if adds else ()


def _with_doublings(evaluation: Evaluation, written: _Thresholds, certain: Amount | None) -> _Thresholds:
    amounts = [each.amount for each in evaluation.budget.thresholds if each.basis is Basis.ACTUAL]
    beyond = max(amounts, default=ZERO)
    doublings = _doublings(certain, evaluation.budget.limit)
    return (*written, *(each for each in doublings if each.amount > beyond))


def _reached_by_basis(
    evaluation: Evaluation, as_of: datetime, earlier: OpenAlert | None
) -> "Iterator[tuple[_Thresholds, _Thresholds, Provisional | None, bool]]":
    """Yield the reached thresholds of each basis, with those that the same message mentions too.

    Last come the thresholds that only the high end of an estimate has reached.
    """
    provisional = reached_provisionally(evaluation)
    added = evaluation.provisional if provisional else None
    if not evaluation.budget.is_muted(as_of):
        yield provisional or reached(evaluation), evaluation.forecast_crossed, added, False
        yield evaluation.forecast_crossed, (), None, False
        if added is None:
            yield evaluation.may_have_crossed, (), None, True
    elif _exceeds_mute(evaluation, earlier):
        certain = added.low if added else certain_amount(evaluation)
        found = {
            each.amount: each for each in (*_doublings(certain, evaluation.budget.limit), *evaluation.passed)
        }
        yield tuple(found[amount] for amount in sorted(found)), (), added, False


def _exceeds_mute(evaluation: Evaluation, earlier: OpenAlert | None) -> bool:
    """Return whether a muted budget has reached twice its limit and twice the amount last sent."""
    limit, added = evaluation.budget.limit, evaluation.provisional
    certain = added.low if added else certain_amount(evaluation)
    last = _last_sent(earlier, limit)
    base = max(limit.number, last.number) if last else limit.number
    return certain is not None and certain.number >= EXACT.multiply(base, _DOUBLE)


def _last_sent(earlier: OpenAlert | None, limit: Amount) -> Amount | None:
    if earlier is None or earlier.is_over or not (earlier.limit or "").endswith(f" {limit.unit}"):
        return None
    number = earlier.observed if earlier.observed is not None else earlier.threshold
    return Amount(number, limit.unit) if number is not None else None


def _doublings(certain: Amount | None, limit: Amount) -> list[Threshold]:
    """Return the highest doublings of the limit that are reached, ascending; limited in number."""
    found: list[Threshold] = []
    percent = _FIRST_DOUBLING
    while certain and (doubling := Threshold.at_percent(percent, limit)).amount <= certain.number:
        found.append(doubling)
        percent *= 2
    return found[-_DOUBLINGS_LISTED:]
