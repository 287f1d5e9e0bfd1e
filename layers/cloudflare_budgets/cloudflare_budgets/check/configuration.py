"""Loads accounts, budgets and prices, assigns each budget to its account, and reports what is invalid."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cloudflare_budgets.domain.alerts.problem import INVALID_BUDGET, Problem
from cloudflare_budgets.domain.budgets.account import Account, InvalidAccount
from cloudflare_budgets.domain.budgets.budget import Budget, budget_parameter
from cloudflare_budgets.domain.budgets.document import InvalidBudget, parse_budget
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.primitives.json_input import FieldError
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.ports import ConfigurationSource


@dataclass(frozen=True, slots=True)
class Assignment:
    """The budgets of each account, and why others are not watched."""

    budgets: Mapping[str, Sequence[Budget]]
    problems: tuple[Problem, ...]


def account_parameter(prefix: str, account_id: str) -> str:
    """Return the full name of the parameter that contains an account's credential."""
    return f"{prefix}/accounts/{account_id}/api-token"


def assign(documents: Mapping[str, str], account_ids: Sequence[str], prefix: str) -> Assignment:
    """Parse every budget document and assign the budget to its account.

    Args:
        documents: the documents by the budget's name.
        account_ids: the accounts that are configured, with or without a usable credential.
        prefix: the root of the parameter names, which problems name.
    """
    budgets: defaultdict[str, list[Budget]] = defaultdict(list)
    problems: list[Problem] = []
    for name, text in sorted(documents.items()):
        parameter = budget_parameter(prefix, name)
        match parse_budget(name, text):
            case InvalidBudget() as invalid:
                problems.append(
                    _invalid_budget(name, f"{parameter}: {invalid}", invalid.account_id, account_ids)
                )
            case Budget() as budget:
                account_id = _account_of(budget, account_ids)
                if account_id is not None:
                    budgets[account_id].append(budget)
                elif account_ids:
                    reason = _why_unassigned(budget, account_ids, prefix)
                    problems.append(_invalid_budget(name, f"{parameter}: {reason}", None, account_ids))
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


def _invalid_budget(name: str, message: str, account_id: str | None, account_ids: Sequence[str]) -> Problem:
    only = account_ids[0] if len(account_ids) == 1 else None
    return Problem(INVALID_BUDGET, name, message, account_id if account_id in account_ids else only)


@dataclass(frozen=True, slots=True)
class Configuration:
    """The accounts to read in this run, the budgets of every account, and the problems found on the way.

    `names` are the names of all budget documents, valid or not.
    """

    accounts: tuple[Account, ...]
    budgets: Mapping[str, Sequence[Budget]]
    problems: tuple[Problem, ...]
    prices: PriceList
    names: frozenset[str] = frozenset()

    def watched_since(self, seen: Mapping[str, datetime]) -> "Configuration":
        """Return the configuration with the first check that saw each budget."""
        budgets = {
            account_id: [replace(budget, watched_since=seen.get(budget.name)) for budget in found]
            for account_id, found in self.budgets.items()
        }
        return replace(self, budgets=budgets)

    @property
    def watched(self) -> list[tuple[Account, list[Budget]]]:
        """The accounts to read, by id, each with its enabled budgets; accounts without any are not read."""
        found = [(account, self.budgets.get(account.account_id, ())) for account in self.accounts]
        enabled = [(account, [budget for budget in budgets if budget.enabled]) for account, budgets in found]
        return sorted(((account, budgets) for account, budgets in enabled if budgets), key=_id_of)

    def watched_from(self, account_id: str | None) -> list[tuple[Account, list[Budget]]]:
        """Return the accounts to read, beginning with one and continuing from the start."""
        later = [each for each in self.watched if _id_of(each) >= (account_id or "")]
        return [*later, *self.watched[: len(self.watched) - len(later)]]

    @property
    def watched_ids(self) -> set[str]:
        """The ids of the accounts to read."""
        return {account.account_id for account, _ in self.watched}

    @property
    def unwatched(self) -> list[Account]:
        """The accounts without an enabled budget."""
        watched = self.watched_ids
        return [account for account in self.accounts if account.account_id not in watched]

    def problems_of(self, account: Account) -> tuple[Problem, ...]:
        """Return the problems that belong to an account."""
        return tuple(problem for problem in self.problems if problem.account_id == account.account_id)

    @property
    def general_problems(self) -> tuple[Problem, ...]:
        """The problems outside the accounts that are watched in this run."""
        read = self.watched_ids
        return tuple(problem for problem in self.problems if problem.account_id not in read)


def load_configuration(
    configuration: ConfigurationSource, prefix: str, request: Request, shipped: PriceList
) -> Configuration:
    """Load the configuration and select what a request is about.

    Raises:
        RetryableError: Parameter Store could not be read.
    """
    found = configuration.accounts()
    documents = configuration.budget_documents()
    prices, refusals = _prices(configuration.price_document(), shipped)
    assignment = assign(documents, [one.account_id for one in found if one.account_id is not None], prefix)
    problems = [*_missing(found, documents, prefix), *_invalid(found), *assignment.problems]
    problems += [_invalid_price(prefix, refusal) for refusal in refusals]
    budgets, refusals = _muted(assignment.budgets, configuration.mute_document())
    problems += [_invalid_mute(prefix, refusal) for refusal in refusals]
    accounts = tuple(one for one in found if isinstance(one, Account))
    if request.account_id is not None:
        accounts = tuple(account for account in accounts if account.account_id == request.account_id)
        problems = [problem for problem in problems if problem.account_id == request.account_id]
        if not accounts and not problems:
            problems = [_not_configured(request.account_id, prefix)]
    return Configuration(accounts, budgets, tuple(problems), prices, frozenset(documents))


def _prices(own: str | None, shipped: PriceList) -> tuple[PriceList, tuple[FieldError, ...]]:
    if own is None:
        return shipped, ()
    # Imported here because few stacks have own prices, and the parser slows the cold start.
    from cloudflare_budgets.domain.pricing.price_overrides import parse_prices  # noqa: PLC0415

    parsed = parse_prices(own, shipped)
    return parsed.prices, parsed.refusals


def _muted(
    budgets: Mapping[str, Sequence[Budget]], document: str | None
) -> tuple[Mapping[str, Sequence[Budget]], tuple[FieldError, ...]]:
    if document is None:
        return budgets, ()
    # Imported here because few stacks have mutes, and the parser slows the cold start.
    from cloudflare_budgets.domain.budgets.mutes import parse_mutes  # noqa: PLC0415

    mutes = parse_mutes(document)
    muted = {account_id: [mutes.applied_to(each) for each in found] for account_id, found in budgets.items()}
    return muted, mutes.refusals


def _id_of(watched: tuple[Account, object]) -> str:
    return watched[0].account_id


def _missing(accounts: Sequence[object], documents: Mapping[str, str], prefix: str) -> Iterable[Problem]:
    if not accounts:
        name = account_parameter(prefix, "<account id>")
        yield Problem("no_accounts", prefix, f"there is no parameter {name}: add one for each account")
    if not documents:
        text = f'there is no parameter {prefix}/budgets/<name>: the smallest budget is {{"limit": "50 USD"}}'
        yield Problem("no_budgets", prefix, text)


def _invalid(accounts: Iterable[Account | InvalidAccount]) -> Iterable[Problem]:
    for account in accounts:
        if isinstance(account, InvalidAccount):
            message = f"{account.parameter}: {account.reason}"
            yield Problem("invalid_account", account.parameter, message, account.account_id)


def _invalid_price(prefix: str, refusal: FieldError) -> Problem:
    parameter = f"{prefix}/prices"
    return Problem("invalid_price", f"{parameter}, {refusal.field}", f"{parameter}: {refusal}")


def _invalid_mute(prefix: str, refusal: FieldError) -> Problem:
    parameter = f"{prefix}/mutes"
    return Problem("invalid_mute", f"{parameter}, {refusal.field}", f"{parameter}: {refusal}")


def _not_configured(account_id: str, prefix: str) -> Problem:
    needed = account_parameter(prefix, account_id)
    message = f"the run was asked for account {account_id}, but there is no parameter {needed}"
    return Problem("account_unknown", account_id, message)
