import random
import zlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.state_store import (
    EXPIRES_AFTER,
    DynamoDbStateStore,
    day_item,
    read_day_item,
)
from cloudflare_budgets.adapters.aws.table import BATCH_SIZE, SPARE_CALLS
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.state import AccountState
from cloudflare_budgets.domain.usage.history import HISTORY_DAYS, LINES_AT_MOST, DayRecord, Line, records_of
from cloudflare_budgets.domain.usage.usage import Series
from cloudflare_budgets.errors import StateUnavailableError
from tests.integration.aws.wire import answered, error, wire_of
from tests.support.builders import ACCOUNT_ID, AS_OF, OTHER_ACCOUNT_ID, charge, day, usage

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FIRST = day("2026-09-17")
DAY = timedelta(days=1)
ALL = Period(FIRST, FIRST + HISTORY_DAYS * DAY)

texts = st.none() | st.text(st.characters(codec="utf-8"), max_size=20)
lines = st.builds(
    Line,
    st.builds(Series, st.text(st.characters(codec="utf-8"), max_size=20), *[texts] * 8),
    st.sampled_from(["Requests", "GB-months", ""]),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**24), max_value=10**24),
)


def a_record(number: int, metrics: int = 3, quantity: str = "1234567.000000000000001") -> DayRecord:
    on = f"{FIRST + number * DAY:%Y-%m-%d}"
    rows = (charge(on, quantity, metric=f"metric_{metric}") for metric in range(metrics))
    (record,) = records_of(usage(*rows), AS_OF)
    return record


def month(metrics: int = 3) -> list[DayRecord]:
    return [a_record(number, metrics) for number in range(HISTORY_DAYS)]


@pytest.fixture
def table(table_name: str) -> DynamoDbStateStore:
    return DynamoDbStateStore(table_name, lambda: AS_OF, aws_clients.dynamodb)


def test_recorded_days_are_read_by_the_next_run(table: DynamoDbStateStore) -> None:
    assert table.load_days(ACCOUNT_ID, ALL) == []
    table.save_days(ACCOUNT_ID, month())
    with wire_of(aws_clients.dynamodb()) as wire:
        assert table.load_days(ACCOUNT_ID, ALL) == month()
    assert wire.sent == ["Query"]
    assert table.load_days(OTHER_ACCOUNT_ID, ALL) == []


def test_a_month_of_several_pages_is_read_whole(table: DynamoDbStateStore) -> None:
    table.save_days(ACCOUNT_ID, month())
    client: DynamoDBClient = aws_clients.dynamodb()

    def in_small_pages(params: dict[str, Any], **_: object) -> None:
        params["Limit"] = 10

    client.meta.events.register("provide-client-params.dynamodb.Query", in_small_pages)
    try:
        with wire_of(client) as wire:
            assert table.load_days(ACCOUNT_ID, ALL) == month()
    finally:
        client.meta.events.unregister("provide-client-params.dynamodb.Query", in_small_pages)
    assert wire.sent == ["Query"] * 7


def test_the_period_is_half_open(table: DynamoDbStateStore) -> None:
    table.save_days(ACCOUNT_ID, month())
    found = table.load_days(ACCOUNT_ID, Period(FIRST + DAY, FIRST + 3 * DAY))
    assert [record.day for record in found] == [FIRST + DAY, FIRST + 2 * DAY]


def test_a_restated_day_replaces_the_recorded_day(table: DynamoDbStateStore) -> None:
    table.save_days(ACCOUNT_ID, month())
    restated = a_record(7, quantity="8")
    table.save_days(ACCOUNT_ID, [restated])
    found = table.load_days(ACCOUNT_ID, ALL)
    assert (found[7], len(found)) == (restated, HISTORY_DAYS)


def test_days_and_states_do_not_mix(table_name: str) -> None:
    accounts = DynamoDbStateStore(table_name, lambda: AS_OF, aws_clients.dynamodb)
    accounts.save_days(ACCOUNT_ID, month())
    accounts.save_state(ACCOUNT_ID, AccountState(source="v2"))
    assert accounts.load_state(ACCOUNT_ID) == AccountState(source="v2")
    assert accounts.load_days(ACCOUNT_ID, ALL) == month()


def test_the_days_of_an_account_without_budgets_expire(table: DynamoDbStateStore, table_name: str) -> None:
    table.save_days(ACCOUNT_ID, [a_record(0)])
    (row,) = aws_clients.dynamodb().scan(TableName=table_name)["Items"]
    assert int(row["ttl"]["N"]) == int((AS_OF + EXPIRES_AFTER).timestamp())


def test_without_days_to_record_no_request_is_made(table: DynamoDbStateStore) -> None:
    with wire_of(aws_clients.dynamodb()) as wire:
        table.save_days(ACCOUNT_ID, [])
    assert wire.sent == []


def test_unprocessed_items_are_written_again(table: DynamoDbStateStore, table_name: str) -> None:
    client: DynamoDBClient = aws_clients.dynamodb()
    left = 3

    def take_some_only(parsed: dict[str, Any], **_: object) -> None:
        nonlocal left
        if left:
            left -= 1
            item = day_item(ACCOUNT_ID, a_record(0))
            parsed["UnprocessedItems"] = {table_name: [{"PutRequest": {"Item": item}}]}

    client.meta.events.register("after-call.dynamodb.BatchWriteItem", take_some_only)
    try:
        with wire_of(client) as wire:
            table.save_days(ACCOUNT_ID, month())
    finally:
        client.meta.events.unregister("after-call.dynamodb.BatchWriteItem", take_some_only)
    assert wire.sent == ["BatchWriteItem"] * 4
    assert table.load_days(ACCOUNT_ID, ALL) == month()


def test_items_that_stay_unprocessed_are_an_error(table: DynamoDbStateStore, table_name: str) -> None:
    left = {"UnprocessedItems": {table_name: [{"PutRequest": {"Item": {"pk": {"S": "x"}}}}]}}
    with (
        answered(aws_clients.dynamodb(), "BatchWriteItem", left) as calls,
        pytest.raises(StateUnavailableError, match="days were not stored"),
    ):
        table.save_days(ACCOUNT_ID, month())
    assert len(calls) == -(-HISTORY_DAYS // BATCH_SIZE) + SPARE_CALLS


def test_a_missing_table_is_named(table_name: str) -> None:
    missing = DynamoDbStateStore(table_name + "-gone", lambda: AS_OF, aws_clients.dynamodb)
    with pytest.raises(StateUnavailableError, match="-gone: ResourceNotFoundException"):
        missing.load_days(ACCOUNT_ID, ALL)
    with pytest.raises(StateUnavailableError, match="-gone: ResourceNotFoundException") as caught:
        missing.save_days(ACCOUNT_ID, [a_record(0)])
    assert isinstance(caught.value.__cause__, ClientError)


def test_throttling_is_named(table: DynamoDbStateStore, no_backoff: None) -> None:  # noqa: ARG001
    throttled = error("ProvisionedThroughputExceededException")
    with (
        answered(aws_clients.dynamodb(), "Query", throttled),
        pytest.raises(StateUnavailableError, match="alerts: ProvisionedThroughputExceededException"),
    ):
        table.load_days(ACCOUNT_ID, ALL)


@pytest.mark.parametrize(
    "content", [b"", b"no zlib", zlib.compress(b"{}"), zlib.compress(b'{"folded":false,"lines":[["x"]]}')]
)
def test_a_record_that_cannot_be_read_is_an_error_that_names_its_key(
    table: DynamoDbStateStore, table_name: str, content: bytes
) -> None:
    item = day_item(ACCOUNT_ID, a_record(0)) | {"lines": {"B": content}}
    aws_clients.dynamodb().put_item(TableName=table_name, Item=item)
    with pytest.raises(StateUnavailableError, match=f"ACCT#{ACCOUNT_ID} DAY#2026-09-17 is not readable"):
        table.load_days(ACCOUNT_ID, ALL)


@given(st.lists(lines, max_size=5), st.booleans(), st.sampled_from(["v1", "v2"]))
def test_every_record_is_read_back_as_it_was_written(
    found: list[Line],
    folded: bool,  # noqa: FBT001 - it is drawn
    source: str,
) -> None:
    record = DayRecord(FIRST, source, tuple(found), folded)
    assert read_day_item(day_item(ACCOUNT_ID, record)) == record


def test_the_fullest_day_uses_a_quarter_of_what_an_item_may_hold() -> None:
    chance = random.Random(1)
    rows = [
        charge(
            quantity=f"{chance.random() * 10**9:.6f}",
            metric=f"metric_{number % 60}",
            x_zone_id=f"{chance.getrandbits(128):032x}",
            x_zone_name=f"zone-{chance.getrandbits(40)}.example.com",
            sub_account_id=f"{chance.getrandbits(128):032x}",
        )
        for number in range(LINES_AT_MOST)
    ]
    (record,) = records_of(usage(*rows), AS_OF)
    assert len(day_item(ACCOUNT_ID, record)["lines"]["B"]) < 100_000
