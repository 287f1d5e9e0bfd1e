"""Alerts that one process stores and another one sends: the table and the fake pass the same tests."""

from collections.abc import Iterator

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.alert_table.outbox import DynamoDbOutbox
from cloudflare_budgets.domain.alerts.alert import ClaimState
from cloudflare_budgets.many_accounts.handover import StoringOutbox
from tests.support.fakes import LEASE, FakeOutbox
from tests.support.outgoing import NOW, SECOND, key, outgoing


@pytest.fixture(params=["fake", "table"])
def outbox(request: pytest.FixtureRequest) -> Iterator[StoringOutbox]:
    if request.param == "fake":
        yield FakeOutbox()
    else:
        yield DynamoDbOutbox(request.getfixturevalue("table_name"), LEASE, aws_clients.dynamodb)


def test_a_stored_alert_is_pending_at_once_and_not_settled(outbox: StoringOutbox) -> None:
    claim = outbox.store(outgoing(80, 50), NOW)

    assert (claim.state, claim.alert) == (ClaimState.CLAIMED, outgoing(80, 50))
    assert list(outbox.pending(NOW)) == [outgoing(80, 50)]
    assert not outbox.is_settled(key(80))


def test_the_first_claim_of_a_stored_alert_is_the_first_attempt(outbox: StoringOutbox) -> None:
    outbox.store(outgoing(), NOW)

    claim = outbox.claim(outgoing(), "sender", NOW)

    assert (claim.state, claim.attempt) == (ClaimState.CLAIMED, 1)
    assert outbox.claim(outgoing(), "another", NOW + SECOND).state is ClaimState.PENDING


def test_the_first_rendering_is_kept(outbox: StoringOutbox) -> None:
    outbox.store(outgoing(80, 50), NOW)

    assert outbox.store(outgoing(80), NOW + SECOND).alert == outgoing(80, 50)


def test_storing_again_does_not_end_the_lease_of_the_sender(outbox: StoringOutbox) -> None:
    outbox.store(outgoing(), NOW)
    outbox.claim(outgoing(), "sender", NOW)

    assert outbox.store(outgoing(), NOW + SECOND).state is ClaimState.CLAIMED
    assert list(outbox.pending(NOW + SECOND)) == []


def test_a_sent_alert_is_settled_and_says_which_lower_ones_are_not_recorded(outbox: StoringOutbox) -> None:
    outbox.store(outgoing(80), NOW)
    outbox.claim(outgoing(80), "sender", NOW)
    outbox.confirm(outgoing(80), "message", NOW)

    claim = outbox.store(outgoing(80, 50), NOW + SECOND)

    assert claim.state is ClaimState.SETTLED
    assert claim.alert.lower == (key(50),)
    assert list(outbox.pending(NOW + SECOND)) == []


def test_a_lower_alert_that_was_mentioned_is_not_stored(outbox: StoringOutbox) -> None:
    outbox.store(outgoing(80, 50), NOW)
    outbox.claim(outgoing(80, 50), "sender", NOW)
    outbox.confirm(outgoing(80, 50), "message", NOW)

    assert outbox.store(outgoing(50), NOW + SECOND).state is ClaimState.SETTLED
