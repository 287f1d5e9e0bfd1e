"""What a retry cannot mend, and people must be told."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cloudflare_budgets.domain.evaluation import Evaluation
from cloudflare_budgets.domain.measure import UnknownKind

# These say something about the account's data; telling it once serves all its budgets.
_OF_THE_ACCOUNT = frozenset(
    {
        UnknownKind.NO_DATA,
        UnknownKind.STALE_DATA,
        UnknownKind.COST_UNAVAILABLE,
        UnknownKind.HISTORY_UNAVAILABLE,
        UnknownKind.BILLING_PERIOD_UNKNOWN,
        UnknownKind.METRIC_VANISHED,
        UnknownKind.USAGE_WENT_DOWN,
        UnknownKind.MISSING_DAYS,
    }
)
# The first is no news, the second is told for the account where it was found.
_NOT_TOLD = frozenset({UnknownKind.NO_DATA_YET, UnknownKind.USAGE_UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps a budget from being watched until somebody mends it.

    `kind` is a word for machines, `subject` names what it is about (a budget, a parameter, an
    account), `message` says what is wrong and what to do. `account_id` is `None` for what belongs
    to no single account.
    """

    kind: str
    subject: str
    message: str
    account_id: str | None = None


def problems_of(evaluations: Iterable[Evaluation], account_id: str) -> list[Problem]:
    """Find what people must be told of the budgets whose amount is not known."""
    reasons: dict[tuple[str, str], str] = {}
    budgets: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for evaluation in evaluations:
        unknown = evaluation.unknown
        if unknown is None or unknown.kind in _NOT_TOLD:
            continue
        name = evaluation.budget.name
        key = (unknown.kind.value, account_id if unknown.kind in _OF_THE_ACCOUNT else name)
        reasons.setdefault(key, unknown.reason)
        if name not in budgets[key]:
            budgets[key].append(name)
    return [
        Problem(kind, subject, f"{_named(budgets[kind, subject])}: {reason}", account_id)
        for (kind, subject), reason in reasons.items()
    ]


def _named(names: list[str]) -> str:
    return f"budget {names[0]}" if len(names) == 1 else f"budgets {', '.join(names)}"
