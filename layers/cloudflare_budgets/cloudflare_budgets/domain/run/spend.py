"""What an account has spent, as its budgets know it."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Scope
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
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
