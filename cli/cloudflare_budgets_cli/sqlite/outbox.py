"""The outbox in SQLite: claim, publish, confirm, with the states of the outbox in DynamoDB."""

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from cloudflare_budgets.adapters.state_codec import dump_open_alerts, load_open_alerts
from cloudflare_budgets.domain.alerts.alert import Claim, ClaimState, OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets_cli.sqlite.database import SqliteDatabase

CLAIMED, SENT, SUPERSEDED = "CLAIMED", "SENT", "SUPERSEDED"

_FIND = "SELECT state, alert, lease_until, attempts FROM alerts WHERE partition = ? AND sort = ?"
_OVERDUE = "SELECT alert FROM alerts WHERE state = 'CLAIMED' AND lease_until < ? ORDER BY lease_until"
_CLAIM = """
INSERT INTO alerts (partition, sort, state, owner, lease_until, attempts, alert, expires)
VALUES (:partition, :sort, 'CLAIMED', :owner, :lease_until, 1, :alert, :expires)
ON CONFLICT DO UPDATE SET owner = :owner, lease_until = :lease_until, attempts = attempts + 1
"""
_RELEASE = (
    "UPDATE alerts SET lease_until = 0 WHERE partition = ? AND sort = ? AND state = 'CLAIMED' AND owner = ?"
)
_CONFIRM = """
INSERT INTO alerts (partition, sort, state, message_id, sent_at, expires)
VALUES (:partition, :sort, 'SENT', :message_id, :now, :expires)
ON CONFLICT DO UPDATE SET state = 'SENT', message_id = :message_id, sent_at = :now
"""
_RECORD = "INSERT OR IGNORE INTO alerts (partition, sort, state, expires) VALUES (?, ?, ?, ?)"
_RECORD_LOWER = "INSERT OR IGNORE INTO lower_alerts VALUES (?, ?, ?, ?)"
_FORGET_LOWER = "DELETE FROM lower_alerts WHERE partition = ? AND sort = ?"
_RECORDED = "SELECT lower_partition, lower_sort FROM lower_alerts WHERE partition = ? AND sort = ?"


class SqliteOutbox:
    """Implements `Outbox`.

    Args:
        database: The database.
        lease: How long a claim excludes other runs. It must be longer than the run that claims.
    """

    def __init__(self, database: SqliteDatabase, lease: timedelta) -> None:
        self._database = database
        self._lease = lease

    def pending(self, now: datetime) -> Iterator[OutgoingAlert]:
        """List the alerts that were claimed and not sent, and whose lease has expired."""
        with self._database.transaction() as connection:
            rows = connection.execute(_OVERDUE, (int(now.timestamp()),)).fetchall()
            alerts = [load_alert(text) for (text,) in rows]
        yield from alerts

    def is_settled(self, key: AlertKey) -> bool:
        """Return whether an alert was sent, or included in a message that was sent."""
        with self._database.transaction() as connection:
            row = _find(connection, key)
        return row is not None and row[0] in {SENT, SUPERSEDED}

    def settled(self, keys: Collection[AlertKey]) -> Mapping[AlertKey, Collection[AlertKey]]:
        """Return which of several alerts are settled, each with its recorded lower thresholds."""
        with self._database.transaction() as connection:
            rows = {key: _find(connection, key) for key in keys}
            return {key: _recorded(connection, key) for key, row in rows.items() if row and row[0] != CLAIMED}

    def claim(self, alert: OutgoingAlert, owner: str, now: datetime) -> Claim:
        """Claim an alert for an owner, unless the alert is settled or a lease has not expired."""
        kept = replace(alert, lower=(*alert.lower, *alert.alongside), alongside=())
        with self._database.transaction() as connection:
            row = _find(connection, alert.key)
            if row is not None and row[0] != CLAIMED:
                recorded = _recorded(connection, alert.key)
                unrecorded = tuple(key for key in alert.lower if key not in recorded)
                return Claim(ClaimState.SETTLED, replace(alert, lower=unrecorded))
            if row is not None and row[2] >= int(now.timestamp()):
                return Claim(ClaimState.PENDING, alert)
            values = _key(alert.key) | {
                "owner": owner,
                "lease_until": int((now + self._lease).timestamp()),
                "alert": _dump(kept),
                "expires": int(alert.expires.timestamp()),
            }
            connection.execute(_CLAIM, values)
        # The message was rendered once: a later claim leaves the stored one unchanged.
        return (
            Claim(ClaimState.CLAIMED, load_alert(row[1]), row[3] + 1)
            if row
            else Claim(ClaimState.CLAIMED, kept, 1)
        )

    def release(self, key: AlertKey, owner: str) -> None:
        """End the lease of an alert that was not sent, if the owner still has it."""
        with self._database.transaction() as connection:
            connection.execute(_RELEASE, (key.partition, key.sort, owner))

    def confirm(self, alert: OutgoingAlert, message_id: str, now: datetime) -> None:
        """Record that an alert was sent, and the lower thresholds with it, in one step."""
        values = _key(alert.key) | {
            "message_id": message_id,
            "now": int(now.timestamp()),
            "expires": int(alert.expires.timestamp()),
        }
        with self._database.transaction() as connection:
            connection.execute(_CONFIRM, values)
            connection.execute(_FORGET_LOWER, (alert.key.partition, alert.key.sort))
            _supersede(connection, alert)

    def settle_lower(self, alert: OutgoingAlert) -> None:
        """Record the lower thresholds of an alert that was sent earlier, if it has any."""
        if not alert.lower:
            return
        with self._database.transaction() as connection:
            expires = int(alert.expires.timestamp())
            connection.execute(_RECORD, (alert.key.partition, alert.key.sort, SENT, expires))
            _supersede(connection, alert)


_Row = tuple[str, str, int, int]


def _find(connection: sqlite3.Connection, key: AlertKey) -> _Row | None:
    row: _Row | None = connection.execute(_FIND, (key.partition, key.sort)).fetchone()
    return row


def _recorded(connection: sqlite3.Connection, key: AlertKey) -> set[AlertKey]:
    rows = connection.execute(_RECORDED, (key.partition, key.sort)).fetchall()
    return {AlertKey(partition, sort) for partition, sort in rows}


def _supersede(connection: sqlite3.Connection, alert: OutgoingAlert) -> None:
    """Record the lower alerts that a message mentions; one that has a state already retains it."""
    expires = int(alert.expires.timestamp())
    for key in alert.lower:
        connection.execute(_RECORD, (key.partition, key.sort, SUPERSEDED, expires))
        connection.execute(_RECORD_LOWER, (alert.key.partition, alert.key.sort, key.partition, key.sort))


def _key(key: AlertKey) -> dict[str, str | int]:
    return {"partition": key.partition, "sort": key.sort}


def _dump(alert: OutgoingAlert) -> str:
    return json.dumps(
        {
            "key": _dump_keys([alert.key]),
            "subject": alert.subject,
            "body": alert.body,
            "document": alert.document,
            "attributes": dict(alert.attributes),
            "expires": int(alert.expires.timestamp()),
            "lower": _dump_keys(alert.lower),
            "opens": None if alert.opens is None else dump_open_alerts(alert.opens),
        }
    )


def load_alert(text: str) -> OutgoingAlert:
    """Parse the alert that a claimed row contains."""
    found = json.loads(text)
    [key] = _load_keys(found["key"])
    return OutgoingAlert(
        key=key,
        subject=found["subject"],
        body=found["body"],
        document=found["document"],
        attributes=found["attributes"],
        expires=datetime.fromtimestamp(found["expires"], UTC),
        lower=_load_keys(found["lower"]),
        opens=None if found["opens"] is None else load_open_alerts(found["opens"]),
    )


def _dump_keys(keys: Sequence[AlertKey]) -> list[tuple[str, str]]:
    return [(key.partition, key.sort) for key in keys]


def _load_keys(found: Sequence[Sequence[str]]) -> tuple[AlertKey, ...]:
    return tuple(AlertKey(partition, sort) for partition, sort in found)
