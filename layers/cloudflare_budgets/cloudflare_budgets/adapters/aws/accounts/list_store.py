"""The lists of accounts of shared tokens in the alert table in AWS DynamoDB.

One item holds the list of a token. Of a long list, it names the items that hold it, which are written first:
a list is replaced as a whole or not at all.
"""

import json
import zlib
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws.table import (
    Item,
    Value,
    errors_translated,
    integer,
    primary_key,
    put_items,
    query,
    seconds,
    string,
)
from cloudflare_budgets.domain.budgets.account_list import AccountList, ListedAccount
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.errors import StateUnavailableError, StateUnreadableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A list is replaced every day while its token is used.
EXPIRES_AFTER = timedelta(days=30)
# With names of the greatest length, an item of this many accounts is smaller than DynamoDB's 400 KB.
PART = 400
FORMAT = 1

_PARTS = "pk = :pk AND begins_with(sk, :part)"
_Accounts = Mapping[str, ListedAccount]


class DynamoDbAccountLists:
    """Implements `AccountListStore`.

    Args:
        name: Name of the table.
        client: Returns the client for DynamoDB.
    """

    def __init__(self, name: str, client: "Callable[[], DynamoDBClient]") -> None:
        self._name = name
        self._client = client

    def load_list(self, parameter: str) -> AccountList | None:
        """Load the list of the token in a parameter, if there is one."""
        with errors_translated(self._name):
            key = primary_key(_partition(parameter), "LIST")
            item = self._client().get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            return None
        try:
            return _load(item, self._parts(parameter, item))
        except StateUnavailableError:
            raise
        except Exception as error:  # a damaged item can raise any exception
            fault = f"the list of accounts of {parameter} is not readable ({type(error).__name__})"
            raise StateUnreadableError(f"alert table {self._name}: {fault}; it is replaced") from error

    def save_list(self, parameter: str, accounts: AccountList) -> None:
        """Replace the list of the token in a parameter."""
        expiry = {"ttl": seconds(accounts.listed_at + EXPIRES_AFTER)}
        parts = list(_divided(accounts.accounts))
        names = [f"LIST#{utc_text(accounts.listed_at)}#{number:04}" for number in range(len(parts))]
        items = [
            primary_key(_partition(parameter), name) | expiry | {"accounts": _packed(_dump_accounts(part))}
            for name, part in zip(names, parts, strict=True)
        ]
        head = primary_key(_partition(parameter), "LIST") | expiry | {"list": _packed(_dump(accounts))}
        head |= {"parts": integer(len(parts)), "format": integer(FORMAT)}
        with errors_translated(self._name):
            for written in ([*items], [head]):
                if put_items(self._client(), self._name, written):
                    raise StateUnavailableError(f"alert table {self._name}: a list was not stored")

    def _parts(self, parameter: str, head: Item) -> list[Item]:
        if head["parts"]["N"] == "0":
            return []
        values = {
            ":pk": string(_partition(parameter)),
            ":part": string(f"LIST#{_unpacked(head['list'])['listed_at']}#"),
        }
        with errors_translated(self._name):
            return query(
                self._client(),
                self._name,
                KeyConditionExpression=_PARTS,
                ExpressionAttributeValues=values,
                ConsistentRead=True,
            )


def _partition(parameter: str) -> str:
    return f"TOKEN#{parameter}"


def _divided(accounts: _Accounts) -> Iterator[_Accounts]:
    entries = iter(accounts.items())
    while part := dict(islice(entries, PART)):
        yield part


def _dump(accounts: AccountList) -> Mapping[str, Any]:
    return {
        "version": accounts.version,
        "listed_at": utc_text(accounts.listed_at),
        "vanished": _dump_accounts(dict(islice(accounts.vanished.items(), PART))),
    }


def _dump_accounts(accounts: _Accounts) -> Mapping[str, Any]:
    return {
        account_id: [found.name, utc_text(found.since) if found.since else None]
        for account_id, found in accounts.items()
    }


def _load(head: Item, parts: list[Item]) -> AccountList:
    if head["format"]["N"] != str(FORMAT) or head["parts"]["N"] != str(len(parts)):
        raise ValueError("format")
    document = _unpacked(head["list"])
    accounts = {
        account_id: account
        for part in parts
        for account_id, account in _load_accounts(_unpacked(part["accounts"])).items()
    }
    vanished = _load_accounts(document["vanished"])
    return AccountList(document["version"], _instant(document["listed_at"]), accounts, vanished)


def _load_accounts(document: Mapping[str, Any]) -> _Accounts:
    return {
        account_id: ListedAccount(name, _instant(since) if since else None)
        for account_id, (name, since) in document.items()
    }


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _packed(document: Mapping[str, Any]) -> Value:
    return {"B": zlib.compress(json.dumps(document, separators=(",", ":")).encode())}


def _unpacked(value: Item) -> Mapping[str, Any]:
    found: Mapping[str, Any] = json.loads(zlib.decompress(value["B"]))
    return found
