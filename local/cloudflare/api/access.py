"""Who may see what: the refusals a caller meets before any data.

Texts and codes as seen on the real API: 7003 and 7000 for a malformed account id, 9106 without credentials,
6003 for malformed ones, 1000 and 9103 for unknown ones, 10000 for the wrong account.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING

from local.cloudflare.http import Reply, Request, failure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from local.cloudflare.accounts.account import Account, Credentials
    from local.cloudflare.http import Json


_ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")
_BEARER = re.compile(r"Bearer [A-Za-z0-9_-]{20,200}")
_KEY = re.compile(r"[0-9a-f]{37}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

INVALID_TOKEN: Json = {"code": 1000, "message": "Invalid API Token"}
AUTHENTICATION_ERROR: Json = {"code": 10000, "message": "Authentication error"}
NO_ROUTE: Json = {"code": 7000, "message": "No route for that URI"}
UNKNOWN_KEY: Json = {"code": 9103, "message": "Unknown X-Auth-Key or X-Auth-Email"}
NO_CREDENTIALS: Json = {"code": 9106, "message": "Missing X-Auth-Key, X-Auth-Email or Authorization headers"}


def could_not_route(path: str) -> Json:
    """Return the error that no account or endpoint has this path."""
    return {"code": 7003, "message": f"Could not route to {path}, perhaps your object identifier is invalid?"}


def admit(request: Request, account_id: str, accounts: Iterable[Account]) -> Account | Reply:
    """Find the account the caller may read, or the refusal."""
    if not _ACCOUNT_ID.fullmatch(account_id):
        return failure(HTTPStatus.BAD_REQUEST, could_not_route(request.path), NO_ROUTE)
    accounts = tuple(accounts)
    refusal = _refuse_credentials(request, [account.credentials for account in accounts])
    if refusal:
        return refusal
    for account in accounts:
        if account.id == account_id and _belong(request, account.credentials):
            return account
    return failure(HTTPStatus.FORBIDDEN, AUTHENTICATION_ERROR)


def admitted(request: Request, accounts: Iterable[Account]) -> list[Account] | Reply:
    """Find every account that the credential of a request may read, or the refusal."""
    accounts = tuple(accounts)
    refusal = _refuse_credentials(request, [account.credentials for account in accounts])
    return refusal or [account for account in accounts if _belong(request, account.credentials)]


def _refuse_credentials(request: Request, known: list[Credentials]) -> Reply | None:
    malformed = _malformed(request)
    if malformed:
        error: Json = {"code": 6003, "message": "Invalid request headers", "error_chain": malformed}
        return failure(HTTPStatus.BAD_REQUEST, error)
    if any(_belong(request, credentials) for credentials in known):
        return None
    if "authorization" in request.headers:
        return failure(HTTPStatus.UNAUTHORIZED, INVALID_TOKEN)
    if "x-auth-key" in request.headers and "x-auth-email" in request.headers:
        return failure(HTTPStatus.FORBIDDEN, UNKNOWN_KEY)
    return failure(HTTPStatus.BAD_REQUEST, NO_CREDENTIALS)


def _malformed(request: Request) -> list[Json]:
    formats = (
        ("Authorization", _BEARER, 6111),
        ("X-Auth-Email", _EMAIL, 6102),
        ("X-Auth-Key", _KEY, 6103),
    )
    return [
        {"code": code, "message": f"Invalid format for {name} header"}
        for name, pattern, code in formats
        if not pattern.fullmatch(request.headers.get(name.lower(), "")) and name.lower() in request.headers
    ]


def _belong(request: Request, credentials: Credentials) -> bool:
    headers = request.headers
    if "authorization" in headers:
        return headers["authorization"] == f"Bearer {credentials.token}"
    return (headers.get("x-auth-email"), headers.get("x-auth-key")) == (credentials.email, credentials.key)
