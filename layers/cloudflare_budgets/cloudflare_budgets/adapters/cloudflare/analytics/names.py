"""Names of resources that analytics know by their id, where the token may list them."""

import json
from collections.abc import Iterator, Mapping

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi, account_path
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.errors import CloudflareBudgetsError

_MAX_BODY = 4 * 1024 * 1024
# The endpoint, and the fields of an entry that hold the id and the name.
_LISTS: Mapping[str, tuple[str, str, str]] = {
    "Durable Object namespace": ("workers/durable_objects/namespaces", "id", "name"),
    "D1 database": ("d1/database", "uuid", "name"),
    "KV namespace": ("storage/kv/namespaces", "id", "title"),
    "queue": ("queues", "queue_id", "queue_name"),
    "container application": ("containers/applications", "id", "name"),
}


class NameSource:
    """Looks names up once per account and kind; without the permission, ids have no names."""

    def __init__(self, api: CloudflareApi) -> None:
        self._api = api
        self._names: dict[tuple[str, str], Mapping[str, str]] = {}

    def name(self, account: Account, kind: str, found_id: str) -> str | None:
        """Return the name of a resource; `None` where it is not known, or the id is the name."""
        if kind not in _LISTS:
            return None
        key = account.account_id, kind
        if key not in self._names:
            self._names[key] = self._read(account, kind)
        return self._names[key].get(found_id)

    def _read(self, account: Account, kind: str) -> Mapping[str, str]:
        endpoint, id_field, name_field = _LISTS[kind]
        path = account_path(account.account_id, endpoint)

        def read(pieces: Iterator[bytes]) -> Mapping[str, str]:
            body = b""
            for piece in pieces:
                body += piece
                if len(body) > _MAX_BODY:
                    return {}
            entries = json.loads(body)["result"]
            return {str(each[id_field]): sanitize(str(each[name_field])) for each in entries}

        try:
            return self._api.get(account.credential, path, {"per_page": "1000"}, read, self._api.deadline())
        except (CloudflareBudgetsError, LookupError, TypeError, ValueError, RuntimeError):
            return {}
