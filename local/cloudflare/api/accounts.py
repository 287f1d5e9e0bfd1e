"""GET /accounts: the accounts that a credential may read, in pages.

Page and size as documented: pages count from 1, and have 20 accounts unless the request asks for 5 to 50.
https://developers.cloudflare.com/api/resources/accounts/methods/list/
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.cloudflare.api.access import admitted
from local.cloudflare.api.parameters import Invalid
from local.cloudflare.http import Reply, Request, render

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from local.cloudflare.accounts.account import Account
    from local.cloudflare.http import Json

PATH = "/accounts"
PER_PAGE, LEAST, MOST = 20, 5, 50


def list_accounts(request: Request, accounts: Iterable[Account]) -> Reply:
    """List one page of the accounts of a credential."""
    match admitted(request, accounts):
        case Reply() as refusal:
            return refusal
        case found:
            return _page(request.query, found)


def _page(query: Mapping[str, str], found: list[Account]) -> Reply:
    page = _whole(query.get("page", "1"))
    per_page = _whole(query.get("per_page", str(PER_PAGE)))
    if page is None or per_page is None or page < 1 or not LEAST <= per_page <= MOST:
        return Invalid(f"page counts from 1, per_page is {LEAST} to {MOST}").refusal()
    found = [one for one in found if query.get("name", one.name) == one.name]
    shown = found[(page - 1) * per_page : page * per_page]
    document: Json = {
        "success": True,
        "errors": [],
        "messages": [],
        "result": [{"id": one.id, "name": one.name, "type": "standard"} for one in shown],
        "result_info": {
            "page": page,
            "per_page": per_page,
            "count": len(shown),
            "total_count": len(found),
            "total_pages": -(-len(found) // per_page),
        },
    }
    return Reply(200, render(document).encode())


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() else None
