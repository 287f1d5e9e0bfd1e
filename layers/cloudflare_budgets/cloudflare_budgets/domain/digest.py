"""The digest: where every budget stands, what moved, and proof that somebody looks."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from cloudflare_budgets.domain.amount import EXACT, total
from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.history import complete_through
from cloudflare_budgets.domain.report import AccountReport, Report
from cloudflare_budgets.domain.run_log import RunCounts
from cloudflare_budgets.domain.standing import share_of_limit

# So many movements of an account are told, and so many problems.
MOVES_SHOWN = 3
PROBLEMS_SHOWN = 10

_WEEK = 7
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Move:
    """How much more or less something came to in the last seven days than in those before.

    `what` is a product family, as far as the budget counts it; or the metric that the budget is a line of an
    allowance for. `now` and `before` are sums of seven complete days, in the unit of the budget's limit.
    """

    evaluation: Evaluation
    what: str
    now: Decimal
    before: Decimal

    @property
    def is_of_a_part(self) -> bool:
        """Whether the budget may count a part of the product family alone."""
        budget = self.evaluation.budget
        return not budget.allowance_of and not {"product_family"}.issuperset(budget.scope.patterns())


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest tells of: the report of the run that it was made in, and the runs of the last week.

    `link` leads to the page with the charts, where there is one.
    """

    report: Report
    week: RunCounts
    link: str | None = None

    @property
    def as_of(self) -> datetime:
        """The instant that the run judged by."""
        return self.report.as_of


def current(account: AccountReport, as_of: datetime) -> list[Evaluation]:
    """Give an account's budgets in their current period, the fullest first."""
    found = [
        evaluation
        for evaluation in account.evaluations
        if evaluation.window is None or as_of in evaluation.window.period
    ]
    return sorted(found, key=share_of_limit, reverse=True)


def through_of(account: AccountReport, as_of: datetime) -> datetime | None:
    """Find the end of an account's last complete day: a part of a day looks like a drop."""
    return complete_through(account.data_through, as_of) if account.data_through else None


def moves_of(evaluations: Iterable[Evaluation], through: datetime) -> list[Move]:
    """Find what changed most from one week to the next, by its share of the limit.

    Args:
        evaluations: the budgets of an account, of which the one that counts most of a family speaks for it.
        through: the end of the last complete day.
    """
    found: dict[tuple[str, str], Move] = {}
    for evaluation in evaluations:
        for move in _moves(evaluation, through):
            key = (move.what, evaluation.budget.limit.unit)
            found[key] = max(found.get(key, move), move, key=_width)
    moved = [move for move in found.values() if move.now != move.before]
    return sorted(moved, key=_weight, reverse=True)[:MOVES_SHOWN]


def _moves(evaluation: Evaluation, through: datetime) -> Iterator[Move]:
    course, metric = evaluation.course, evaluation.budget.allowance_of
    if not course.days or min(course.days) > through - 2 * _WEEK * _DAY:
        return
    for what, days in {metric: course.days}.items() if metric else course.families.items():
        yield Move(evaluation, what, _sum(days, through, 0), _sum(days, through, _WEEK))


def _sum(days: Mapping[datetime, Decimal], through: datetime, back: int) -> Decimal:
    return total(days.get(through - (back + each) * _DAY, Decimal(0)) for each in range(1, _WEEK + 1))


def _width(move: Move) -> tuple[bool, Decimal]:
    return not move.is_of_a_part, EXACT.add(move.now, move.before)


def _weight(move: Move) -> Decimal:
    return abs(EXACT.subtract(move.now, move.before)) / move.evaluation.budget.limit.number
