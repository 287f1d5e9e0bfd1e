"""Protocols: where a check reads its accounts and budgets from."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from cloudflare_budgets.domain.budgets.account import (
    Account,
    AccountReference,
    Credential,
    InvalidAccount,
    SharedToken,
    SharedTokenReference,
)
from cloudflare_budgets.domain.budgets.account_list import AccountList
from cloudflare_budgets.domain.budgets.budgets_object import ObjectBudgets


class ConfigurationSource(Protocol):
    """Accounts, budgets and price overrides; methods raise `RetryableError`."""

    def accounts(self) -> Sequence[Account | InvalidAccount]:
        """Read the credential of every account."""

    def references(self) -> Sequence[AccountReference | InvalidAccount]:
        """List every account without decrypting a credential."""

    def account(self, reference: AccountReference) -> Account | InvalidAccount:
        """Read the credential of one account."""

    def shared_tokens(self) -> Sequence[SharedTokenReference | InvalidAccount]:
        """List the tokens for many accounts without decrypting one, by the name of their parameter."""

    def shared_token(self, parameter: str) -> SharedToken | InvalidAccount:
        """Read a token for many accounts."""

    def budget_documents(self) -> Mapping[str, str]:
        """Read every budget document (JSON) by the name of the budget."""

    def object_budgets(self) -> ObjectBudgets:
        """Read the budgets in the object beside the parameters, if one is configured; never raises."""

    def price_document(self) -> str | None:
        """Read the document of price overrides (JSON); `None` without the parameter."""

    def mute_document(self) -> str | None:
        """Read the document of timed mutes (JSON); `None` without the parameter."""


class AccountLister(Protocol):
    """Lists the accounts of a credential."""

    def list_accounts(self, credential: Credential) -> Mapping[str, str]:
        """Return the name of every account by its id.

        Raises:
            UsageUnavailableError: A retry may succeed.
            NonRetryableError: A person has to act.
        """


class AccountListStore(Protocol):
    """Stores the accounts of each token; methods raise the errors of `AccountStateStore`."""

    def load_list(self, parameter: str) -> AccountList | None:
        """Load the list of the token in a parameter, if there is one."""

    def save_list(self, parameter: str, accounts: AccountList) -> None:
        """Replace the list of the token in a parameter."""
