"""The alerts that were sent, by account and time, in SQLite."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.sent_alert import Acknowledgement, SentAlert
from cloudflare_budgets.errors import StateUnavailableError
from cloudflare_budgets_cli.sqlite.database import SqliteDatabase
from cloudflare_budgets_cli.sqlite.outbox import load_alert

_SENT = """
SELECT partition, sort, sent_at, alert, acknowledged FROM alerts LEFT JOIN acknowledgements
USING (partition, sort) WHERE state = 'SENT' AND sent_at >= ? ORDER BY sent_at DESC
"""
_FIND = "SELECT alert FROM alerts WHERE partition = ? AND sort = ? AND state = 'SENT'"
_ACKNOWLEDGE = "INSERT OR REPLACE INTO acknowledgements VALUES (?, ?, ?)"

_Row = tuple[str, str, int, str | None, str | None]


class SqliteAlertLog:
    """Implements `AlertLog`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    def sent(self, account_id: str | None, since: datetime) -> Sequence[SentAlert]:
        """List the alerts of an account, or of no single account, newest first."""
        with self._database.transaction() as connection:
            rows = connection.execute(_SENT, (int(since.timestamp()),)).fetchall()
            found = [_read(row) for row in rows]
        return [each for each in found if each.account_id == account_id]

    def message(self, key: AlertKey) -> OutgoingAlert | None:
        """Return an alert as it was sent; `None` if its row has expired."""
        with self._database.transaction() as connection:
            row = connection.execute(_FIND, (key.partition, key.sort)).fetchone()
            return load_alert(row[0]) if row and row[0] else None

    def acknowledge(self, key: AlertKey, acknowledgement: Acknowledgement) -> None:
        """Record who acknowledged an alert that was sent."""
        text = json.dumps([acknowledgement.by, int(acknowledgement.at.timestamp()), acknowledgement.note])
        with self._database.transaction() as connection:
            if connection.execute(_FIND, (key.partition, key.sort)).fetchone() is None:
                raise StateUnavailableError(f"alert {key.alert_id} is not stored as sent")
            connection.execute(_ACKNOWLEDGE, (key.partition, key.sort, text))


def _read(row: _Row) -> SentAlert:
    partition, sort, sent_at, text, acknowledged = row
    alert = load_alert(text) if text else None  # a row that was lost after its claim has no text
    attributes = alert.attributes if alert else {}
    return SentAlert(
        key=AlertKey(partition, sort),
        sent_at=datetime.fromtimestamp(sent_at, UTC),
        subject=alert.subject if alert else "",
        type=attributes.get("type", ""),
        severity=attributes.get("severity", ""),
        budget=attributes.get("budget", ""),
        account_id=attributes.get("account_id"),
        included=alert.lower if alert else (),
        acknowledged=_acknowledgement(acknowledged) if acknowledged else None,
    )


def _acknowledgement(text: str) -> Acknowledgement:
    by, at, note = json.loads(text)
    return Acknowledgement(by, datetime.fromtimestamp(at, UTC), note)
