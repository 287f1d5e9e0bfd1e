"""What the outbox promises: the table, the SQLite file and the fake pass the same tests."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.alert_table.outbox import DynamoDbOutbox
from cloudflare_budgets.domain.alerts.alert import ClaimState
from cloudflare_budgets.ports import Outbox
from cloudflare_budgets_cli.sqlite.database import SqliteDatabase
from cloudflare_budgets_cli.sqlite.outbox import SqliteOutbox
from tests.support.fakes import LEASE, FakeOutbox
from tests.support.outgoing import NOW, SECOND, key, outgoing

LEASE_OVER = NOW + LEASE + SECOND


@pytest.fixture(params=["fake", "table", "sqlite"])
def outbox(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outbox]:
    if request.param == "fake":
        yield FakeOutbox()
    elif request.param == "sqlite":
        with closing(SqliteDatabase(tmp_path / "state.db")) as database:
            yield SqliteOutbox(database, LEASE)
    else:
        yield DynamoDbOutbox(request.getfixturevalue("table_name"), LEASE, aws_clients.dynamodb)


def test_the_first_claim_returns_the_alert_to_publish(outbox: Outbox) -> None:
    claim = outbox.claim(outgoing(80, 50), "run-1", NOW)
    assert claim.state is ClaimState.CLAIMED
    assert claim.alert == outgoing(80, 50)
    assert claim.attempt == 1


def test_another_run_waits_while_the_lease_lasts(outbox: Outbox) -> None:
    outbox.claim(outgoing(), "run-1", NOW)
    assert outbox.claim(outgoing(), "run-2", NOW + LEASE).state is ClaimState.PENDING


def test_the_same_run_waits_too_since_its_message_may_have_arrived(outbox: Outbox) -> None:
    outbox.claim(outgoing(), "run-1", NOW)
    assert outbox.claim(outgoing(), "run-1", NOW + SECOND).state is ClaimState.PENDING


def test_after_the_lease_the_next_run_claims_a_second_attempt(outbox: Outbox) -> None:
    outbox.claim(outgoing(), "run-1", NOW)
    claim = outbox.claim(outgoing(), "run-2", LEASE_OVER)
    assert (claim.state, claim.attempt) == (ClaimState.CLAIMED, 2)
    assert outbox.claim(outgoing(), "run-1", LEASE_OVER).state is ClaimState.PENDING


def test_the_first_rendering_wins(outbox: Outbox) -> None:
    outbox.claim(outgoing(80, 50, body="as it was first"), "run-1", NOW)
    claim = outbox.claim(outgoing(80, 50, 60, body="as it is now"), "run-2", LEASE_OVER)
    assert claim.alert == outgoing(80, 50, body="as it was first")


def test_a_confirmed_alert_stays_settled(outbox: Outbox) -> None:
    outbox.claim(outgoing(), "run-1", NOW)
    outbox.confirm(outgoing(), "message-1", NOW)
    claim = outbox.claim(outgoing(), "run-2", NOW + timedelta(days=400))
    assert claim.state is ClaimState.SETTLED
    assert claim.attempt == 0


def test_a_confirmed_alert_settles_the_lower_ones_with_it(outbox: Outbox) -> None:
    outbox.claim(outgoing(100, 50, 80), "run-1", NOW)
    outbox.confirm(outgoing(100, 50, 80), "message-1", NOW)
    for lower in (50, 80):
        assert outbox.is_settled(key(lower))
        assert outbox.claim(outgoing(lower), "run-2", LEASE_OVER).state is ClaimState.SETTLED


def test_a_lower_alert_that_is_claimed_stays_so(outbox: Outbox) -> None:
    outbox.claim(outgoing(50), "run-1", NOW)
    outbox.claim(outgoing(100, 50, 80), "run-2", NOW)
    outbox.confirm(outgoing(100, 50, 80), "message-1", NOW)
    assert not outbox.is_settled(key(50))
    assert outbox.is_settled(key(80))
    assert [alert.key for alert in outbox.pending(LEASE_OVER)] == [key(50)]


def test_a_lower_alert_that_was_sent_can_still_be_mentioned(outbox: Outbox) -> None:
    outbox.confirm(outgoing(50), "message-1", NOW)
    outbox.claim(outgoing(80, 50), "run-1", NOW)
    outbox.confirm(outgoing(80, 50), "message-2", NOW)
    assert outbox.is_settled(key(50))
    assert outbox.is_settled(key(80))


def test_a_sent_message_is_settled_even_if_its_claim_is_lost(outbox: Outbox) -> None:
    outbox.confirm(outgoing(80, 50), "message-1", NOW)
    assert outbox.is_settled(key(80))
    assert outbox.is_settled(key(50))


def test_the_settled_ones_of_several_alerts_are_found_with_their_lower_ones(outbox: Outbox) -> None:
    outbox.confirm(outgoing(100, 50, 80), "message-1", NOW)
    outbox.claim(outgoing(200), "run-1", NOW)
    found = outbox.settled({key(50), key(80), key(100), key(200), key(400)})
    assert {each: set(lower) for each, lower in found.items()} == {
        key(100): {key(50), key(80)},
        key(80): set(),
        key(50): set(),
    }


def test_without_keys_no_alert_is_settled(outbox: Outbox) -> None:
    assert not outbox.settled(set())


def test_a_late_confirmation_counts_after_another_run_replaced_it(outbox: Outbox) -> None:
    outbox.claim(outgoing(), "run-1", NOW)
    outbox.claim(outgoing(), "run-2", LEASE_OVER)
    outbox.confirm(outgoing(), "message-1", LEASE_OVER)
    outbox.confirm(outgoing(), "message-2", LEASE_OVER)
    assert outbox.is_settled(key(80))
    assert list(outbox.pending(LEASE_OVER + LEASE + SECOND)) == []


def test_a_released_alert_can_be_claimed_at_once(outbox: Outbox) -> None:
    outbox.claim(outgoing(), "run-1", NOW)
    outbox.release(key(80), "run-1")
    assert [alert.key for alert in outbox.pending(NOW)] == [key(80)]
    assert outbox.claim(outgoing(), "run-2", NOW).attempt == 2


def test_a_run_whose_lease_was_claimed_by_another_cannot_release(outbox: Outbox) -> None:
    outbox.claim(outgoing(), "run-1", NOW)
    outbox.claim(outgoing(), "run-2", LEASE_OVER)
    outbox.release(key(80), "run-1")
    assert outbox.claim(outgoing(), "run-3", LEASE_OVER).state is ClaimState.PENDING


@pytest.mark.parametrize("settled", [True, False])
def test_releasing_an_unclaimed_alert_changes_nothing(outbox: Outbox, *, settled: bool) -> None:
    if settled:
        outbox.confirm(outgoing(), "message-1", NOW)
    outbox.release(key(80), "run-1")
    assert outbox.is_settled(key(80)) is settled
    assert list(outbox.pending(LEASE_OVER)) == []


def test_an_alert_is_owed_once_its_lease_is_over_and_until_it_is_confirmed(outbox: Outbox) -> None:
    outbox.claim(outgoing(80, 50), "run-1", NOW)
    assert list(outbox.pending(NOW + LEASE)) == []
    assert list(outbox.pending(LEASE_OVER)) == [outgoing(80, 50)]
    outbox.confirm(outgoing(80, 50), "message-1", LEASE_OVER)
    assert list(outbox.pending(LEASE_OVER + LEASE)) == []


def test_owed_alerts_are_returned_oldest_first(outbox: Outbox) -> None:
    for minute, percent in enumerate((80, 50, 100)):
        outbox.claim(outgoing(percent), "run-1", NOW + timedelta(minutes=minute))
    found = list(outbox.pending(NOW + timedelta(hours=1)))
    assert [alert.key for alert in found] == [key(80), key(50), key(100)]


def test_reading_owed_alerts_claims_nothing(outbox: Outbox) -> None:
    assert not outbox.is_settled(key(80))
    outbox.claim(outgoing(), "run-1", NOW)
    assert not outbox.is_settled(key(80))
    assert outbox.claim(outgoing(), "run-2", LEASE_OVER).attempt == 2


def test_a_settled_claim_says_which_lower_ones_are_not_recorded_yet(outbox: Outbox) -> None:
    outbox.claim(outgoing(100, 50), "run-1", NOW)
    outbox.confirm(outgoing(100, 50), "message-1", NOW)
    claim = outbox.claim(outgoing(100, 50, 80, 90), "run-2", NOW)
    assert claim.alert.lower == (key(80), key(90))
    outbox.settle_lower(claim.alert)
    assert outbox.is_settled(key(80))
    assert outbox.is_settled(key(90))


def test_lower_ones_are_settled_once_and_not_in_every_run(outbox: Outbox) -> None:
    outbox.confirm(outgoing(100), "message-1", NOW)
    outbox.settle_lower(outbox.claim(outgoing(100, 50, 80), "run-2", NOW).alert)
    assert outbox.claim(outgoing(100, 50, 80), "run-3", NOW).alert.lower == ()


def test_lower_ones_can_be_settled_of_an_alert_that_was_itself_only_mentioned(outbox: Outbox) -> None:
    outbox.confirm(outgoing(100, 80), "message-1", NOW)
    claim = outbox.claim(outgoing(80, 50), "run-2", NOW)
    outbox.settle_lower(claim.alert)
    assert outbox.is_settled(key(50))
    assert outbox.claim(outgoing(80, 50), "run-3", NOW).alert.lower == ()


def test_settling_leaves_a_lower_alert_that_is_claimed_as_it_is(outbox: Outbox) -> None:
    outbox.claim(outgoing(50), "run-1", NOW)
    outbox.confirm(outgoing(80), "message-1", NOW)
    outbox.settle_lower(outbox.claim(outgoing(80, 50), "run-2", NOW).alert)
    assert [alert.key for alert in outbox.pending(LEASE_OVER)] == [key(50)]


def test_a_budget_may_have_as_many_thresholds_as_are_allowed(outbox: Outbox) -> None:
    alert = outgoing(100, *range(50, 69))
    outbox.claim(alert, "run-1", NOW)
    outbox.confirm(alert, "message-1", NOW)
    assert all(outbox.is_settled(lower) for lower in alert.lower)
