"""Budgets and usage in, one status for each budget and window out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from cloudflare_budgets.domain.amount import Amount
from cloudflare_budgets.domain.budget import Basis, Budget, Threshold
from cloudflare_budgets.domain.drivers import Driver, biggest_drivers
from cloudflare_budgets.domain.freshness import STALE_AFTER, absence, staleness
from cloudflare_budgets.domain.measure import Measured, Unknown, UnknownKind, measure
from cloudflare_budgets.domain.trust import Doubt
from cloudflare_budgets.domain.usage import Usage
from cloudflare_budgets.domain.window import Window, windows_of


class Status(StrEnum):
    """Where a budget stands."""

    OK = "ok"
    BREACHED = "breached"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What judging rests on: one account's usage, the instant to judge by, and what speaks against it."""

    usage: Usage
    as_of: datetime
    doubts: Sequence[Doubt] = ()
    stale_after: timedelta = STALE_AFTER


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Where one budget stands in one window; `None` is a billing cycle that is not known.

    `crossed` are the actual thresholds that the observed amount has reached, ascending. `unknown`
    says why the amount is not known, or not wholly: a breach that is already certain from what is
    known is still a breach. `not_evaluated` are thresholds that nothing judges yet.
    """

    budget: Budget
    window: Window | None
    status: Status
    observed: Amount | None = None
    crossed: tuple[Threshold, ...] = ()
    drivers: tuple[Driver, ...] = ()
    unknown: Unknown | None = None
    remark: str | None = None

    @property
    def not_evaluated(self) -> tuple[Threshold, ...]:
        """The thresholds that nothing judges yet: those on a forecast."""
        return tuple(threshold for threshold in self.budget.thresholds if threshold.basis is Basis.FORECAST)

    @property
    def reason(self) -> str | None:
        """What a person should know about the status."""
        return self.unknown.reason if self.unknown else self.remark


def evaluate(budgets: Sequence[Budget], known: Knowledge) -> list[Evaluation]:
    """Judge every budget in the window of `as_of` and in each earlier one that still settles."""
    return [evaluation for budget in budgets for evaluation in _evaluate_budget(budget, known)]


def _evaluate_budget(budget: Budget, known: Knowledge) -> list[Evaluation]:
    usage = known.usage
    windows = windows_of(budget, usage.cycles, usage.reading.anchor_days.values(), known.as_of)
    if not windows:
        text = f"usage API {usage.source.upper()} does not say when this account's billing period began"
        unknown = Unknown(UnknownKind.BILLING_PERIOD_UNKNOWN, text)
        return [Evaluation(budget, None, Status.UNKNOWN, unknown=unknown)]
    return [_evaluate_window(budget, window, known) for window in windows]


def _evaluate_window(budget: Budget, window: Window, known: Knowledge) -> Evaluation:
    absent = absence(window, known.usage, known.as_of, known.stale_after)
    if absent:
        return Evaluation(budget, window, Status.UNKNOWN, unknown=absent)
    measured = measure(budget, known.usage.charges_in(budget.scope, window))
    if isinstance(measured, Unknown):
        return Evaluation(budget, window, Status.UNKNOWN, unknown=measured)
    return _judge(budget, window, measured, known)


def _judge(budget: Budget, window: Window, measured: Measured, known: Knowledge) -> Evaluation:
    crossed = tuple(
        threshold
        for threshold in budget.thresholds
        if threshold.basis is Basis.ACTUAL and measured.number >= threshold.amount
    )
    unknown = measured.gap or _doubt(budget, window, known)
    status = Status.BREACHED if crossed else Status.UNKNOWN if unknown else Status.OK
    data_through = known.usage.data_through or window.period.start
    return Evaluation(
        budget,
        window,
        status,
        Amount(measured.number, budget.limit.unit),
        crossed,
        biggest_drivers(measured.parts, min(data_through, known.as_of)),
        unknown,
        None if measured.parts else _unmatched(budget),
    )


def _doubt(budget: Budget, window: Window, known: Knowledge) -> Unknown | None:
    touching = (doubt.unknown for doubt in known.doubts if doubt.touches(budget, window))
    return staleness(window, known.usage, known.as_of, known.stale_after) or next(touching, None)


def _unmatched(budget: Budget) -> str:
    keys = ", ".join(f"{key} {'|'.join(patterns)}" for key, patterns in budget.scope.patterns().items())
    return f"no usage matches the scope ({keys or 'everything'}) in this period: unused, or misspelled"
