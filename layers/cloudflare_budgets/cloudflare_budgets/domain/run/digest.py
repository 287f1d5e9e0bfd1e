"""The digest: where every budget stands, what changed most, and proof that checks run."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from cloudflare_budgets.domain.alerts.sent_alert import Acknowledgement
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.primitives.amount import EXACT, total
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.result import AccountReport, Report
from cloudflare_budgets.domain.run.standing import line_of
from cloudflare_budgets.domain.run.state import RunCounts
from cloudflare_budgets.domain.usage.history import complete_through

# The number of changes and of problems that a digest lists.
MOVES_SHOWN = 3
PROBLEMS_SHOWN = 10

_WEEK = 7
_DAY = timedelta(days=1)


# What changed, in which unit and column; and the scope and billing period that exclude a part of it.
_Kind = tuple[str, str, str]
_Part = tuple[tuple[str, tuple[str, ...]] | Period, ...]


@dataclass(frozen=True, slots=True)
class WeeklyChange:
    """The change of a sum from one week to the next.

    `what` is a product family, as far as the budget counts it, or the metric of an allowance. `now` and
    `before` are sums of seven complete days, in the unit of the budget's limit. `cycle` is one of several
    billing periods of the budget, if there are several.
    """

    evaluation: Evaluation
    what: str
    now: Decimal
    before: Decimal
    cycle: Period | None = None

    @property
    def kind(self) -> _Kind:
        """What can be compared: changes of the same thing, in the same unit and column."""
        return self.what, self.evaluation.budget.limit.unit, self.evaluation.budget.column

    @property
    def part(self) -> _Part:
        """The part that the budget counts; empty for all of it."""
        budget = self.evaluation.budget
        patterns = {} if budget.allowance_of else budget.scope.patterns()
        scope = ((key, found) for key, found in patterns.items() if key != "product_family")
        return *scope, *([self.cycle] if self.cycle else [])


@dataclass(frozen=True, slots=True)
class Digest:
    """The content of a digest: the report of its run, and the runs of the last week.

    `link` is the address of the page with the charts, if there is one. `acknowledged` says who acknowledged
    the newest alerts, by account id and name of the budget.
    """

    report: Report
    week: RunCounts
    link: str | None = None
    acknowledged: Mapping[tuple[str, str], Acknowledgement] = field(default_factory=dict)

    @property
    def as_of(self) -> datetime:
        """The instant that the run evaluated."""
        return self.report.as_of


def through_of(account: AccountReport, as_of: datetime) -> datetime | None:
    """Find the end of an account's last complete day: a part of a day looks like a drop."""
    return complete_through(account.data_through, as_of) if account.data_through else None


def weekly_changes(evaluations: Iterable[Evaluation], through: datetime) -> list[WeeklyChange]:
    """Find what changed most from one week to the next, by its share of the limit.

    A budget of a whole product family represents its parts too; without one, each part is listed.

    Args:
        evaluations: the budgets of an account.
        through: the end of the last complete day.
    """
    found: dict[tuple[_Kind, _Part], WeeklyChange] = {}
    for move in _moves(list(evaluations), through):
        key = move.kind, move.part
        found[key] = max(found.get(key, move), move, key=lambda each: EXACT.add(each.now, each.before))
    listed = [move for move in found.values() if not move.part or (move.kind, ()) not in found]
    moved = [move for move in listed if move.now != move.before]
    return sorted(moved, key=_weight, reverse=True)[:MOVES_SHOWN]


def _moves(evaluations: Sequence[Evaluation], through: datetime) -> Iterator[WeeklyChange]:
    windows = Counter(line_of(evaluation) for evaluation in evaluations)
    for evaluation in evaluations:
        breakdown, metric, window = evaluation.breakdown, evaluation.budget.allowance_of, evaluation.window
        if not breakdown.days or min(breakdown.days) > through - 2 * _WEEK * _DAY:
            continue
        cycle = window.period if window and windows[line_of(evaluation)] > 1 else None
        for what, days in {metric: breakdown.days}.items() if metric else breakdown.families.items():
            yield WeeklyChange(evaluation, what, _sum(days, through, 0), _sum(days, through, _WEEK), cycle)


def _sum(days: Mapping[datetime, Decimal], through: datetime, back: int) -> Decimal:
    return total(days.get(through - (back + each) * _DAY, Decimal(0)) for each in range(1, _WEEK + 1))


def _weight(move: WeeklyChange) -> Decimal:
    return abs(EXACT.subtract(move.now, move.before)) / move.evaluation.budget.limit.number
