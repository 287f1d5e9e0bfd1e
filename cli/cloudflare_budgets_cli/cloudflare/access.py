"""The account and the credential in the environment, and the API that reads with them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

from cloudflare_budgets.adapters.cloudflare import sources
from cloudflare_budgets.adapters.cloudflare.accounts import CloudflareAccountLister
from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi, checked_base_url
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.cloudflare.usage.auto import ThreadLocalUsageSource
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret, is_account_id
from cloudflare_budgets.ports import FreshUsageSource, UsageSource
from cloudflare_budgets_cli.cloudflare import demo
from cloudflare_budgets_cli.settings import Settings, UsageError

API_URL = "https://api.cloudflare.com/client/v4"
_TOKEN, _ACCOUNT, _URL = "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_URL"
_LISTED = 20


@dataclass(frozen=True)  # no slots: `account` is found when a command needs it
class Access:
    """A credential and its API; `account_id` is empty if the environment names none."""

    credential: ApiToken
    url: str
    account_id: str = ""

    @cached_property
    def account(self) -> Account:
        """The account that the environment names, or the only one of the token.

        Raises:
            UsageError: the token reads several accounts.
            CloudflareBudgetsError: Cloudflare does not list the accounts of the token.
        """
        return Account(self.account_id or _only_account(self.listed), self.credential)

    @cached_property
    def listed(self) -> Mapping[str, str]:
        """The names of the accounts of the token by id.

        Raises:
            CloudflareBudgetsError: Cloudflare does not list the accounts of the token.
        """
        return CloudflareAccountLister(lambda: CloudflareApi(self.url)).list_accounts(self.credential)

    @cached_property
    def usage(self) -> UsageSource:
        """The usage API, in the version that serves an account."""
        return usage_source(self.url)

    @cached_property
    def fresh(self) -> FreshUsageSource:
        """Usage that is not billed yet."""
        from cloudflare_budgets.adapters.cloudflare.analytics.source import thread_local_source

        return thread_local_source(self.url)


@contextmanager
def cloudflare(settings: Settings, environment: Mapping[str, str] = os.environ) -> Iterator[Access]:
    """Yield the access in the environment; with `--demo`, that of the local Cloudflare.

    Raises:
        UsageError: the environment names no token, or something that is not an account id or a URL.
    """
    if settings.is_demo:
        with demo.cloudflare(settings.as_of) as environment_of_demo:
            yield _access(environment_of_demo)
        return
    yield _access(environment)


def _access(environment: Mapping[str, str]) -> Access:
    token = environment.get(_TOKEN, "").strip()
    if not token:
        raise UsageError(
            f"{_TOKEN} is not set: create a token with the permission Billing Read, or Account Analytics "
            "Read, and export it; or try an example: cloudflare-budgets --demo usage"
        )
    account_id = environment.get(_ACCOUNT, "").strip()
    if account_id and not is_account_id(account_id):
        raise UsageError(f"{_ACCOUNT}: expected 32 hex digits in lower case, as in the dashboard's address")
    return Access(ApiToken(Secret(token)), _checked(environment.get(_URL)), account_id)


def usage_source(url: str | None, pacer: Pacer | None = None) -> UsageSource:
    """Return the usage API at a base URL, in the version that serves an account.

    A pacer keeps several sources that share it below the limit of requests of each token.

    Raises:
        UsageError: a credential must not be sent to the URL.
    """
    base_url = _checked(url)
    return ThreadLocalUsageSource(lambda: sources.usage_source("auto", CloudflareApi(base_url, pacer=pacer)))


def cloudflare_api(url: str | None) -> CloudflareApi:
    """Return the API at a base URL.

    Raises:
        UsageError: a credential must not be sent to the URL.
    """
    return CloudflareApi(_checked(url))


def _checked(url: str | None) -> str:
    try:
        return checked_base_url(url or API_URL)
    except ValueError as error:
        raise UsageError(f"{_URL}: {error}") from None


def _only_account(found: Mapping[str, str]) -> str:
    """Return the id of the only account that a token may read."""
    if len(found) == 1:
        return next(iter(found))
    if not found:
        raise UsageError(f"the token lists no account: set {_ACCOUNT}")
    listed = ", ".join(f"{account_id} ({name})" for account_id, name in list(found.items())[:_LISTED])
    raise UsageError(f"the token reads {len(found)} accounts, set {_ACCOUNT} to one of them: {listed}")
