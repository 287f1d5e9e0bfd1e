"""Protocols: what a check needs to list the accounts of a shared token."""

from collections.abc import Mapping
from typing import Protocol

from cloudflare_budgets.domain.budgets.account import Credential
from cloudflare_budgets.domain.budgets.account_list import AccountList


class AccountLister(Protocol):
    """Lists the accounts of a credential."""

    def list_accounts(self, credential: Credential) -> Mapping[str, str]:
        """Return the name of every account by its id.

        Raises:
            UsageUnavailableError: A retry may succeed.
            NonRetryableError: A person has to act.
        """


class AccountListStore(Protocol):
    """Stores the list of accounts of each token; methods raise the errors of `AccountStateStore`."""

    def load_list(self, parameter: str) -> AccountList | None:
        """Load the list of the token in a parameter, if there is one."""

    def save_list(self, parameter: str, accounts: AccountList) -> None:
        """Replace the list of the token in a parameter."""
