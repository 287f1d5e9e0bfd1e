"""Where a budget stands, in the words that several kinds of messages share."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from cloudflare_budgets.domain.amount import percent_reached
from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.measure import CostBasis
from cloudflare_budgets.domain.period import Period
from cloudflare_budgets.domain.wording import amount_text, bar, figure_beside, one_line

_LEAST_LINE = 24
_ESTIMATED = {CostBasis.BILLED: "", CostBasis.ESTIMATED: ", estimated", CostBasis.MIXED: ", partly estimated"}


def budget_line(evaluation: Evaluation) -> str:
    """Name a budget in a list; a line of an allowance names its metric too."""
    budget = evaluation.budget
    return one_line(f"{budget.name}, {budget.allowance_of}" if budget.allowance_of else budget.name)


def short_line(evaluation: Evaluation, room: int) -> str:
    """Name a budget as `budget_line` does, in so many characters: a metric has half of them at the least."""
    budget, room = evaluation.budget, max(room, _LEAST_LINE)
    if not budget.allowance_of:
        return one_line(budget.name, room)
    metric = one_line(budget.allowance_of, max(room // 2, room - len(budget.name) - len(", ")))
    return f"{one_line(budget.name, room - len(metric) - len(', '))}, {metric}"


def budgets_text(lines: Sequence[tuple[str, str]]) -> str:
    """Count budgets by their lines, each an account and a budget's name: `2 budgets in 6 lines`.

    A budget has more than one line where it watches allowances, or several billing periods.
    """
    count = len(set(lines))
    budgets = f"{count:,} {'budget' if count == 1 else 'budgets'}"
    return budgets if count == len(lines) else f"{budgets} in {len(lines):,} lines"


def bar_lines(evaluation: Evaluation) -> list[str]:
    """Draw how much of the limit is used: `[########------------] 41.2%`, then `20.60 of 50 USD`."""
    observed, limit = evaluation.observed, evaluation.budget.limit
    if observed is None:
        return ["not known"]
    percent = percent_reached(observed.number, limit.number)
    amounts = f"{figure_beside(observed.number, limit)} of {amount_text(limit)}"
    basis = evaluation.costs.basis if evaluation.costs else CostBasis.BILLED
    return [f"{bar(observed.number, limit.number)} {percent:,f}%", amounts + _ESTIMATED[basis]]


def share_of_limit(evaluation: Evaluation) -> Decimal:
    """Say how much of the limit is used, to put budgets in order; what is not known comes last."""
    observed = evaluation.observed
    return percent_reached(observed.number, evaluation.budget.limit.number, 6) if observed else Decimal(-1)


def dates(period: Period) -> str:
    """Give the first and the last day of a period, in UTC."""
    last = period.end - timedelta(days=1)
    if last <= period.start:
        return f"{period.start:%Y-%m-%d}"
    return f"{period.start:%Y-%m-%d} to {last:%Y-%m-%d}"
