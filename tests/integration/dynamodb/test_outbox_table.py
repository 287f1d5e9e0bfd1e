"""The alert table alone: its rows, its calls and its errors."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.alert_table.alert_items import row_key
from cloudflare_budgets.adapters.aws.alert_table.outbox import DynamoDbOutbox
from cloudflare_budgets.domain.alerts.alert import ClaimState
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.errors import StateUnavailableError
from tests.integration.aws.wire import answered, error, wire_of
from tests.support.fakes import LEASE
from tests.support.outgoing import EXPIRES, NOW, SECOND, key, open_problems, outgoing

LEASE_OVER = NOW + LEASE + SECOND


@pytest.fixture
def table(table_name: str) -> DynamoDbOutbox:
    return DynamoDbOutbox(table_name, LEASE, aws_clients.dynamodb)


def row(alert_key: AlertKey) -> Mapping[str, Any]:
    answer = aws_clients.dynamodb().get_item(
        TableName="alerts", Key={"pk": {"S": alert_key.partition}, "sk": {"S": alert_key.sort}}
    )
    return answer.get("Item", {})


def test_a_claimed_row_has_every_field_that_a_later_run_needs(table: DynamoDbOutbox) -> None:
    table.claim(outgoing(80, 50), "run-1", NOW)
    alert = outgoing(80, 50)
    assert row(key(80)) == {
        "pk": {"S": alert.key.partition},
        "sk": {"S": alert.key.sort},
        "state": {"S": "CLAIMED"},
        "owner": {"S": "run-1"},
        "lease_until": {"N": str(int((NOW + LEASE).timestamp()))},
        "owed": {"S": "1"},
        "attempts": {"N": "1"},
        "first_claimed": {"N": str(int(NOW.timestamp()))},
        "alert_id": {"S": alert.key.alert_id},
        "subject": {"S": alert.subject},
        "body": {"S": alert.body},
        "document": {"S": alert.document},
        "attributes": {
            "S": '{"type": "threshold_crossed", "severity": "warning", "budget": "workers", "account_id": ""}'
        },
        "lower": {"L": [{"S": key(50).sort}]},
        "others": {"L": []},
        "opens": {"S": ""},
        "ttl": {"N": str(int(EXPIRES.timestamp()))},
    }


def test_what_an_alert_opens_and_settles_elsewhere_is_read_back(table: DynamoDbOutbox) -> None:
    spike = AlertKey("ACCT#023e105f4ecef8ad9ca31a8372d0c353#-#2026-11-21T00:00:00Z", "SPIKE#kv")
    alert = replace(outgoing(80, 50), alongside=(spike,), opens=open_problems(["a"]))
    table.claim(alert, "run-1", NOW)
    (found,) = table.pending(LEASE_OVER)
    assert found == replace(alert, lower=(key(50), spike), alongside=())
    table.confirm(found, "message-1", LEASE_OVER)
    assert table.is_settled(spike)
    assert row(key(80))["lower"] == {"L": [{"S": key(50).sort}]}


def test_a_second_claim_preserves_the_time_of_the_first(table: DynamoDbOutbox) -> None:
    table.claim(outgoing(), "run-1", NOW)
    table.claim(outgoing(), "run-2", LEASE_OVER)
    assert row(key(80))["first_claimed"] == {"N": str(int(NOW.timestamp()))}
    assert row(key(80))["owner"] == {"S": "run-2"}


@pytest.mark.parametrize("lower", [(), (50,)])
def test_a_confirmed_row_leaves_the_index_and_preserves_its_fields(
    table: DynamoDbOutbox, lower: tuple[int, ...]
) -> None:
    table.claim(outgoing(80, *lower), "run-1", NOW)
    table.confirm(outgoing(80, *lower), "message-1", NOW + SECOND)
    found = row(key(80))
    assert "owed" not in found
    assert found["state"] == {"S": "SENT"}
    assert found["message_id"] == {"S": "message-1"}
    assert found["sent_at"] == {"N": str(int((NOW + SECOND).timestamp()))}
    assert found["subject"] == {"S": outgoing().subject}


def test_a_superseded_row_outlives_its_period_like_the_alert_that_mentions_it(table: DynamoDbOutbox) -> None:
    table.confirm(outgoing(80, 50), "message-1", NOW)
    found = row(key(50))
    assert found["state"] == {"S": "SUPERSEDED"}
    assert found["ttl"] == row(key(80))["ttl"] == {"N": str(int(EXPIRES.timestamp()))}


def test_a_row_that_should_have_expired_still_counts(table: DynamoDbOutbox) -> None:
    table.confirm(outgoing(), "message-1", NOW)
    assert table.claim(outgoing(), "run-2", EXPIRES + timedelta(days=2)).state is ClaimState.SETTLED


def test_one_call_confirms_an_alert_and_one_transaction_when_it_mentions_others(
    table: DynamoDbOutbox,
) -> None:
    with wire_of(aws_clients.dynamodb()) as wire:
        table.confirm(outgoing(50), "message-1", NOW)
        table.confirm(outgoing(100, 50, 80), "message-2", NOW)
    assert wire.sent == ["UpdateItem", "TransactWriteItems"]


def test_nothing_is_written_when_no_lower_one_is_left_to_settle(table: DynamoDbOutbox) -> None:
    table.confirm(outgoing(100, 50, 80), "message-1", NOW)
    with wire_of(aws_clients.dynamodb()) as wire:
        table.settle_lower(table.claim(outgoing(100, 50, 80), "run-2", NOW).alert)
    assert wire.sent == ["UpdateItem"]  # the claim, which is refused


def test_owed_alerts_are_read_consistently(table: DynamoDbOutbox) -> None:
    with answered(aws_clients.dynamodb(), "GetItem", {}) as calls:
        assert not table.is_settled(key(80))
    assert b'"ConsistentRead": true' in calls[0]


def test_every_page_of_what_is_owed_is_read(table: DynamoDbOutbox) -> None:
    body = "x" * 200_000  # a page ends at 1 MB
    for percent in range(1, 13):
        table.claim(outgoing(percent, body=body), "run-1", NOW)
    with wire_of(aws_clients.dynamodb()) as wire:
        assert len(list(table.pending(LEASE_OVER))) == 12
    assert wire.sent.count("Query") > 1


def test_a_text_outside_ascii_is_returned_unchanged(table: DynamoDbOutbox) -> None:
    alert = outgoing(80, body='"Zürich" \\ 東京 \U0001f600\n\t')
    table.claim(alert, "run-1", NOW)
    assert list(table.pending(LEASE_OVER)) == [alert]


def test_an_unreadable_row_is_named_and_does_not_affect_the_others(table: DynamoDbOutbox) -> None:
    for percent in (50, 80, 100):
        table.claim(outgoing(percent), "run-1", NOW)
    aws_clients.dynamodb().update_item(
        TableName="alerts", Key=row_key(key(80)), UpdateExpression="REMOVE subject"
    )
    found = iter(table.pending(LEASE_OVER))
    assert {next(found).key, next(found).key} == {key(50), key(100)}
    with pytest.raises(
        StateUnavailableError, match=r"1 items contain no readable alert.* sk ALERT#workers#.*#80%"
    ):
        next(found)


@pytest.mark.parametrize(("method", "state"), [("claim", "FORGOTTEN"), ("claim", None), ("is_settled", None)])
def test_a_damaged_row_is_named_with_what_to_do(
    table: DynamoDbOutbox, method: str, state: str | None
) -> None:
    item = row_key(key(80)) | ({"state": {"S": state}} if state else {})
    aws_clients.dynamodb().put_item(TableName="alerts", Item=item)
    arguments = (outgoing(80), "run-1", NOW) if method == "claim" else (key(80),)
    words = r"^alert table alerts: the item pk ACCT#.*, sk ALERT#.*#80% is damaged, delete it"
    with pytest.raises(StateUnavailableError, match=words):
        getattr(table, method)(*arguments)


def test_a_damaged_item_is_not_settled_and_does_not_hide_the_others(table: DynamoDbOutbox) -> None:
    damaged = row_key(key(50)) | {"state": {"N": "1"}}
    aws_clients.dynamodb().put_item(TableName="alerts", Item=damaged)
    table.confirm(outgoing(80), "message-1", NOW)
    assert table.settled({key(50), key(80)}) == {key(80): []}


# ---- what AWS may answer instead ----

CALLS = [
    ("pending", (NOW,), "Query"),
    ("is_settled", (key(80),), "GetItem"),
    ("settled", ({key(80)},), "BatchGetItem"),
    ("claim", (outgoing(), "run-1", NOW), "UpdateItem"),
    ("release", (key(80), "run-1"), "UpdateItem"),
    ("confirm", (outgoing(), "message-1", NOW), "UpdateItem"),
    ("confirm", (outgoing(80, 50), "message-1", NOW), "TransactWriteItems"),
    ("settle_lower", (outgoing(80, 50),), "TransactWriteItems"),
]


def done(table: DynamoDbOutbox, method: str, arguments: tuple[Any, ...]) -> None:
    found = getattr(table, method)(*arguments)
    if method == "pending":
        list(found)


@pytest.mark.parametrize(("method", "arguments", "operation"), CALLS)
@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "ValidationException"])
def test_an_error_of_the_table_names_the_table_and_the_code(
    table: DynamoDbOutbox, method: str, arguments: tuple[Any, ...], operation: str, code: str
) -> None:
    with (
        answered(aws_clients.dynamodb(), operation, error(code)),
        pytest.raises(StateUnavailableError, match=f"^alert table alerts: {code}$") as raised,
    ):
        done(table, method, arguments)
    assert isinstance(raised.value.__cause__, ClientError)


@pytest.mark.parametrize(("method", "arguments"), [(method, arguments) for method, arguments, _ in CALLS])
def test_a_table_that_does_not_exist_is_an_error_too(
    aws: None,  # noqa: ARG001
    method: str,
    arguments: tuple[Any, ...],
) -> None:
    absent = DynamoDbOutbox("absent", LEASE, aws_clients.dynamodb)
    with pytest.raises(StateUnavailableError, match="alert table absent: ResourceNotFoundException"):
        done(absent, method, arguments)


ODD_ANSWERS = [
    ("pending", (NOW,), "Query", {"Items": [{"pk": {"S": "p"}, "sk": {"S": "s"}}]}),
    ("is_settled", (key(80),), "GetItem", {"Item": {}}),
    ("settled", ({key(80)},), "BatchGetItem", {}),
    ("settled", ({key(80)},), "BatchGetItem", {"Responses": {"alerts": [{"state": {"S": "SENT"}}]}}),
    ("claim", (outgoing(), "run-1", NOW), "UpdateItem", {}),
    ("claim", (outgoing(), "run-1", NOW), "UpdateItem", {"Attributes": {"state": {"S": "CLAIMED"}}}),
    ("claim", (outgoing(), "run-1", NOW), "UpdateItem", error("ConditionalCheckFailedException")),
    (
        "claim",
        (outgoing(), "run-1", NOW),
        "UpdateItem",
        error("ConditionalCheckFailedException") | {"Item": {"state": {"S": "FORGOTTEN"}}},
    ),
]


@pytest.mark.parametrize(("method", "arguments", "operation", "answer"), ODD_ANSWERS)
def test_an_invalid_answer_is_never_a_success(
    table: DynamoDbOutbox, method: str, arguments: tuple[Any, ...], operation: str, answer: dict[str, Any]
) -> None:
    with (
        answered(aws_clients.dynamodb(), operation, answer),
        pytest.raises(StateUnavailableError, match="alert table alerts"),
    ):
        done(table, method, arguments)
