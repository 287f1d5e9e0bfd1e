"""Which open alerts are over, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from cloudflare_budgets.domain.alerts.crossing import reached, reached_provisionally
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert, OpenAlerts, subject_of, subject_of_problem
from cloudflare_budgets.domain.alerts.problem import (
    INVALID_BUDGET,
    NO_MATCHING_USAGE,
    OF_THE_ACCOUNT,
    Problem,
)
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.primitives.period import SETTLING_TIME, PeriodKind, midnight, period_containing
from cloudflare_budgets.domain.usage.fresh import is_settled

_OF_BUDGETS = frozenset({*UnknownKind, NO_MATCHING_USAGE, INVALID_BUDGET})
# These hide no other problem: there is nothing to evaluate yet, or everything else was evaluated before.
_HIDES_NOTHING = frozenset({UnknownKind.NO_DATA_YET, UnknownKind.NO_ALLOWANCE, UnknownKind.COST_DISAGREES})


class Reason(StrEnum):
    """Why an alert is over."""

    LIMIT_RAISED = "limit_raised"
    THRESHOLDS_CHANGED = "thresholds_changed"
    USAGE_RESTATED = "usage_restated"
    NOT_CONFIRMED = "not_confirmed"
    PROBLEM_GONE = "problem_gone"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The end of an alert; `evaluation` is where its budget stands now."""

    opened: OpenAlert
    reason: Reason
    evaluation: Evaluation | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Open alerts by subject: those that stay open, and those that are over."""

    kept: OpenAlerts
    over: Mapping[str, Resolution]


# An open alert, its end, or `None` if it ends without a message.
_Next = OpenAlert | Resolution | None


def resolutions(
    earlier: OpenAlerts,
    evaluations: Iterable[Evaluation],
    problems: Iterable[Problem],
    as_of: datetime,
    data_through: datetime | None = None,
) -> Outcome:
    """Return which alerts are over, and which stay open.

    An alert stays open while its condition is unknown, and while its budget is muted. The alerts of deleted
    budgets and of settled periods end without a message.
    """
    evaluated = _Evaluated.sort(evaluations, data_through)
    present = {subject_of_problem(problem.kind, problem.subject) for problem in problems}
    kept: dict[str, OpenAlert] = {}
    over: dict[str, Resolution] = {}
    for what, found in earlier.items():
        following = _of_budget(what, found, evaluated, as_of) if found.problem is None else found
        if found.problem is not None and what not in present:
            following = _of_problem(found, evaluated, as_of)
        if isinstance(following, OpenAlert):
            kept[what] = following
        elif following is not None:
            over[what] = following
            if found.problem is None or found.since is not None:
                kept[what] = _ended(following)
    return Outcome(kept, over)


def _ended(end: Resolution) -> OpenAlert:
    """Return an alert after its end; lower thresholds of an unconfirmed one may be reached."""
    if end.reason is not Reason.NOT_CONFIRMED or end.evaluation is None:
        return end.opened.ended()
    return end.opened.ended(max(_reached_amounts(end.evaluation), default=None))


@dataclass(frozen=True, slots=True)
class _Evaluated:
    """Evaluations by the subject of their alerts, and by the names of their budgets."""

    by_what: Mapping[str, Evaluation]
    of_budget: Mapping[str, Sequence[Evaluation]]
    data_through: datetime | None

    @staticmethod
    def sort(evaluations: Iterable[Evaluation], data_through: datetime | None) -> "_Evaluated":
        by_what: dict[str, Evaluation] = {}
        of_budget: dict[str, list[Evaluation]] = {}
        for evaluation in evaluations:
            by_what.setdefault(subject_of(evaluation), evaluation)
            of_budget.setdefault(evaluation.budget.name, []).append(evaluation)
        return _Evaluated(by_what, of_budget, data_through)

    def of(self, names: Iterable[str]) -> Sequence[Evaluation]:
        """Return the evaluations of some budgets; without any name, of all."""
        return [each for name in tuple(names) or self.of_budget for each in self.of_budget.get(name, ())]


def _of_budget(what: str, found: OpenAlert, evaluated: _Evaluated, as_of: datetime) -> _Next:
    if found.is_over or _has_settled(found, as_of):
        return None if _has_settled(found, as_of) else found
    evaluation = evaluated.by_what.get(what)
    if evaluation is None:
        named = evaluated.of_budget.get(found.subject)
        if named is None:  # the budget is not watched any more: if it is created again, it is reported again
            return found.ended()
        return found if any(each.window is None and each.unknown for each in named) else None
    if found.provisional_through is not None and found.limit == str(evaluation.budget.limit):
        return _of_provisional(found, evaluation, evaluated.data_through)
    is_reached = bool(reached(evaluation) or evaluation.may_have_crossed)
    if evaluation.status is not Status.OK or is_reached or evaluation.budget.is_muted(as_of):
        return found
    return Resolution(found, _why(found, evaluation), evaluation)


def _of_provisional(found: OpenAlert, evaluation: Evaluation, data_through: datetime | None) -> _Next:
    """Return what becomes of a provisional crossing, which ends once its days have settled.

    It stays open while usage is doubtful: the rows of its days may be those that are missing.
    """
    if found.threshold is None or found.provisional_through is None or data_through is None:
        return found
    is_final = is_settled(midnight(found.provisional_through), data_through) and _is_all_known((evaluation,))
    is_reached = max(_reached_amounts(evaluation), default=ZERO) >= found.threshold
    return found if is_reached or not is_final else Resolution(found, Reason.NOT_CONFIRMED, evaluation)


def _reached_amounts(evaluation: Evaluation) -> list[Decimal]:
    return [each.amount for each in (*reached(evaluation), *reached_provisionally(evaluation))]


def _why(found: OpenAlert, evaluation: Evaluation) -> Reason:
    if found.limit != str(evaluation.budget.limit):
        return Reason.LIMIT_RAISED
    observed, threshold = evaluation.observed, found.threshold
    still_reached = observed is not None and threshold is not None and observed.number >= threshold
    return Reason.THRESHOLDS_CHANGED if still_reached else Reason.USAGE_RESTATED


def _has_settled(found: OpenAlert, as_of: datetime) -> bool:
    return found.period_end is not None and found.period_end + SETTLING_TIME <= as_of


def _of_problem(found: OpenAlert, evaluated: _Evaluated, as_of: datetime) -> _Next:
    """Decide about a problem that was not found again: another problem may hide it."""
    if found.is_over:
        month = period_containing(PeriodKind.MONTH, as_of).start
        return found if found.since and found.since >= month else None
    if found.problem in _OF_BUDGETS:
        return _of_budgets(found, evaluated, as_of)
    return Resolution(found, Reason.PROBLEM_GONE)


def _of_budgets(found: OpenAlert, evaluated: _Evaluated, as_of: datetime) -> _Next:
    concerned = evaluated.of(found.budgets if found.problem in OF_THE_ACCOUNT else (found.subject,))
    if not concerned or _has_settled(found, as_of):
        return None
    if found.problem == NO_MATCHING_USAGE:
        is_gone = any(each.observed and not each.remark for each in concerned)
    else:
        is_gone = found.problem == INVALID_BUDGET or _is_all_known(concerned)
    return Resolution(found, Reason.PROBLEM_GONE) if is_gone else found


def _is_all_known(evaluations: Sequence[Evaluation]) -> bool:
    """Return whether evaluations have results, and nothing in them can hide a problem."""
    unknowns = [evaluation.unknown for evaluation in evaluations]
    hiding = [unknown for unknown in unknowns if unknown and unknown.kind not in _HIDES_NOTHING]
    says = any(each.observed is not None or each.unknown is None for each in evaluations)
    return says and not hiding
