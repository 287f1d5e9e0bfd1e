"""Which endpoint answers which request. A new endpoint is one more line in `ROUTES`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeAlias

from local.cloudflare.api import v1, v2
from local.cloudflare.api import v2_costs as v2_post
from local.cloudflare.api.access import admit, admitted, could_not_route
from local.cloudflare.api.accounts import PATH, list_accounts
from local.cloudflare.api.resources import LISTS, list_resources
from local.cloudflare.api.tokens import verify_of_account, verify_of_user
from local.cloudflare.http import Reply, Request, Target, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from local.cloudflare.accounts.account import Account


Endpoint: TypeAlias = "Callable[[Request, Account, datetime], Reply]"

BASE_PATH = "/client/v4"


@dataclass(frozen=True, slots=True)
class Route:
    """A method and a path below `/accounts/{account_id}`, and what answers them."""

    method: str
    path: str
    endpoint: Endpoint


ROUTES = (
    Route("GET", "billable-usage", v1.get_usage),
    Route("GET", "billable-usage/info", v1.get_info),
    Route("GET", "billable/usage", v2.get_usage),
    Route("POST", "billable/usage", v2_post.post_usage),
    Route("GET", "tokens/verify", verify_of_account),
    *(Route("GET", path, list_resources) for path in LISTS),
)

_ACCOUNT_PATH = re.compile(rf"{BASE_PATH}/accounts/(?P<account_id>[^/]+)/(?P<path>.+)")


def answer(request: Request, accounts: Iterable[Account], now: datetime) -> Reply:
    """Answer one request as it stands at `now`."""
    if (request.method, request.path) == ("POST", f"{BASE_PATH}/graphql"):
        from local.cloudflare.graphql.endpoint import answer as analytics  # noqa: PLC0415 - graphql-core loads slowly

        return analytics(request, accounts, now)
    if (request.method, request.path) == ("GET", f"{BASE_PATH}{PATH}"):
        return list_accounts(request, accounts)
    if (request.method, request.path) == ("GET", f"{BASE_PATH}/user/tokens/verify"):
        return _verify_of_user(request, accounts)
    found = _ACCOUNT_PATH.fullmatch(request.path)
    endpoint = found and _endpoint(request.method, found["path"])
    if not found or not endpoint:
        return failure(HTTPStatus.NOT_FOUND, could_not_route(request.path))
    match admit(request, found["account_id"], accounts):
        case Reply() as refusal:
            return refusal
        case account:
            return endpoint(request, account, now)


def _verify_of_user(request: Request, accounts: Iterable[Account]) -> Reply:
    match admitted(request, accounts):
        case Reply() as refusal:
            return refusal
        case found:
            return verify_of_user(found)


def target_of(request: Request) -> Target:
    """Return the account and endpoint of a request."""
    found = _ACCOUNT_PATH.fullmatch(request.path)
    if not found:
        return Target(request.method, None, None)
    return Target(request.method, found["account_id"], found["path"])


def _endpoint(method: str, path: str) -> Endpoint | None:
    for route in ROUTES:
        if (route.method, route.path) == (method, path):
            return route.endpoint
    return None
