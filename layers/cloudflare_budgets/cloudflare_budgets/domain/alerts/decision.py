"""Decides which facts about one account become alerts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.alerts.crossing import Crossing, crossings_of
from cloudflare_budgets.domain.alerts.open_alert import OpenAlerts, subject_of, subject_of_problem
from cloudflare_budgets.domain.alerts.problem import Problem, problems_of, scope_name, unmatched_budgets
from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.data_quality.freshness import unread
from cloudflare_budgets.domain.data_quality.unknown import Unknown, UnknownKind
from cloudflare_budgets.domain.evaluation.context import EvaluationContext
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.primitives.period import Period, PeriodKind
from cloudflare_budgets.domain.usage.fresh import Resource
from cloudflare_budgets.domain.usage.history import complete_through
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.domain.usage.window import windows_of

if TYPE_CHECKING:
    from cloudflare_budgets.domain.evaluation.anomaly import Anomaly


@dataclass(frozen=True, slots=True)
class ClosedPeriod:
    """A period that is over and whose usage is complete, with the budgets that it ended for."""

    period: Period
    evaluations: tuple[Evaluation, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Where each budget stands, and the facts that become alerts."""

    evaluations: tuple[Evaluation, ...]
    crossings: tuple[Crossing, ...] = ()
    anomalies: tuple["Anomaly", ...] = ()
    closed_periods: tuple[ClosedPeriod, ...] = ()
    problems: tuple[Problem, ...] = ()

    def with_resources(self, found: Mapping[str, Sequence[Resource]]) -> "Decision":
        """Return the decision with the largest users of each metric of a crossing or a spike."""
        if not found:
            return self
        crossings = tuple(
            replace(each, resources={metric: found[metric] for metric in each.causes if metric in found})
            for each in self.crossings
        )
        anomalies = tuple(
            replace(each, resources=tuple(found.get(each.listed_id, ()))) for each in self.anomalies
        )
        return replace(self, crossings=crossings, anomalies=anomalies)


def decide(
    budgets: Sequence[Budget],
    context: EvaluationContext,
    earlier: OpenAlerts | None = None,
    evaluations: Sequence[Evaluation] | None = None,
    switched_off: Collection[str] = (),
) -> Decision:
    """Find the facts about the budgets of an account that become alerts.

    Periods that ended before the first check of a budget are evaluated, but not alerted.

    Args:
        budgets: the account's budgets.
        context: the charges of every window that is evaluated, and the instant to evaluate.
        earlier: the open alerts of the account.
        evaluations: where the budgets stand, if they are evaluated already.
        switched_off: the scopes whose metrics were reported as vanished (`switched_off_scopes`).
    """
    usage, as_of = context.usage, context.as_of
    evaluations = evaluate(budgets, context) if evaluations is None else evaluations
    reported = [evaluation for evaluation in evaluations if not _ended_before_watched(evaluation)]
    return Decision(
        tuple(evaluations),
        tuple(_crossings(reported, context, earlier or {})),
        _anomalies(budgets, context),
        tuple(closed_periods(reported, usage, as_of)),
        (
            *problems_of(reported, usage.account_id, as_of),
            *_unmatched(
                [each for each in budgets if scope_name(each) not in switched_off],
                context,
                reported,
                earlier or {},
            ),
        ),
    )


def _unmatched(
    budgets: Sequence[Budget],
    context: EvaluationContext,
    evaluations: Sequence[Evaluation],
    earlier: OpenAlerts,
) -> list[Problem]:
    """Return the budgets that match no usage and were not reported in an earlier month.

    A product that is not used any more is accepted; a scope that can match nothing is reported each month.
    """
    found = unmatched_budgets(budgets, context.usage, context.as_of, evaluations)
    never = UnknownKind.NO_MATCHING_USAGE
    misspelled = {each.budget.name for each in evaluations if each.unknown and each.unknown.kind is never}
    return [each for each in found if each.subject in misspelled or not _is_accepted(each, earlier)]


def _is_accepted(problem: Problem, earlier: OpenAlerts) -> bool:
    found = earlier.get(subject_of_problem(problem.kind, problem.subject))
    if found is None or found.is_over or found.since is None or problem.since is None:
        return False
    return found.since < problem.since and set(problem.names) <= set(found.names)


def _ended_before_watched(evaluation: Evaluation) -> bool:
    since, window = evaluation.budget.watched_since, evaluation.window
    return since is not None and window is not None and window.period.end <= since


def _crossings(
    evaluations: Iterable[Evaluation], context: EvaluationContext, earlier: OpenAlerts
) -> Iterator[Crossing]:
    for evaluation in evaluations:
        yield from crossings_of(evaluation, context.usage, context.as_of, earlier.get(subject_of(evaluation)))


def _anomalies(budgets: Sequence[Budget], context: EvaluationContext) -> tuple["Anomaly", ...]:
    if not any(budget.alert_on for budget in budgets):
        return ()
    # Imported only where it is requested, so that the cold start of other checks stays short.
    from cloudflare_budgets.domain.evaluation.anomaly import anomalies_of  # noqa: PLC0415

    return tuple(anomalies_of(budgets, context))


def decide_without_usage(budgets: Sequence[Budget], as_of: datetime, reason: str) -> Decision:
    """Return that the usage of an account's budgets could not be read, and why."""
    unknown = Unknown(UnknownKind.USAGE_UNAVAILABLE, reason)
    windows = [next(iter(windows_of(budget, (), (), as_of)), None) for budget in budgets]
    return Decision(
        tuple(
            Evaluation(budget, window, Status.UNKNOWN, unknown=unknown)
            for budget, window in zip(budgets, windows, strict=True)
        )
    )


def closed_periods(
    evaluations: Iterable[Evaluation], usage: Usage, as_of: datetime
) -> Iterator[ClosedPeriod]:
    """Find the periods of a week or longer that are over and whose usage is complete."""
    through = complete_through(usage.data_through, as_of) if usage.data_through else None
    periods: defaultdict[Period, list[Evaluation]] = defaultdict(list)
    for evaluation in evaluations:
        window = evaluation.window
        is_reported = evaluation.budget.period is not PeriodKind.DAY and not evaluation.budget.is_muted(as_of)
        if not window or not is_reported or through is None or window.period.end > through:
            continue
        # Without rows, zero usage is not proven. With a part of the days, the amount is not final.
        if usage.has_charges_in(window) and not unread(window, usage):
            periods[window.period].append(evaluation)
    for period, found in periods.items():
        if any(evaluation.observed for evaluation in found):
            yield ClosedPeriod(period, tuple(found))
