"""Whether a token is active and when it expires, for tokens of users and of accounts."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from local.cloudflare.api.access import INVALID_TOKEN
from local.cloudflare.http import Reply, failure, render, success

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from local.cloudflare.accounts.account import Account
    from local.cloudflare.http import Json, Request


def verify_of_account(_request: Request, account: Account, _now: datetime) -> Reply:
    """Answer for a token that belongs to the account; a token of a user is unknown here."""
    if not account.credentials.is_of_account:
        return failure(HTTPStatus.UNAUTHORIZED, INVALID_TOKEN)
    return _verified(account)


def verify_of_user(accounts: Iterable[Account]) -> Reply:
    """Answer for a token of a user, which reads these accounts."""
    for account in accounts:
        if not account.credentials.is_of_account:
            return _verified(account)
    return failure(HTTPStatus.UNAUTHORIZED, INVALID_TOKEN)


def _verified(account: Account) -> Reply:
    expiry = account.credentials.expires_on
    expires: dict[str, Json] = {"expires_on": f"{expiry:%Y-%m-%dT%H:%M:%SZ}"} if expiry else {}
    result: Json = {"id": account.id, "status": "active", **expires}
    return success(render(result).encode())
