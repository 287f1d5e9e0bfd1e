"""The state of accounts and runs in SQLite, serialized as in DynamoDB."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from cloudflare_budgets.adapters.state_codec import (
    dump_account_state,
    dump_day_record,
    dump_run_state,
    dump_standing,
    load_account_state,
    load_day_record,
    load_run_state,
    load_standing,
)
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.state import AccountState, RunState
from cloudflare_budgets.domain.usage.history import DayRecord
from cloudflare_budgets_cli.sqlite.database import SqliteDatabase

# As in DynamoDB: the state of an account that is no longer watched expires.
EXPIRES_AFTER = timedelta(days=120)
_RUNS = ("RUNS", "NOTES")
_STANDINGS = "STANDINGS"
_NO_ACCOUNT = "-"  # sorts before every account
_SELECT = "SELECT data FROM states WHERE partition = ? AND sort = ?"
_SELECT_DAYS = (
    "SELECT sort, source, data FROM states WHERE partition = ? AND sort >= ? AND sort < ? ORDER BY sort"
)
_SELECT_ALL = "SELECT data FROM states WHERE partition = ? ORDER BY sort"
_REPLACE = "INSERT OR REPLACE INTO states (partition, sort, source, data, expires) VALUES (?, ?, ?, ?, ?)"


class SqliteStateStore:
    """Implements `AccountStateStore`, `RunStateStore` and `StandingStore`.

    Args:
        database: The database.
        clock: Returns the time, from which the expiry of rows is counted.
    """

    def __init__(self, database: SqliteDatabase, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    def load(self) -> RunState:
        """Load the state of runs, empty before the first run."""
        with self._database.transaction() as connection:
            row = connection.execute(_SELECT, _RUNS).fetchone()
            return RunState() if row is None else load_run_state(row[0])

    def save(self, state: RunState) -> None:
        """Replace the state of runs, and remove what has expired."""
        with self._database.transaction() as connection:
            connection.execute(_REPLACE, (*_RUNS, None, dump_run_state(state), None))
        self._database.remove_expired(self._clock())

    def load_state(self, account_id: str) -> AccountState:
        """Load the state of an account, empty before its first run."""
        with self._database.transaction() as connection:
            row = connection.execute(_SELECT, (_partition(account_id), "NOTES")).fetchone()
            return AccountState() if row is None else load_account_state(row[0])

    def save_state(self, account_id: str, state: AccountState) -> None:
        """Replace the state of an account."""
        values = (_partition(account_id), "NOTES", None, dump_account_state(state), self._expiry())
        with self._database.transaction() as connection:
            connection.execute(_REPLACE, values)

    def save_standing(self, standing: Mapping[str, Any]) -> None:
        """Replace the standing of an account, or of the whole run."""
        account_id = standing["account_id"] or _NO_ACCOUNT
        with self._database.transaction() as connection:
            values = (_STANDINGS, account_id, None, dump_standing(standing), self._expiry())
            connection.execute(_REPLACE, values)

    def standings(self) -> Sequence[Mapping[str, Any]]:
        """Return every standing, in the order of the account ids; that of the whole run comes first."""
        with self._database.transaction() as connection:
            rows = connection.execute(_SELECT_ALL, (_STANDINGS,)).fetchall()
            return [load_standing(data) for (data,) in rows]

    def load_days(self, account_id: str, period: Period) -> Sequence[DayRecord]:
        """Load the recorded days of a period, oldest first."""
        bounds = (_partition(account_id), _sort(period.start), _sort(period.end))
        with self._database.transaction() as connection:
            rows = connection.execute(_SELECT_DAYS, bounds).fetchall()
            return [load_day_record(_day(sort), source, data) for sort, source, data in rows]

    def save_days(self, account_id: str, records: Sequence[DayRecord]) -> None:
        """Record days, all or none; each replaces the earlier record of the same day."""
        rows = [
            (_partition(account_id), _sort(each.day), each.source, dump_day_record(each), self._expiry())
            for each in records
        ]
        with self._database.transaction() as connection:
            connection.executemany(_REPLACE, rows)

    def _expiry(self) -> int:
        return int((self._clock() + EXPIRES_AFTER).timestamp())


def _partition(account_id: str) -> str:
    return f"ACCT#{account_id}"


def _sort(day: datetime) -> str:
    return f"DAY#{day:%Y-%m-%d}"


def _day(sort: str) -> datetime:
    return datetime.fromisoformat(sort.removeprefix("DAY#")).replace(tzinfo=UTC)
