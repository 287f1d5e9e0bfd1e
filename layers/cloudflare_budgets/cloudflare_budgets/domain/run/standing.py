"""Which evaluations show where an account stands: one of each budget, in its current period."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, share_of_limit
from cloudflare_budgets.domain.run.result import AccountReport


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
