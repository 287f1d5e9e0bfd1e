"""The account and the credential that the environment names, and the API that is read with them."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.usage.auto import AutoUsageSource, ThreadLocalUsageSource
from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret, is_account_id
from cloudflare_budgets.ports import UsageSource
from cloudflare_budgets_cli.cloudflare import demo
from cloudflare_budgets_cli.settings import Settings, UsageError

API_URL = "https://api.cloudflare.com/client/v4"
_TOKEN, _ACCOUNT, _URL = "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_URL"
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Access:
    """An account, and the usage source that reads it."""

    account: Account
    usage: UsageSource


@contextmanager
def cloudflare(settings: Settings, environment: Mapping[str, str] = os.environ) -> Iterator[Access]:
    """Yield the account of the environment; with `--demo`, one of the local Cloudflare.

    Raises:
        UsageError: the environment names no token, no account, or several accounts.
        CloudflareBudgetsError: Cloudflare does not list the accounts of the token.
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
    url = environment.get(_URL) or API_URL
    try:
        api = CloudflareApi(url)
    except ValueError as error:
        raise UsageError(f"{_URL}: {error}") from None
    credential = ApiToken(Secret(token))
    account_id = environment.get(_ACCOUNT, "").strip() or _only_account(api, credential)
    if not is_account_id(account_id):
        raise UsageError(f"{_ACCOUNT}: expected 32 hex digits in lower case, as in the dashboard's address")
    return Access(Account(account_id, credential), ThreadLocalUsageSource(lambda: _source(url)))


def _source(url: str) -> UsageSource:
    api = CloudflareApi(url)
    return AutoUsageSource(CloudflareUsageV2(api), CloudflareUsageV1(api))


def _only_account(api: CloudflareApi, credential: ApiToken) -> str:
    """Return the id of the only account that a token may read."""
    found = api.get(credential, "/accounts", {"per_page": "50"}, _parse_accounts, api.deadline())
    if len(found) == 1:
        return next(iter(found))
    if not found:
        raise UsageError(f"the token lists no account: set {_ACCOUNT}")
    listed = ", ".join(f"{account_id} ({name})" for account_id, name in list(found.items())[:_LISTED])
    raise UsageError(f"the token reads {len(found)} accounts, set {_ACCOUNT} to one of them: {listed}")


def _parse_accounts(pieces: Iterator[bytes]) -> dict[str, str]:
    try:
        document = json.loads(b"".join(pieces))
        return {str(each["id"]): str(each.get("name", "")) for each in document["result"]}
    except (LookupError, TypeError, ValueError, AttributeError):
        return {}
