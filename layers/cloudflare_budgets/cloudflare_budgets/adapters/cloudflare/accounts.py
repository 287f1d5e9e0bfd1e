"""Lists the accounts of a credential: GET /accounts, page by page.

Pages have 5 to 50 accounts. An account-owned token is refused: only the token of a user lists accounts.
https://developers.cloudflare.com/api/resources/accounts/methods/list/
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.refusals import check_success
from cloudflare_budgets.adapters.cloudflare.values import shown
from cloudflare_budgets.domain.budgets.account import Credential, is_account_id
from cloudflare_budgets.domain.primitives.json_input import loads
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.errors import (
    AccessDeniedError,
    UsageRefusedError,
    UsageUnavailableError,
    UsageUnreadableError,
)

PER_PAGE = 50
MAX_PAGES = 400
MAX_NAME = 100
_NEEDED = (
    "accounts are listed only for the token of a user (not for an account-owned token) with the permission "
    "Account > Account Settings > Read; for another token, write account ids instead of patterns"
)


@dataclass(frozen=True, slots=True)
class _Page:
    """The accounts of a page, its number of entries, and the number of accounts if stated."""

    accounts: Mapping[str, str]
    count: int
    total: int | None


class CloudflareAccountLister:
    """Implements `AccountLister`; `make_api` is called for the first list."""

    def __init__(self, make_api: Callable[[], CloudflareApi]) -> None:
        self._api = cache(make_api)

    def list_accounts(self, credential: Credential) -> Mapping[str, str]:
        """Return the name of every account by its id.

        The list ends with the first page that is not full, so that a wrong total cannot cut it.

        Raises:
            UsageUnavailableError: A retry may succeed, or accounts are missing in the pages.
            NonRetryableError: A person has to act.
        """
        found: dict[str, str] = {}
        for number in range(1, MAX_PAGES + 1):
            query = {"page": str(number), "per_page": str(PER_PAGE)}
            page = self._page(credential, query)
            is_new = not page.accounts.keys() <= found.keys()
            found |= page.accounts
            if page.count < PER_PAGE or (page.total is not None and len(found) >= page.total):
                return _whole(found, page)
            if not is_new:
                raise UsageUnavailableError(f"Cloudflare lists the accounts of page {number} twice")
        raise UsageUnreadableError(f"Cloudflare lists more than {MAX_PAGES * PER_PAGE} accounts")

    def _page(self, credential: Credential, query: Mapping[str, str]) -> _Page:
        try:
            api = self._api()
            return api.get(credential, "/accounts", query, _read_page, api.deadline())
        except (AccessDeniedError, UsageRefusedError) as error:
            said = str(error).partition("): ")[0]
            raise type(error)(f"{said}{')' if '(' in said else ''}: {_NEEDED}") from None


def _whole(found: Mapping[str, str], last: _Page) -> Mapping[str, str]:
    if last.total is not None and len(found) < last.total:
        raise UsageUnavailableError(f"Cloudflare lists {len(found)} of {last.total} accounts")
    return found


def _read_page(pieces: Iterator[bytes]) -> _Page:
    try:
        document = loads(b"".join(pieces).decode())
    except (ValueError, RecursionError):
        raise UsageUnavailableError("Cloudflare's list of accounts is not valid JSON") from None
    if not isinstance(document, dict):
        raise UsageUnreadableError(
            f"Cloudflare's list of accounts is {shown(document)}, but must be an object"
        )
    check_success(document.get("success"), document.get("errors"))
    entries = document.get("result")
    if not isinstance(entries, list):
        raise UsageUnreadableError(f"`result` of Cloudflare's list of accounts is {shown(entries)}")
    info = document.get("result_info")
    total = info.get("total_count") if isinstance(info, dict) else None
    return _Page(dict(map(_read_account, entries)), len(entries), total if type(total) is int else None)


def _read_account(entry: object) -> tuple[str, str]:
    account_id = entry.get("id") if isinstance(entry, dict) else None
    if not isinstance(account_id, str) or not is_account_id(account_id):
        raise UsageUnreadableError(f"`id` of an account that Cloudflare lists is {shown(account_id)}")
    name = entry.get("name") if isinstance(entry, dict) else None
    return account_id, sanitize(name, MAX_NAME) if isinstance(name, str) else ""
