"""Which budget watches which account."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.budget_document import InvalidBudget, parse_budget
from cloudflare_budgets.domain.problem import INVALID_BUDGET, Problem


@dataclass(frozen=True, slots=True)
class Assignment:
    """The budgets of each account, and what keeps others from being watched."""

    budgets: Mapping[str, Sequence[Budget]]
    problems: tuple[Problem, ...]


def budget_parameter(prefix: str, name: str) -> str:
    """Give the full name of the parameter that holds a budget."""
    return f"{prefix}/budgets/{name}"


def account_parameter(prefix: str, account_id: str) -> str:
    """Give the full name of the parameter that holds an account's credential."""
    return f"{prefix}/accounts/{account_id}/api-token"


def assign(documents: Mapping[str, str], account_ids: Sequence[str], prefix: str) -> Assignment:
    """Read every budget document and find the account it watches.

    Args:
        documents: the documents by the budget's name.
        account_ids: the accounts that are configured, with or without a usable credential.
        prefix: the root of the parameter names, with which problems say what to mend.
    """
    budgets: defaultdict[str, list[Budget]] = defaultdict(list)
    problems: list[Problem] = []
    for name, text in sorted(documents.items()):
        parameter = budget_parameter(prefix, name)
        match parse_budget(name, text):
            case InvalidBudget() as invalid:
                problems.append(_invalid(name, f"{parameter}: {invalid}", invalid.account_id, account_ids))
            case Budget() as budget:
                account_id = _account_of(budget, account_ids)
                if account_id is not None:
                    budgets[account_id].append(budget)
                elif account_ids:
                    reason = _why_unassigned(budget, account_ids, prefix)
                    problems.append(_invalid(name, f"{parameter}: {reason}", None, account_ids))
    return Assignment(dict(budgets), tuple(problems))


def _account_of(budget: Budget, account_ids: Sequence[str]) -> str | None:
    if budget.account_id is None:
        return account_ids[0] if len(account_ids) == 1 else None
    return budget.account_id if budget.account_id in account_ids else None


def _why_unassigned(budget: Budget, account_ids: Sequence[str], prefix: str) -> str:
    if budget.account_id is None:
        return (
            f"account_id: found nothing, expected one of the {len(account_ids)} configured accounts "
            f"({', '.join(account_ids[:3])}{', ...' if len(account_ids) > 3 else ''})"  # noqa: PLR2004 - some
        )
    needed = account_parameter(prefix, budget.account_id)
    return f"account_id: found {budget.account_id}, which has no credential; expected one in {needed}"


def _invalid(name: str, message: str, account_id: str | None, account_ids: Sequence[str]) -> Problem:
    only = account_ids[0] if len(account_ids) == 1 else None
    return Problem(INVALID_BUDGET, name, message, account_id if account_id in account_ids else only)
