"""What people have set up: accounts to read, the budgets of each, and what of it is of no use."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cloudflare_budgets.domain.account import Account, InvalidAccount
from cloudflare_budgets.domain.assignment import account_parameter, assign
from cloudflare_budgets.domain.budget import Budget
from cloudflare_budgets.domain.price_list import PriceList
from cloudflare_budgets.domain.problem import Problem
from cloudflare_budgets.domain.refusal import Refusal
from cloudflare_budgets.domain.request import Request
from cloudflare_budgets.ports import Configuration


@dataclass(frozen=True, slots=True)
class Setup:
    """The accounts to read in this run, every account's budgets, and the problems found on the way."""

    accounts: tuple[Account, ...]
    budgets: Mapping[str, Sequence[Budget]]
    problems: tuple[Problem, ...]
    prices: PriceList

    @property
    def watched(self) -> list[tuple[Account, list[Budget]]]:
        """The accounts to read, by id, each with its enabled budgets; one without any need not be read."""
        found = [(account, self.budgets.get(account.account_id, ())) for account in self.accounts]
        enabled = [(account, [budget for budget in budgets if budget.enabled]) for account, budgets in found]
        return sorted(((account, budgets) for account, budgets in enabled if budgets), key=_id_of)

    def watched_from(self, account_id: str | None) -> list[tuple[Account, list[Budget]]]:
        """Give the accounts to read, round and round from one on."""
        later = [each for each in self.watched if _id_of(each) >= (account_id or "")]
        return [*later, *self.watched[: len(self.watched) - len(later)]]

    @property
    def unwatched(self) -> list[Account]:
        """The accounts that no enabled budget watches."""
        watched = {account.account_id for account, _ in self.watched}
        return [account for account in self.accounts if account.account_id not in watched]

    def problems_of(self, account: Account) -> tuple[Problem, ...]:
        """Give the problems that belong to an account."""
        return tuple(problem for problem in self.problems if problem.account_id == account.account_id)

    @property
    def general_problems(self) -> tuple[Problem, ...]:
        """The problems that belong to none of the accounts that are watched in this run."""
        read = {account.account_id for account, _ in self.watched}
        return tuple(problem for problem in self.problems if problem.account_id not in read)


def read_setup(configuration: Configuration, prefix: str, request: Request, shipped: PriceList) -> Setup:
    """Read what was configured and find what a request is about.

    Raises:
        ConfigurationUnavailableError: Parameter Store could not be read.
    """
    found = configuration.accounts()
    documents = configuration.budget_documents()
    prices, refusals = _prices(configuration.price_document(), shipped)
    assignment = assign(documents, [one.account_id for one in found if one.account_id is not None], prefix)
    problems = [*_missing(found, documents, prefix), *_invalid(found), *assignment.problems]
    problems += [_invalid_price(prefix, refusal) for refusal in refusals]
    accounts = tuple(one for one in found if isinstance(one, Account))
    if request.account_id is not None:
        accounts = tuple(account for account in accounts if account.account_id == request.account_id)
        problems = [problem for problem in problems if problem.account_id == request.account_id]
        if not accounts and not problems:
            problems = [_not_configured(request.account_id, prefix)]
    return Setup(accounts, assignment.budgets, tuple(problems), prices)


def _prices(own: str | None, shipped: PriceList) -> tuple[PriceList, tuple[Refusal, ...]]:
    if own is None:
        return shipped, ()
    # Few have prices of their own, and what reads them would make everybody's check start later.
    from cloudflare_budgets.domain.price_document import parse_prices  # noqa: PLC0415

    parsed = parse_prices(own, shipped)
    return parsed.prices, parsed.refusals


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


def _invalid_price(prefix: str, refusal: Refusal) -> Problem:
    parameter = f"{prefix}/prices"
    return Problem("invalid_price", f"{parameter}, {refusal.field}", f"{parameter}: {refusal}")


def _not_configured(account_id: str, prefix: str) -> Problem:
    needed = account_parameter(prefix, account_id)
    message = f"the run was asked for account {account_id}, but there is no parameter {needed}"
    return Problem("account_unknown", account_id, message)
