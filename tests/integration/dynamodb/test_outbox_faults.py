"""The alert table when a run is killed, or an answer gets lost, before or after AWS did its work."""

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.alert_table.alert_items import row_key
from cloudflare_budgets.adapters.aws.alert_table.outbox import DynamoDbOutbox
from cloudflare_budgets.domain.alerts.alert import ClaimState
from cloudflare_budgets.errors import StateUnavailableError
from tests.integration.aws.wire import Kill, answered, error, timeout, wire_of
from tests.support.fakes import LEASE
from tests.support.outgoing import NOW, SECOND, key, outgoing

LEASE_OVER = NOW + LEASE + SECOND


pytestmark = pytest.mark.usefixtures("no_backoff")


@pytest.fixture
def table(table_name: str) -> DynamoDbOutbox:
    return DynamoDbOutbox(table_name, LEASE, aws_clients.dynamodb)


def test_a_claim_without_an_answer_succeeds_when_the_sdk_retries(
    table: DynamoDbOutbox,
) -> None:
    with wire_of(aws_clients.dynamodb()) as wire:
        wire.after["UpdateItem"] = [timeout()]
        claim = table.claim(outgoing(80, 50), "run-1", NOW)
    assert wire.sent == ["UpdateItem", "UpdateItem"]
    assert claim.state is ClaimState.CLAIMED
    assert claim.attempt == 1
    assert claim.alert == outgoing(80, 50)


def test_a_retry_of_the_sdk_does_not_replace_the_claim_of_another_run(
    table: DynamoDbOutbox,
) -> None:
    table.claim(outgoing(), "run-2", NOW)
    with wire_of(aws_clients.dynamodb()) as wire:
        wire.before["UpdateItem"] = [timeout()]
        assert table.claim(outgoing(), "run-1", NOW).state is ClaimState.PENDING


def test_a_claim_without_any_answer_is_unknown_and_owed_later(
    table: DynamoDbOutbox,
) -> None:
    with wire_of(aws_clients.dynamodb()) as wire:
        wire.after["UpdateItem"] = [timeout()] * 3
        with pytest.raises(StateUnavailableError, match="alert table alerts: ReadTimeoutError"):
            table.claim(outgoing(), "run-1", NOW)
    assert wire.sent == ["UpdateItem"] * 3
    assert table.claim(outgoing(), "run-1", NOW).state is ClaimState.PENDING
    assert table.claim(outgoing(), "run-2", LEASE_OVER).state is ClaimState.CLAIMED


def test_a_run_killed_before_its_claim_leaves_nothing(table: DynamoDbOutbox) -> None:
    with wire_of(aws_clients.dynamodb()) as wire:
        wire.before["UpdateItem"] = [Kill()]
        with pytest.raises(Kill):
            table.claim(outgoing(), "run-1", NOW)
    assert table.claim(outgoing(), "run-2", NOW).attempt == 1


def test_a_run_killed_after_its_claim_owes_the_alert(table: DynamoDbOutbox) -> None:
    with wire_of(aws_clients.dynamodb()) as wire:
        wire.after["UpdateItem"] = [Kill()]
        with pytest.raises(Kill):
            table.claim(outgoing(), "run-1", NOW)
    assert list(table.pending(LEASE_OVER)) == [outgoing()]


@pytest.mark.parametrize("lower", [(), (50,)])
@pytest.mark.parametrize("applied", [False, True])
def test_a_run_killed_while_it_confirms_leaves_all_or_nothing(
    table: DynamoDbOutbox, lower: tuple[int, ...], *, applied: bool
) -> None:
    alert = outgoing(80, *lower)
    table.claim(alert, "run-1", NOW)
    operation = "TransactWriteItems" if lower else "UpdateItem"
    with wire_of(aws_clients.dynamodb()) as wire:
        (wire.after if applied else wire.before)[operation] = [Kill()]
        with pytest.raises(Kill):
            table.confirm(alert, "message-1", NOW)
    assert table.is_settled(key(80)) is applied
    assert all(table.is_settled(each) is applied for each in alert.lower)
    assert list(table.pending(LEASE_OVER)) == ([] if applied else [alert])


@pytest.mark.parametrize("lower", [(), (50,)])
def test_a_confirmation_without_an_answer_is_repeated_safely(
    table: DynamoDbOutbox,
    lower: tuple[int, ...],
) -> None:
    alert = outgoing(80, *lower)
    table.claim(alert, "run-1", NOW)
    with wire_of(aws_clients.dynamodb()) as wire:
        wire.after["TransactWriteItems" if lower else "UpdateItem"] = [timeout(), timeout()]
        table.confirm(alert, "message-1", NOW)
    assert len(wire.sent) == 3
    assert table.claim(alert, "run-2", NOW).state is ClaimState.SETTLED


def test_a_confirmation_in_conflict_with_another_run_leaves_the_lower_ones_to_the_next(
    table: DynamoDbOutbox,
) -> None:
    alert = outgoing(100, 50, 80)
    table.claim(alert, "run-1", NOW)
    with answered(aws_clients.dynamodb(), "TransactWriteItems", error("TransactionCanceledException")):
        table.confirm(alert, "message-1", NOW)
    assert table.is_settled(key(100))
    assert not table.is_settled(key(80))
    claim = table.claim(alert, "run-2", NOW)
    assert claim.alert.lower == alert.lower
    table.settle_lower(claim.alert)
    assert table.is_settled(key(80))


def test_many_alerts_are_looked_up_a_hundred_at_a_time(table: DynamoDbOutbox) -> None:
    table.confirm(outgoing(205), "message-1", NOW)
    with wire_of(aws_clients.dynamodb()) as wire:
        assert table.settled({key(percent) for percent in range(1, 206)}) == {key(205): []}
    assert wire.sent == ["BatchGetItem"] * 3


def test_keys_that_stay_unprocessed_are_an_error(table: DynamoDbOutbox) -> None:
    left = {"Responses": {}, "UnprocessedKeys": {"alerts": {"Keys": [row_key(key(80))]}}}
    with (
        answered(aws_clients.dynamodb(), "BatchGetItem", left) as calls,
        pytest.raises(StateUnavailableError, match="alert table alerts: 1 items were not read"),
    ):
        table.settled({key(80)})
    assert len(calls) == 4
