"""State that cannot be read counts as empty, fails one run, and is replaced."""

import json
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.state_store import DynamoDbStateStore, day_item
from cloudflare_budgets.adapters.state_codec import dump_account_state, dump_day_record, dump_run_state
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.state import AccountState, RunState
from cloudflare_budgets.domain.usage.history import DayRecord
from cloudflare_budgets.errors import StateUnreadableError
from tests.support.builders import ACCOUNT_ID, AS_OF, charge, day
from tests.support.world import World

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ACCOUNT_ROW = {"pk": {"S": f"ACCT#{ACCOUNT_ID}"}, "sk": {"S": "NOTES"}}
RUNS_ROW = {"pk": {"S": "RUNS"}, "sk": {"S": "NOTES"}}
UNREADABLE: list[dict[str, Any]] = [
    {},
    {"notes": {"S": ""}},
    {"notes": {"S": "{}"}},
    {"notes": {"S": "[]"}},
    {"notes": {"N": "7"}},
    {"notes": {"B": b"no zlib"}},
    {"notes": {"B": zlib.compress(b"{}")}},
    {"notes": {"B": zlib.compress(b'{"format": 2}')}},
]


@pytest.fixture
def world(table_name: str) -> World:
    """A world whose state is in a table, with usage above the limit of its budget."""
    world = World()
    store = DynamoDbStateStore(table_name, lambda: world.now, aws_clients.dynamodb)
    world.accounts = world.run_store = store  # type: ignore[assignment]
    world.use(*(charge(f"2026-11-{number:02}", cost="5") for number in range(1, 22)))
    return world


def put(table_name: str, item: dict[str, Any]) -> None:
    client: DynamoDBClient = aws_clients.dynamodb()
    client.put_item(TableName=table_name, Item=item)


@pytest.mark.parametrize("content", UNREADABLE)
def test_an_unreadable_state_of_an_account_delays_no_alert(
    world: World, table_name: str, content: dict[str, Any]
) -> None:
    put(table_name, ACCOUNT_ROW | content)
    report = world.run()
    (failure,) = report.failures
    assert failure.startswith(
        f"account {ACCOUNT_ID}: alert table {table_name}: the item ACCT#{ACCOUNT_ID} NOTES"
    )
    assert failure.endswith("counts as empty, and is replaced")
    assert any("spend" in subject for subject in world.subjects)
    assert world.run().failures == ()


@pytest.mark.parametrize("content", UNREADABLE)
def test_an_unreadable_state_of_runs_is_replaced_as_well(
    world: World, table_name: str, content: dict[str, Any]
) -> None:
    put(table_name, RUNS_ROW | content)
    (failure,) = world.run().failures
    assert failure.startswith(f"alert table {table_name}: the item RUNS NOTES")
    assert world.run().failures == ()


@pytest.mark.parametrize("content", [{"lines": {"B": b"no zlib"}}, {"lines": {"S": '{"format": 2}'}}, {}])
def test_an_unreadable_day_is_read_from_cloudflare_again(
    world: World, table_name: str, content: dict[str, Any]
) -> None:
    world.use(*(charge(f"2026-{month}-15", cost="1") for month in ("10", "11")))
    assert world.run().failures == ()
    key = {name: value for name, value in day_item(ACCOUNT_ID, record()).items() if name in {"pk", "sk"}}
    put(table_name, key | {"source": {"S": "v2"}} | content)
    (failure,) = world.run().failures
    assert f"the item ACCT#{ACCOUNT_ID} DAY#2026-10-15 " in failure
    assert world.run().failures == ()
    period = Period(day("2026-10-01"), day("2026-11-01"))
    (found,) = world.accounts.load_days(ACCOUNT_ID, period)
    assert found.lines[0].quantity == 1


def test_each_document_names_its_format_beside_what_the_version_before_reads() -> None:
    documents = [
        json.loads(zlib.decompress(data))
        for data in (
            dump_account_state(AccountState()),
            dump_run_state(RunState()),
            dump_day_record(record()),
        )
    ]
    assert [document.pop("format") for document in documents] == [1, 1, 1]
    account, runs, lines = documents
    assert set(account) >= {"source", "source_since", "trace", "history", "open"}
    assert set(runs) >= {"log", "left_at", "open"}
    assert set(lines) == {"folded", "lines"}


def test_an_unreadable_row_is_an_error_of_its_own_kind(world: World, table_name: str) -> None:
    put(table_name, ACCOUNT_ROW)
    with pytest.raises(StateUnreadableError):
        world.accounts.load_state(ACCOUNT_ID)
    assert world.accounts.load_state("0" * 32) == AccountState()
    assert world.now == AS_OF


def record() -> DayRecord:
    return DayRecord(day("2026-10-15"), "v2", ())
