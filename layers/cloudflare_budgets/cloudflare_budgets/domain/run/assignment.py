"""Assigns each budget to its account or accounts, and reports the budgets that have none."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cloudflare_budgets.domain.alerts.problem import DUPLICATE_BUDGET, INVALID_BUDGET, INVALID_OBJECT, Problem
from cloudflare_budgets.domain.budgets.account import AccountReference, is_account_pattern
from cloudflare_budgets.domain.budgets.budget import Budget, budget_parameter, matches
from cloudflare_budgets.domain.budgets.budgets_object import ObjectBudgets
from cloudflare_budgets.domain.budgets.document import InvalidBudget, parse_budget
from cloudflare_budgets.domain.primitives.json_input import FieldError, shown
from cloudflare_budgets.domain.primitives.nearest import nearest

# The name of each configured account by its id, `None` where it is not known.
AccountNames = Mapping[str, str | None]

_NAMED = 3
_NO_OBJECT = ObjectBudgets()


@dataclass(frozen=True, slots=True)
class Assignment:
    """The budgets of each account, and why others are not watched."""

    budgets: Mapping[str, Sequence[Budget]]
    problems: tuple[Problem, ...]


def account_parameter(prefix: str, account_id: str) -> str:
    """Return the full name of the parameter that contains an account's credential."""
    return f"{prefix}/accounts/{account_id}/api-token"


def assign(
    documents: Mapping[str, str],
    accounts: AccountNames,
    prefix: str,
    stored: ObjectBudgets = _NO_OBJECT,
    *,
    knows_all_accounts: bool = True,
) -> Assignment:
    """Parse every budget document and assign its budget to the accounts that it names.

    Args:
        documents: the documents by the budget's name.
        accounts: the accounts that are configured, with or without a usable credential.
        prefix: the root of the parameter names, which problems name.
        stored: the budgets in an object; a document of the same name in a parameter takes precedence.
        knows_all_accounts: whether a budget without an account is a problem.
    """
    budgets: defaultdict[str, list[Budget]] = defaultdict(list)
    problems = list(_of_object(documents, prefix, stored))
    for name, text in sorted({**stored.documents, **documents}.items()):
        place = budget_parameter(prefix, name) if name in documents else stored.place(name)
        match parse_budget(name, text):
            case InvalidBudget() as invalid:
                named = invalid.account_id in accounts
                owner = invalid.account_id if named else _only(accounts)
                problems.append(_problem(name, str(invalid), place, owner))
            case Budget() as budget:
                found = _accounts_of(budget, accounts)
                for account_id in found:
                    budgets[account_id].append(budget)
                if accounts and not found and knows_all_accounts:
                    problems.append(_unassigned(budget, accounts, prefix, place))
    return Assignment(dict(budgets), tuple(problems))


def _of_object(documents: Mapping[str, str], prefix: str, stored: ObjectBudgets) -> Iterator[Problem]:
    """Yield what is invalid in the object, and the budgets in it that a parameter replaces."""
    for refusal in stored.refusals:
        subject = f"{stored.url}, {refusal.field}"
        yield Problem(INVALID_OBJECT, subject, f"{stored.url}: {refusal}")
    for name in sorted(stored.documents.keys() & documents.keys()):
        text = (
            f"the budget {name} is in {budget_parameter(prefix, name)} and in {stored.place(name)}: the "
            "parameter is used; delete one of the two"
        )
        yield Problem(DUPLICATE_BUDGET, name, text)


def budgets_of(
    documents: Mapping[str, str],
    account: AccountReference,
    prefix: str,
    stored: ObjectBudgets = _NO_OBJECT,
    *,
    is_only: bool,
) -> Assignment:
    """Return the budgets of one account, and the problems of budgets that name it.

    `is_only` says whether it is the only configured account: then it has the budgets that name none.
    """
    account_id = account.account_id
    budgets: list[Budget] = []
    problems: list[Problem] = []
    for budget_name, text in sorted({**stored.documents, **documents}.items()):
        match parse_budget(budget_name, text):
            case InvalidBudget() as invalid if is_only or invalid.account_id == account_id:
                in_parameter = budget_name in documents
                place = budget_parameter(prefix, budget_name) if in_parameter else stored.place(budget_name)
                problems.append(_problem(budget_name, str(invalid), place, account_id))
            case Budget() as budget if is_only or budget.account_id is not None:
                budgets += [budget] if _accounts_of(budget, {account_id: account.name}) else []
    return Assignment({account_id: budgets} if budgets else {}, tuple(problems))


def _accounts_of(budget: Budget, accounts: AccountNames) -> Sequence[str]:
    wanted = budget.account_id
    if wanted is None:
        return [only] if (only := _only(accounts)) else []
    if not is_account_pattern(wanted):
        return [wanted] if wanted in accounts else []
    return [account_id for account_id, name in accounts.items() if matches((wanted,), (account_id, name))]


def _only(accounts: AccountNames) -> str | None:
    return next(iter(accounts)) if len(accounts) == 1 else None


def _unassigned(budget: Budget, accounts: AccountNames, prefix: str, place: str) -> Problem:
    wanted = budget.account_id
    if wanted is None:
        reason = (
            f"account_id: found nothing, expected one of the {len(accounts)} configured accounts "
            f'({_listed(accounts)}), or "*" for each of them by itself'
        )
    elif is_account_pattern(wanted):
        reason = _matches_none(wanted, accounts)
    else:
        needed = account_parameter(prefix, wanted)
        reason = f"account_id: found {wanted}, which has no credential; expected one in {needed}"
    return _problem(budget.name, reason, place, _only(accounts))


def _matches_none(pattern: str, accounts: AccountNames) -> str:
    known = [f"{account_id} ({name})" if name else account_id for account_id, name in accounts.items()]
    expected = (
        f"a pattern that matches the id or the name of one of the {len(accounts)} configured accounts "
        f"({_listed(known)})"
    )
    return str(FieldError("account_id", shown(pattern), expected, _nearest_names(pattern, accounts)))


def _nearest_names(pattern: str, accounts: AccountNames) -> tuple[str, ...]:
    """Return the names whose beginning is closest to the beginning of a pattern."""
    wanted = pattern.strip("*?")
    beginnings = {name[: len(wanted)]: name for name in accounts.values() if name}
    return tuple(beginnings[each] for each in nearest(wanted, beginnings))


def _listed(texts: Mapping[str, object] | Sequence[str]) -> str:
    return ", ".join([*texts][:_NAMED]) + (", ..." if len(texts) > _NAMED else "")


def _problem(name: str, reason: str, place: str, account_id: str | None) -> Problem:
    return Problem(INVALID_BUDGET, name, f"{place}: {reason}", account_id)
