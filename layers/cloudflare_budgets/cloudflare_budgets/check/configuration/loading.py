"""Loads accounts, budgets, prices and mutes, and reports what is invalid."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from cloudflare_budgets.check.configuration.directory import AccountDirectory, KnownAccounts
from cloudflare_budgets.configuration_ports import ConfigurationSource
from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.budgets.account import Account, AccountReference, InvalidAccount
from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.budgets.budgets_object import ObjectBudgets
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.primitives.json_input import FieldError
from cloudflare_budgets.domain.run.assignment import account_parameter, assign, budgets_of
from cloudflare_budgets.domain.run.pace import first_in_turn
from cloudflare_budgets.domain.run.request import Request


@dataclass(frozen=True, slots=True)
class Configuration:
    """The accounts of this run, the budgets of every account, and the problems of both.

    `names` are the names of all budget documents, valid or not. `failures` are what a retry can fix.
    """

    accounts: tuple[Account, ...]
    budgets: Mapping[str, Sequence[Budget]]
    problems: tuple[Problem, ...]
    prices: PriceList
    names: frozenset[str] = frozenset()
    failures: tuple[str, ...] = ()
    budgets_object: ObjectBudgets = field(default_factory=ObjectBudgets)
    knows_all_accounts: bool = True

    @property
    def knows_all_budgets(self) -> bool:
        """Whether a budget that was not found, or is of no known account, does not exist."""
        return self.budgets_object.failure is None and self.knows_all_accounts

    def watched_since(self, seen: Mapping[str, datetime], deleted: Mapping[str, datetime]) -> "Configuration":
        """Return the configuration with the first check that saw each budget and its account.

        `deleted` is the last check that missed a budget, by the budget's name.
        """
        found_at = {account.account_id: account.since for account in self.accounts}
        budgets = {
            account_id: [
                _watched(
                    replace(budget, deleted_at=deleted.get(budget.name)),
                    seen.get(budget.name),
                    found_at.get(account_id),
                )
                for budget in found
            ]
            for account_id, found in self.budgets.items()
        }
        return replace(self, budgets=budgets)

    @property
    def watched(self) -> list[tuple[Account, list[Budget]]]:
        """The accounts to read, by id, each with its enabled budgets; none without a budget."""
        found = [(account, self.budgets.get(account.account_id, ())) for account in self.accounts]
        enabled = [(account, [budget for budget in budgets if budget.enabled]) for account, budgets in found]
        return sorted(((account, budgets) for account, budgets in enabled if budgets), key=_id_of)

    def watched_from(
        self, account_id: str | None, as_of: datetime | None
    ) -> list[tuple[Account, list[Budget]]]:
        """Return the accounts to read, beginning with one and continuing from the start.

        Without one, the start depends on `as_of`, if analytics are read: many accounts take turns.
        """
        watched = self.watched
        place = first_in_turn(len(watched), as_of) if as_of else 0
        if account_id is not None:
            place = sum(_id_of(each) < account_id for each in watched)
        return [*watched[place:], *watched[:place]]

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
    directory: AccountDirectory,
    prefix: str,
    request: Request,
    shipped: PriceList,
    *,
    decrypts: bool = True,
) -> Configuration:
    """Load the configuration and select what a request is about.

    Without `decrypts`, no credential is read, and the configuration has no account.

    Raises:
        RetryableError: Parameter Store could not be read.
    """
    configuration = directory.configuration
    known = _known(directory, request) if decrypts else directory.references()
    documents, stored = configuration.budget_documents(), configuration.object_budgets()
    prices, refusals = _prices(configuration.price_document(), shipped)
    # If a list of accounts is unknown, a budget may match one that is not found.
    is_known = not known.failures
    assignment = assign(documents, known.names, prefix, stored, knows_all_accounts=is_known)
    names = frozenset({**stored.documents, **documents})
    missing = _missing(names, prefix, has_accounts=bool(known.found) or not is_known)
    problems = [*missing, *_invalid(known.found), *known.problems]
    problems += assignment.problems
    problems += [_invalid_price(prefix, refusal) for refusal in refusals]
    budgets, refusals = _muted(assignment.budgets, configuration.mute_document())
    problems += [_invalid_mute(prefix, refusal) for refusal in refusals]
    accounts = tuple(one for one in known.found if isinstance(one, Account))
    if request.account_id is not None:
        accounts = tuple(account for account in accounts if account.account_id == request.account_id)
        problems = [problem for problem in problems if problem.account_id == request.account_id]
        if not accounts and not problems:
            problems = [_not_configured(request.account_id, prefix)]
    failures = (*known.failures, *([stored.failure] if stored.failure else []))
    return Configuration(
        accounts, budgets, tuple(problems), prices, names, failures, stored, knows_all_accounts=is_known
    )


def _known(directory: AccountDirectory, request: Request) -> KnownAccounts:
    return directory.account(request.account_id) if request.account_id else directory.accounts()


def load_account(
    configuration: ConfigurationSource,
    prefix: str,
    reference: AccountReference,
    shipped: PriceList,
    *,
    is_only: bool,
) -> Configuration:
    """Load the configuration of one account that was listed before; no other account is read.

    `is_only` says whether it is the only configured account: then it has the budgets that name none.

    Raises:
        RetryableError: Parameter Store could not be read.
    """
    account = configuration.account(reference)
    documents, stored = configuration.budget_documents(), configuration.object_budgets()
    prices, _ = _prices(configuration.price_document(), shipped)
    assignment = budgets_of(documents, reference, prefix, stored, is_only=is_only)
    budgets, _ = _muted(assignment.budgets, configuration.mute_document())
    problems = (*_invalid([account]), *assignment.problems)
    accounts = (account,) if isinstance(account, Account) else ()
    names = frozenset({**stored.documents, **documents})
    failures = (stored.failure,) if stored.failure else ()
    return Configuration(accounts, budgets, problems, prices, names, failures, stored)


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


def _watched(budget: Budget, seen: datetime | None, found_at: datetime | None) -> Budget:
    since = max(seen, found_at) if seen and found_at else seen
    return replace(budget, watched_since=since)


def _id_of(watched: tuple[Account, object]) -> str:
    return watched[0].account_id


def _missing(names: Collection[str], prefix: str, *, has_accounts: bool) -> Iterable[Problem]:
    if not has_accounts:
        name = account_parameter(prefix, "<account id>")
        yield Problem("no_accounts", prefix, f"there is no parameter {name}: add one for each account")
    if not names:
        text = f'there is no parameter {prefix}/budgets/<name>: the smallest budget is {{"limit": "50 USD"}}'
        yield Problem("no_budgets", prefix, text)


def _invalid(accounts: Iterable[object]) -> Iterable[Problem]:
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
    message = f"the run was requested for account {account_id}, but there is no parameter {needed}"
    return Problem("account_unknown", account_id, message)
