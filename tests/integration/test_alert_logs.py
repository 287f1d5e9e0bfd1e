"""What the logs of sent alerts promise: the table and the SQLite file pass the same tests."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.alert_table.alert_log import DynamoDbAlertLog
from cloudflare_budgets.adapters.aws.alert_table.outbox import DynamoDbOutbox
from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.domain.alerts.sent_alert import Acknowledgement, SentAlert
from cloudflare_budgets.errors import StateUnavailableError
from cloudflare_budgets.ports import AlertLog, Outbox
from cloudflare_budgets_cli.sqlite.alert_log import SqliteAlertLog
from cloudflare_budgets_cli.sqlite.database import SqliteDatabase
from cloudflare_budgets_cli.sqlite.outbox import SqliteOutbox
from tests.support.builders import ACCOUNT_ID, OTHER_ACCOUNT_ID
from tests.support.fakes import LEASE
from tests.support.outgoing import NOW, key, outgoing

HOUR = timedelta(hours=1)
ABOUT = {"type": "threshold_crossed", "severity": "warning", "budget": "spend", "account_id": ACCOUNT_ID}


@dataclass(frozen=True, slots=True)
class Store:
    """Where alerts are sent from and looked up."""

    outbox: Outbox
    log: AlertLog


@pytest.fixture(params=["table", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        with closing(SqliteDatabase(tmp_path / "state.db")) as database:
            yield Store(SqliteOutbox(database, LEASE), SqliteAlertLog(database))
    else:
        name = request.getfixturevalue("table_name")
        client = aws_clients.dynamodb
        yield Store(DynamoDbOutbox(name, LEASE, client), DynamoDbAlertLog(name, client))


def alert(percent: int, *lower: int, account_id: str | None = ACCOUNT_ID) -> OutgoingAlert:
    attributes = {name: text for name, text in {**ABOUT, "account_id": account_id}.items() if text}
    return replace(outgoing(percent, *lower), attributes=attributes)


def send(store: Store, sent: OutgoingAlert, hours: int = 0) -> None:
    store.outbox.claim(sent, "run-1", NOW + hours * HOUR)
    store.outbox.confirm(sent, "message-1", NOW + hours * HOUR)


def test_an_alert_is_found_by_its_account_after_it_was_sent(store: Store) -> None:
    sent = alert(80, 50)
    store.outbox.claim(sent, "run-1", NOW)
    assert list(store.log.sent(ACCOUNT_ID, NOW - HOUR)) == []
    store.outbox.confirm(sent, "message-1", NOW)

    assert list(store.log.sent(ACCOUNT_ID, NOW - HOUR)) == [
        SentAlert(key(80), NOW, sent.subject, "threshold_crossed", "warning", "spend", ACCOUNT_ID, (key(50),))
    ]
    assert list(store.log.sent(OTHER_ACCOUNT_ID, NOW - HOUR)) == []


def test_alerts_are_listed_newest_first_from_an_instant_on(store: Store) -> None:
    for hours, percent in enumerate((50, 80, 100)):
        send(store, alert(percent), hours)
    assert [each.key for each in store.log.sent(ACCOUNT_ID, NOW + HOUR)] == [key(100), key(80)]


def test_an_alert_about_no_account_is_found_under_none(store: Store) -> None:
    send(store, alert(80, account_id=None))
    [found] = store.log.sent(None, NOW)
    assert found.account_id is None
    assert list(store.log.sent(ACCOUNT_ID, NOW)) == []


def test_an_alert_that_another_one_includes_is_no_message_of_its_own(store: Store) -> None:
    send(store, alert(100, 50, 80))
    assert [each.key for each in store.log.sent(ACCOUNT_ID, NOW)] == [key(100)]


def test_the_message_is_the_one_that_was_sent(store: Store) -> None:
    send(store, alert(80))
    found = store.log.message(key(80))
    assert found is not None
    assert (found.subject, found.body) == (alert(80).subject, alert(80).body)
    assert store.log.message(key(100)) is None


def test_an_acknowledgement_is_listed_with_its_alert_and_settles_nothing(store: Store) -> None:
    send(store, alert(80))
    for by in ("ann", "ben"):
        store.log.acknowledge(key(80), Acknowledgement(by, NOW + HOUR, "known: the import"))
    [found] = store.log.sent(ACCOUNT_ID, NOW)
    assert found.acknowledged == Acknowledgement("ben", NOW + HOUR, "known: the import")
    assert not store.outbox.is_settled(key(100))


def test_an_alert_that_was_not_sent_cannot_be_acknowledged(store: Store) -> None:
    store.outbox.claim(alert(80), "run-1", NOW)
    for each in (key(80), key(100)):
        with pytest.raises(StateUnavailableError):
            store.log.acknowledge(each, Acknowledgement("ann", NOW))
    assert list(store.log.sent(ACCOUNT_ID, NOW - HOUR)) == []


def test_a_row_without_a_claim_is_listed_without_a_subject(store: Store) -> None:
    store.outbox.confirm(alert(80), "message-1", NOW)
    [found] = store.log.sent(ACCOUNT_ID, NOW) or store.log.sent(None, NOW)
    assert found.subject == ""
    assert store.log.message(key(80)) is None
