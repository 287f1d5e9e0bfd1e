"""The lists of accounts in the table; the fake passes the same tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.accounts.list_store import PART, DynamoDbAccountLists
from cloudflare_budgets.configuration_ports import AccountListStore
from cloudflare_budgets.domain.budgets.account_list import AccountList, ListedAccount
from cloudflare_budgets.errors import StateUnavailableError, StateUnreadableError
from tests.integration.aws.wire import timeout, wire_of
from tests.support.builders import AS_OF
from tests.support.fakes import FakeAccountLists

TOKEN = "/cloudflare-budgets/tokens/agency"

names = st.one_of(st.none(), st.text(st.characters(codec="utf-8"), max_size=30))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)).map(  # noqa: DTZ001 - made aware
    lambda found: found.replace(microsecond=0, tzinfo=UTC)
)
listed = st.dictionaries(
    st.integers(0, 16**32 - 1).map(lambda number: f"{number:032x}"),
    st.builds(ListedAccount, names, st.one_of(st.none(), instants)),
    max_size=5,
)
lists = st.builds(AccountList, st.integers(0, 100), instants, listed, listed)


@pytest.fixture(params=["fake", "table"])
def store(request: pytest.FixtureRequest) -> AccountListStore:
    if request.param == "fake":
        return FakeAccountLists()
    return DynamoDbAccountLists(request.getfixturevalue("table_name"), aws_clients.dynamodb)


def many(count: int, listed_at: datetime = AS_OF) -> AccountList:
    accounts = {f"{number:032x}": ListedAccount(f"Prod-{number}") for number in range(count)}
    return AccountList(1, listed_at, accounts)


def test_before_the_first_list_there_is_none(store: AccountListStore) -> None:
    assert store.load_list(TOKEN) is None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)
@given(lists)
def test_a_list_is_loaded_as_it_was_saved(store: AccountListStore, found: AccountList) -> None:
    store.save_list(TOKEN, found)
    assert store.load_list(TOKEN) == found


@pytest.mark.parametrize("count", [0, 1, PART, PART + 1, 10_000])
def test_a_long_list_is_loaded_whole(store: AccountListStore, count: int) -> None:
    store.save_list(TOKEN, many(count))
    assert store.load_list(TOKEN) == many(count)


def test_a_later_list_replaces_the_earlier_one(store: AccountListStore) -> None:
    store.save_list(TOKEN, many(2 * PART))
    later = many(3, AS_OF + timedelta(days=1))
    store.save_list(TOKEN, later)
    assert store.load_list(TOKEN) == later


def test_each_token_has_a_list_of_its_own(store: AccountListStore) -> None:
    store.save_list(TOKEN, many(1))
    store.save_list(f"{TOKEN}-two", many(2))
    assert store.load_list(TOKEN) == many(1)


def test_an_interrupted_save_leaves_the_earlier_list(table_name: str, no_backoff: None) -> None:  # noqa: ARG001
    store = DynamoDbAccountLists(table_name, aws_clients.dynamodb)
    store.save_list(TOKEN, many(3))
    with wire_of(aws_clients.dynamodb()) as wire:
        wire.before["BatchWriteItem"] = [None, *[timeout()] * 3]
        with pytest.raises(StateUnavailableError):
            store.save_list(TOKEN, many(7, AS_OF + timedelta(days=1)))
    assert store.load_list(TOKEN) == many(3)


@pytest.mark.parametrize(
    "damage",
    [
        {"list": {"B": b"no zlib"}},
        {"format": {"N": "2"}},
        {"parts": {"N": "2"}},
    ],
)
def test_a_damaged_list_is_reported_as_unreadable(table_name: str, damage: dict[str, Any]) -> None:
    store = DynamoDbAccountLists(table_name, aws_clients.dynamodb)
    store.save_list(TOKEN, many(3))
    key = {"pk": {"S": f"TOKEN#{TOKEN}"}, "sk": {"S": "LIST"}}
    item = aws_clients.dynamodb().get_item(TableName=table_name, Key=key)["Item"]
    aws_clients.dynamodb().put_item(TableName=table_name, Item={**item, **damage})
    with pytest.raises(StateUnreadableError, match="list of accounts of /cloudflare-budgets/tokens/agency"):
        store.load_list(TOKEN)
