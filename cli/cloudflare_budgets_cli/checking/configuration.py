"""The budgets of files as the configuration of a check, and where the files are."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudflare_budgets.domain.budgets.account import (
    Account,
    AccountReference,
    InvalidAccount,
    is_account_pattern,
)
from cloudflare_budgets.domain.budgets.budget import matches
from cloudflare_budgets.domain.budgets.budgets_object import ObjectBudgets
from cloudflare_budgets_cli.budget_files.budget_file import SUFFIXES, BudgetFiles, read_budget_files
from cloudflare_budgets_cli.cloudflare.access import Access
from cloudflare_budgets_cli.settings import FindingError, UsageError

_FILES = [f"budgets{suffix}" for suffix in SUFFIXES]


def budgets_of(path: Path | None) -> BudgetFiles:
    """Read the budgets of a file or folder; by default, those of the current folder.

    Raises:
        UsageError: there are no budgets.
        FindingError: a file is invalid; the message lists every error.
    """
    places = [path] if path else [Path(name) for name in (*_FILES, "budgets") if Path(name).exists()]
    if not places:
        raise UsageError(
            f"there are no budgets: write {_FILES[0]}, name a file or folder, or let "
            f"`cloudflare-budgets suggest --write {_FILES[0]}` propose some"
        )
    found = read_budget_files(places)
    if found.findings:
        raise FindingError("\n".join(("invalid budgets:", *map(str, found.findings))))
    if not found.documents:
        raise UsageError(f"{', '.join(map(str, places))}: there are no budgets, expected the key `budgets`")
    return found


@dataclass(frozen=True, slots=True)
class FileConfiguration:
    """Implements `ConfigurationSource` with budgets in files and one credential."""

    given_accounts: Sequence[Account]
    given_documents: Mapping[str, str]
    prices: str | None

    def accounts(self) -> Sequence[Account]:
        """Return the accounts that budgets name."""
        return self.given_accounts

    def references(self) -> Sequence[AccountReference]:
        """Return the accounts that budgets name, without their credential."""
        return [AccountReference(each.account_id, "") for each in self.given_accounts]

    def account(self, reference: AccountReference) -> Account:
        """Return one of the accounts."""
        return next(each for each in self.given_accounts if each.account_id == reference.account_id)

    def shared_tokens(self) -> Sequence[InvalidAccount]:
        """Return nothing: the credential opens the accounts that are given."""
        return ()

    def shared_token(self, parameter: str) -> InvalidAccount:
        """Return that there is no such token."""
        return InvalidAccount(parameter, "there is no such parameter")

    def budget_documents(self) -> Mapping[str, str]:
        """Return every budget document (JSON) by the name of the budget."""
        return self.given_documents

    def object_budgets(self) -> ObjectBudgets:
        """Return nothing: all budgets are in the files."""
        return ObjectBudgets()

    def price_document(self) -> str | None:
        """Return the prices of the files (JSON), if they have any."""
        return self.prices

    def mute_document(self) -> str | None:
        """Return nothing: a budget in a file is muted by `muted_until`."""
        return None


def configuration_of(files: BudgetFiles, access: Access) -> FileConfiguration:
    """Build a check's configuration; budgets without an account are of the environment's.

    A pattern selects accounts that Cloudflare lists for the token.

    Raises:
        UsageError: a budget names no account, and the token reads several.
        CloudflareBudgetsError: Cloudflare does not list the accounts of the token.
    """
    documents = {}
    for name, text in files.documents.items():
        document = json.loads(text)
        if not document.get("account_id"):
            document["account_id"] = access.account.account_id
        documents[name] = document
    wanted = {document["account_id"] for document in documents.values()}
    accounts = [Account(each, access.credential, name) for each, name in _accounts_of(wanted, access)]
    texts = {name: json.dumps(document) for name, document in documents.items()}
    return FileConfiguration(accounts, texts, files.prices)


def _accounts_of(wanted: Collection[str], access: Access) -> list[tuple[str, str | None]]:
    """Return the accounts by ids and patterns, sorted; all of the token without a match."""
    patterns = [each for each in wanted if is_account_pattern(each)]
    ids: dict[str, str | None] = {each: None for each in wanted if each not in patterns}
    if patterns:
        listed = access.listed
        selected = [each for each in listed if matches(patterns, (each, listed[each]))]
        ids |= {each: listed[each] for each in (selected or listed) if each in listed}
        ids = {each: listed.get(each) or ids[each] for each in ids}
    return sorted(ids.items())
