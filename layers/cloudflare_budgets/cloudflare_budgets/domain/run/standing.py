"""Where an account stands: its budgets in their current period, and what it has spent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Scope
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, share_of_limit
from cloudflare_budgets.domain.primitives.amount import total
from cloudflare_budgets.domain.primitives.period import PeriodKind
from cloudflare_budgets.domain.run.result import AccountReport

# The period in which people think of costs comes first; then the longest.
_PERIODS = (
    PeriodKind.MONTH,
    PeriodKind.BILLING_PERIOD,
    PeriodKind.YEAR,
    PeriodKind.QUARTER,
    PeriodKind.WEEK,
    PeriodKind.DAY,
)


def current(account: AccountReport, as_of: datetime) -> list[Evaluation]:
    """Return an account's budgets in their current period, the fullest first.

    A budget whose current period has no usage yet, such as that of today, is returned in the newest period
    that has some.
    """
    lines: defaultdict[tuple[str, str | None], list[Evaluation]] = defaultdict(list)
    for evaluation in account.evaluations:
        lines[line_of(evaluation)].append(evaluation)
    found = [evaluation for line in lines.values() for evaluation in _newest(line, as_of)]
    return sorted(found, key=share_of_limit, reverse=True)


def _newest(line: Sequence[Evaluation], as_of: datetime) -> Sequence[Evaluation]:
    running = [each for each in line if each.window is None or as_of in each.window.period]
    has_begun = any(
        each.unknown is None or each.unknown.kind is not UnknownKind.NO_DATA_YET for each in running
    )
    earlier = [each for each in line if each.observed is not None and each not in running]
    return running if has_begun or not earlier else earlier[:1]


def line_of(evaluation: Evaluation) -> tuple[str, str | None]:
    """Return what an evaluation is about in any period: the budget, or one of its allowances."""
    return evaluation.budget.name, evaluation.budget.allowance_of


def running(account: AccountReport, as_of: datetime) -> list[Evaluation]:
    """Return an account's budgets in the period of an instant, or whose period is unknown."""
    return [each for each in account.evaluations if each.window is None or as_of in each.window.period]


def widest_cost(evaluations: Iterable[Evaluation]) -> Evaluation | None:
    """Return the cost budget of a whole account, that of a month first; `None` if none is known."""
    whole = [
        each for each in evaluations if each.budget.is_cost and each.budget.scope == Scope() and each.observed
    ]
    return min(whole, key=lambda each: _PERIODS.index(each.budget.period), default=None)


def spend(accounts: Iterable[AccountReport], as_of: datetime, currency: str) -> Decimal | None:
    """Sum what accounts have spent in their running periods; `None` if no spend is known."""
    widest = [widest_cost(running(account, as_of)) for account in accounts]
    amounts = [each.observed for each in widest if each and each.observed]
    known = [amount.number for amount in amounts if amount.unit == currency]
    return total(known) if known else None
