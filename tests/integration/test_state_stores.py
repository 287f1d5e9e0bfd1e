"""What the stores of state promise: the table and the SQLite file pass the same tests."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.state_store import DynamoDbStateStore
from cloudflare_budgets.adapters.state_parts import load_access
from cloudflare_budgets.domain.data_quality.snapshot import UsageSnapshot
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.state import AccountState, RunCounts, RunState
from cloudflare_budgets.domain.usage.fresh import FreshAccess
from cloudflare_budgets.domain.usage.history import DayRecord, records_of
from cloudflare_budgets.domain.usage.subscription import Subscription
from cloudflare_budgets.errors import StateUnavailableError
from cloudflare_budgets.ports import AccountStateStore, RunStateStore, StandingStore
from cloudflare_budgets_cli.sqlite.database import SqliteDatabase
from cloudflare_budgets_cli.sqlite.outbox import SqliteOutbox
from cloudflare_budgets_cli.sqlite.state_store import EXPIRES_AFTER, SqliteStateStore
from tests.support.builders import ACCOUNT_ID, AS_OF, OTHER_ACCOUNT_ID, charge, day, usage
from tests.support.fakes import LEASE
from tests.support.outgoing import NOW, open_problems, outgoing

LEARNED = AccountState(
    UsageSnapshot("v2", day("2026-11-01"), day("2026-11-18"), {"workers": Decimal("12345678.000000001")}),
    "v1",
    AS_OF,
    open_alerts=open_problems(["a", "b"]),
    fresh_history={"d1_rows_read": {day("2026-11-20"): Decimal("7.000000001")}},
    fresh_access=FreshAccess(AS_OF, {"a dataset": "not open"}, frozenset({"a dataset.requests"})),
    subscriptions=(
        Subscription("SUB-A", AS_OF, day("2024-01-31")),
        Subscription("SUB-B", AS_OF, AS_OF, day("2026-11-20")),
    ),
    subscriptions_at=AS_OF,
)
NOTES = RunState(
    {day("2026-11-21"): RunCounts(24, 1, 3)},
    open_problems(["Ünïcode"]),
    ACCOUNT_ID,
    budgets={"spend": AS_OF},
    deleted={"old": day("2026-11-20")},
)


class Store(AccountStateStore, RunStateStore, StandingStore, Protocol):
    """A store of the state of accounts and runs, and of standings."""


@pytest.fixture(params=["table", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    if request.param == "sqlite":
        with closing(SqliteDatabase(tmp_path / "state.db")) as database:
            yield SqliteStateStore(database, lambda: AS_OF)
    else:
        yield DynamoDbStateStore(request.getfixturevalue("table_name"), lambda: AS_OF, aws_clients.dynamodb)


def a_day(date: str, quantity: str = "1234567.000000000000001") -> DayRecord:
    [record] = records_of(usage(charge(date, quantity)), AS_OF)
    return record


def test_what_an_earlier_version_stored_of_analytics_is_read() -> None:
    earlier = {"read_at": "2026-11-22T10:00:00Z", "closed": {"a dataset": "not open"}}
    assert load_access(earlier) == FreshAccess(AS_OF, {"a dataset": "not open"})


def test_the_state_of_an_account_is_read_by_the_next_run(store: Store) -> None:
    assert store.load_state(ACCOUNT_ID) == AccountState()
    store.save_state(ACCOUNT_ID, LEARNED)
    assert store.load_state(ACCOUNT_ID) == LEARNED
    assert store.load_state(OTHER_ACCOUNT_ID) == AccountState()


def test_a_later_state_replaces_the_earlier_one(store: Store) -> None:
    store.save_state(ACCOUNT_ID, LEARNED)
    later = replace(LEARNED, source="v2", open_alerts={})
    store.save_state(ACCOUNT_ID, later)
    assert store.load_state(ACCOUNT_ID) == later


def test_the_state_of_runs_is_read_by_the_next_run(store: Store) -> None:
    assert store.load() == RunState()
    store.save(NOTES)
    assert store.load() == NOTES


def test_days_are_read_by_a_half_open_period_oldest_first(store: Store) -> None:
    days = [a_day(f"2026-11-{number}") for number in (12, 11, 10)]
    store.save_days(ACCOUNT_ID, days)
    found = store.load_days(ACCOUNT_ID, Period(day("2026-11-10"), day("2026-11-12")))
    assert list(found) == [days[2], days[1]]
    assert list(store.load_days(OTHER_ACCOUNT_ID, Period(day("2026-11-10"), day("2026-11-12")))) == []


def test_a_restated_day_replaces_the_recorded_day(store: Store) -> None:
    store.save_days(ACCOUNT_ID, [a_day("2026-11-10", "1")])
    store.save_days(ACCOUNT_ID, [a_day("2026-11-10", "2")])
    found = store.load_days(ACCOUNT_ID, Period(day("2026-11-10"), day("2026-11-11")))
    assert list(found) == [a_day("2026-11-10", "2")]


def test_standings_are_read_in_the_order_of_the_accounts_and_that_of_the_run_first(store: Store) -> None:
    assert list(store.standings()) == []
    of_run = standing(None)
    for each in (standing(OTHER_ACCOUNT_ID), of_run, standing(ACCOUNT_ID)):
        store.save_standing(each)
    found = [of_run, *map(standing, sorted((ACCOUNT_ID, OTHER_ACCOUNT_ID)))]
    assert [dict(each) for each in store.standings()] == [{"format": 1, **each} for each in found]


def test_a_later_standing_replaces_the_earlier_one(store: Store) -> None:
    store.save_standing(standing(ACCOUNT_ID))
    store.save_standing(standing(ACCOUNT_ID, budgets=1))
    [found] = store.standings()
    assert len(found["budgets"]) == 1
    assert "left_out" not in found


def test_a_standing_that_is_too_large_is_stored_with_its_first_budgets(store: Store) -> None:
    store.save_standing(standing(ACCOUNT_ID, budgets=20_000))
    [found] = store.standings()
    assert found["budgets"][0] == budget_of_standing(0)
    assert len(found["budgets"]) + found["left_out"] == 20_000
    assert 2_000 < len(found["budgets"]) < 20_000


def standing(account_id: str | None, budgets: int = 2) -> dict[str, Any]:
    found = [budget_of_standing(number) for number in range(budgets)]
    return {"account_id": account_id, "as_of": "2026-11-22T10:00:00Z", "budgets": found}


def budget_of_standing(number: int) -> dict[str, str]:
    return {"name": hashlib.sha256(f"{number}".encode()).hexdigest(), "level": "within", "reason": "Ünïcode"}


def test_days_and_states_and_standings_do_not_mix(store: Store) -> None:
    store.save_standing(standing(ACCOUNT_ID))
    store.save_state(ACCOUNT_ID, LEARNED)
    store.save(NOTES)
    store.save_days(ACCOUNT_ID, [a_day("2026-11-10")])
    assert store.load_state(ACCOUNT_ID) == LEARNED
    assert store.load() == NOTES


def test_a_state_file_is_read_by_the_next_process(tmp_path: Path) -> None:
    with closing(SqliteDatabase(tmp_path / "state.db")) as database:
        SqliteStateStore(database, lambda: AS_OF).save_state(ACCOUNT_ID, LEARNED)
        SqliteOutbox(database, LEASE).confirm(outgoing(80, 50), "message", NOW)
    with closing(SqliteDatabase(tmp_path / "state.db")) as database:
        assert SqliteStateStore(database, lambda: AS_OF).load_state(ACCOUNT_ID) == LEARNED
        assert SqliteOutbox(database, LEASE).is_settled(outgoing(50).key)


def test_an_expired_state_is_removed_by_the_end_of_a_run(tmp_path: Path) -> None:
    with closing(SqliteDatabase(tmp_path / "state.db")) as database:
        SqliteStateStore(database, lambda: AS_OF).save_state(ACCOUNT_ID, LEARNED)
        later = SqliteStateStore(database, lambda: AS_OF + EXPIRES_AFTER + timedelta(seconds=1))
        later.save(NOTES)
        assert later.load_state(ACCOUNT_ID) == AccountState()
        assert later.load() == NOTES


def test_a_file_that_is_not_a_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("a shopping list\n" * 100)
    with pytest.raises(StateUnavailableError, match=r"state file .*notes\.txt: file is not a database"):
        SqliteDatabase(file)


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StateUnavailableError, match="unable to open database file"):
        SqliteDatabase(tmp_path / "missing" / "state.db")


def test_a_document_that_cannot_be_read_is_an_error_and_not_an_empty_state(tmp_path: Path) -> None:
    file = tmp_path / "state.db"
    with closing(SqliteDatabase(file)) as database:
        store = SqliteStateStore(database, lambda: AS_OF)
        store.save_state(ACCOUNT_ID, LEARNED)
        with closing(sqlite3.connect(file)) as other:
            other.execute("UPDATE states SET data = x'00'")
            other.commit()
        with pytest.raises(StateUnavailableError):
            store.load_state(ACCOUNT_ID)


def test_an_interrupted_transaction_leaves_the_earlier_state(tmp_path: Path) -> None:
    with closing(SqliteDatabase(tmp_path / "state.db")) as database:
        store = SqliteStateStore(database, lambda: AS_OF)
        store.save_state(ACCOUNT_ID, LEARNED)
        with suppress(KeyboardInterrupt), database.transaction() as connection:
            connection.execute("DELETE FROM states")
            raise KeyboardInterrupt
        assert store.load_state(ACCOUNT_ID) == LEARNED
