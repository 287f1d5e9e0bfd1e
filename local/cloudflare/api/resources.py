"""REST lists of resources, with the names of resources that analytics identify by id."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from local.cloudflare.api.access import AUTHENTICATION_ERROR
from local.cloudflare.http import Reply, Request, failure, render

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from local.cloudflare.accounts.account import Account
    from local.cloudflare.http import Json

LISTS: Mapping[str, Mapping[str, str]] = {
    "workers/durable_objects/namespaces": {
        "5f2c90d1a7e84b3c9d0e1f2a3b4c5d6e": "shop-api_Cart",
        "9a01bc23de45f67890a1b2c3d4e5f607": "chat_Room",
    },
    "d1/database": {
        "0d9c2f4e-1111-4222-8333-444455556666": "shop-prod",
        "7b6a5948-7777-4888-9999-aaaabbbbcccc": "shop-staging",
    },
    "storage/kv/namespaces": {
        "5f2c90d1a7e84b3c9d0e1f2a3b4c5d6e": "sessions",
        "9a01bc23de45f67890a1b2c3d4e5f607": "flags",
    },
    "queues": {"6c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f": "orders"},
    "containers/applications": {"a1b2c3d4-0000-4000-8000-0123456789ab": "render"},
}
_FIELDS = {
    "d1/database": ("uuid", "name"),
    "storage/kv/namespaces": ("id", "title"),
    "queues": ("queue_id", "queue_name"),
}


def list_resources(request: Request, account: Account, _now: datetime) -> Reply:
    """List resources with their names, where the token may."""
    if not account.analytics.names_permitted:
        return failure(HTTPStatus.FORBIDDEN, AUTHENTICATION_ERROR)
    path = request.path.rpartition(f"{account.id}/")[2]
    id_field, name_field = _FIELDS.get(path, ("id", "name"))
    entries = [{id_field: found_id, name_field: name} for found_id, name in LISTS[path].items()]
    document: Json = {"success": True, "errors": [], "messages": [], "result": entries}
    return Reply(HTTPStatus.OK, render(document).encode())
