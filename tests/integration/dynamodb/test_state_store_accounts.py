import zlib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.state_store import EXPIRES_AFTER, DynamoDbStateStore
from cloudflare_budgets.adapters.state_codec import dump_account_state
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.open_alert import Arming, OpenAlert
from cloudflare_budgets.domain.data_quality.snapshot import UsageSnapshot
from cloudflare_budgets.domain.run.state import AccountState
from cloudflare_budgets.domain.usage.history import HistoryIndex
from cloudflare_budgets.errors import StateUnavailableError
from tests.support.builders import ACCOUNT_ID, AS_OF, OTHER_ACCOUNT_ID, day
from tests.support.outgoing import open_problems

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LEARNED = AccountState(
    UsageSnapshot(
        "v2",
        day("2026-11-01"),
        day("2026-11-18"),
        {"workers_standard_requests": Decimal("12345678.000000001")},
        before=UsageSnapshot("v2", day("2026-10-01"), day("2026-10-29"), {"r2_class_a": Decimal(7)}),
    ),
    "v1",
    AS_OF,
    HistoryIndex(
        "v1",
        day("2026-10-18"),
        day("2026-11-21"),
        {day("2026-11-20"): "a1b2c3", day("2026-11-19"): ""},
        AS_OF,
    ),
    {
        "budget workers - 2026-11-01T00:00:00Z": OpenAlert(
            AlertKey("ACCT#a#-#2026-11-01T00:00:00Z", "ALERT#workers#BilledCost:50:USD:month#80%"),
            "workers",
            None,
            "50 USD",
            Decimal("40.000000001"),
            day("2026-12-01"),
            is_over=True,
            arming=Arming(2, ((Decimal("12.5"), 0), (Decimal(25), 1))),
        ),
        "problem access_denied Ünïcode": OpenAlert(AlertKey("p", "s"), "Ünïcode", "access_denied"),
        "problem price_unknown a": OpenAlert(
            AlertKey("p", "s"),
            "a",
            "price_unknown",
            period_end=day("2026-12-01"),
            account_id="a",
            since=day("2026-11-01"),
            told=day("2026-11-03"),
            names=("r2_class_a: Ünïcode",),
            budgets=("spend", "workers"),
        ),
    },
)


@pytest.fixture
def table(table_name: str) -> DynamoDbStateStore:
    return DynamoDbStateStore(table_name, lambda: AS_OF, aws_clients.dynamodb)


def test_the_state_of_an_account_is_read_by_the_next_run(table: DynamoDbStateStore) -> None:
    assert table.load_state(ACCOUNT_ID) == AccountState()
    table.save_state(ACCOUNT_ID, LEARNED)
    assert table.load_state(ACCOUNT_ID) == LEARNED
    assert table.load_state(OTHER_ACCOUNT_ID) == AccountState()


def test_the_start_of_a_refusal_is_read_by_the_next_run(table: DynamoDbStateStore) -> None:
    refused = replace(LEARNED, refused_since=AS_OF, refusals={"v1_costs": AS_OF, "v2_costs": None})
    table.save_state(ACCOUNT_ID, refused)
    assert table.load_state(ACCOUNT_ID) == refused


def test_a_later_state_replaces_the_earlier_one(table: DynamoDbStateStore) -> None:
    table.save_state(ACCOUNT_ID, LEARNED)
    table.save_state(ACCOUNT_ID, AccountState(source="v2", source_since=AS_OF + timedelta(days=1)))
    assert table.load_state(ACCOUNT_ID).source == "v2"


def test_the_state_of_an_account_without_budgets_expires(table: DynamoDbStateStore, table_name: str) -> None:
    table.save_state(ACCOUNT_ID, LEARNED)
    row = aws_clients.dynamodb().scan(TableName=table_name)["Items"][0]
    assert int(row["ttl"]["N"]) == int((AS_OF + EXPIRES_AFTER).timestamp())


def test_a_state_without_history_of_an_earlier_version_is_read(
    table: DynamoDbStateStore, table_name: str
) -> None:
    client: DynamoDBClient = aws_clients.dynamodb()
    key = {"pk": {"S": f"ACCT#{ACCOUNT_ID}"}, "sk": {"S": "NOTES"}}
    older = '{"source":"v2","source_since":null,"trace":null}'
    client.put_item(TableName=table_name, Item=key | {"notes": {"S": older}})
    assert table.load_state(ACCOUNT_ID) == AccountState(source="v2")


def test_unreadable_open_alerts_are_an_error(table: DynamoDbStateStore, table_name: str) -> None:
    client: DynamoDBClient = aws_clients.dynamodb()
    key = {"pk": {"S": f"ACCT#{ACCOUNT_ID}"}, "sk": {"S": "NOTES"}}
    strange = '{"source":"v2","source_since":null,"trace":null,"open":{"budget workers":{"pk":"p"}}}'
    client.put_item(TableName=table_name, Item=key | {"notes": {"S": strange}})
    with pytest.raises(StateUnavailableError, match="KeyError"):
        table.load_state(ACCOUNT_ID)


def test_a_missing_table_is_named(table_name: str) -> None:
    missing = DynamoDbStateStore(table_name + "-gone", lambda: AS_OF, aws_clients.dynamodb)
    with pytest.raises(StateUnavailableError, match="-gone: ResourceNotFoundException"):
        missing.load_state(ACCOUNT_ID)
    with pytest.raises(StateUnavailableError, match="-gone: ResourceNotFoundException"):
        missing.save_state(ACCOUNT_ID, LEARNED)


def test_an_unreadable_state_is_an_error_and_not_an_empty_state(
    table: DynamoDbStateStore, table_name: str
) -> None:
    client: DynamoDBClient = aws_clients.dynamodb()
    key = {"pk": {"S": f"ACCT#{ACCOUNT_ID}"}, "sk": {"S": "NOTES"}}
    client.put_item(TableName=table_name, Item=key | {"notes": {"S": "{}"}})
    with pytest.raises(StateUnavailableError, match="KeyError"):
        table.load_state(ACCOUNT_ID)


def test_a_plain_text_state_of_an_earlier_version_is_read(table: DynamoDbStateStore, table_name: str) -> None:
    client: DynamoDBClient = aws_clients.dynamodb()
    older = zlib.decompress(dump_account_state(LEARNED)).decode()
    key = {"pk": {"S": f"ACCT#{ACCOUNT_ID}"}, "sk": {"S": "NOTES"}}
    client.put_item(TableName=table_name, Item=key | {"notes": {"S": older}})
    assert table.load_state(ACCOUNT_ID) == LEARNED


def test_open_alerts_with_fewer_fields_of_an_earlier_version_are_read(
    table: DynamoDbStateStore, table_name: str
) -> None:
    client: DynamoDBClient = aws_clients.dynamodb()
    key = {"pk": {"S": f"ACCT#{ACCOUNT_ID}"}, "sk": {"S": "NOTES"}}
    alert = (
        '{"pk":"p","sk":"s","subject":"a","problem":"price_unknown","limit":null,"threshold":null,'
        '"period_end":null,"is_over":false}'
    )
    older = f'{{"source":"v2","source_since":null,"trace":null,"open":{{"problem price_unknown a":{alert}}}}}'
    client.put_item(TableName=table_name, Item=key | {"notes": {"S": older}})
    assert table.load_state(ACCOUNT_ID).open_alerts == {
        "problem price_unknown a": OpenAlert(AlertKey("p", "s"), "a", "price_unknown")
    }


def test_as_many_open_alerts_as_there_may_be_fit_into_a_row(table: DynamoDbStateStore) -> None:
    crossing = next(iter(LEARNED.open_alerts.values()))
    many = {
        f"budget budget-{count:04} - 2026-11-01T00:00:00Z": replace(
            crossing,
            key=AlertKey(crossing.key.partition, f"ALERT#budget-{count:04}#BilledCost:50:USD:month#80%"),
            subject=f"budget-{count:04}",
        )
        for count in range(8000)
    }
    full = replace(LEARNED, open_alerts=many)
    assert len(dump_account_state(full)) < 400 * 1024
    table.save_state(ACCOUNT_ID, full)
    assert table.load_state(ACCOUNT_ID) == full


def test_beyond_the_limit_only_the_oldest_open_alerts_are_dropped(table: DynamoDbStateStore) -> None:
    problems = open_problems(f"budget-{8003 - count:04}" for count in range(8003))
    table.save_state(ACCOUNT_ID, replace(LEARNED, open_alerts=problems))
    recalled = table.load_state(ACCOUNT_ID)
    assert list(recalled.open_alerts) == list(problems)[3:]
    assert replace(recalled, open_alerts={}) == replace(LEARNED, open_alerts={})
