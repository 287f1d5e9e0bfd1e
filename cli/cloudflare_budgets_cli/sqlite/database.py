"""One SQLite database: its tables, its transactions, and the translation of its errors."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cloudflare_budgets.errors import StateUnavailableError

IN_MEMORY = ":memory:"
_WAIT = 10.0  # seconds for another process that writes
_TABLES = """
CREATE TABLE IF NOT EXISTS alerts (
    partition TEXT NOT NULL, sort TEXT NOT NULL, state TEXT NOT NULL, owner TEXT, lease_until INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0, alert TEXT, message_id TEXT, sent_at INTEGER,
    expires INTEGER NOT NULL, PRIMARY KEY (partition, sort)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS lower_alerts (
    partition TEXT NOT NULL, sort TEXT NOT NULL, lower_partition TEXT NOT NULL, lower_sort TEXT NOT NULL,
    PRIMARY KEY (partition, sort, lower_partition, lower_sort)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS alerts_by_time ON alerts (sent_at);
CREATE TABLE IF NOT EXISTS acknowledgements (
    partition TEXT NOT NULL, sort TEXT NOT NULL, acknowledged TEXT NOT NULL, PRIMARY KEY (partition, sort)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS states (
    partition TEXT NOT NULL, sort TEXT NOT NULL, source TEXT, data BLOB NOT NULL, expires INTEGER,
    PRIMARY KEY (partition, sort)
) WITHOUT ROWID;
"""
_EXPIRED = (
    "DELETE FROM alerts WHERE expires < :now",
    "DELETE FROM lower_alerts WHERE (partition, sort) NOT IN (SELECT partition, sort FROM alerts)",
    "DELETE FROM acknowledgements WHERE (partition, sort) NOT IN (SELECT partition, sort FROM alerts)",
    "DELETE FROM states WHERE expires < :now",
)


class SqliteDatabase:
    """A database in a file, which is created if it does not exist, or in memory.

    The connection serves several threads, one at a time; other processes wait while one writes.

    Raises:
        StateUnavailableError: the file cannot be opened, or is not a database.
    """

    def __init__(self, file: Path | str = IN_MEMORY) -> None:
        self._file = file
        self._lock = threading.Lock()
        with self._errors_translated():
            self._connection = sqlite3.connect(
                file, timeout=_WAIT, isolation_level=None, check_same_thread=False
            )
            self._connection.executescript(_TABLES)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection within a transaction, which any error rolls back.

        Raises:
            StateUnavailableError: the database failed.
        """
        with self._errors_translated(), self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def remove_expired(self, now: datetime) -> None:
        """Remove the alerts and states that have expired."""
        with self.transaction() as connection:
            for statement in _EXPIRED:
                connection.execute(statement, {"now": int(now.timestamp())})

    @contextmanager
    def _errors_translated(self) -> Iterator[None]:
        try:
            yield
        except StateUnavailableError:
            raise
        except Exception as error:  # a document that another program wrote can raise any exception
            raise StateUnavailableError(f"state file {self._file}: {error}") from error
