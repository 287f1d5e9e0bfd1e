"""The state of runs: a log and open alerts, in one row."""

import random
import zlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.state_store import DynamoDbStateStore
from cloudflare_budgets.adapters.state_codec import dump_run_state, load_run_state
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert
from cloudflare_budgets.domain.run.state import AccountState, RunCounts, RunState
from cloudflare_budgets.errors import StateUnavailableError
from tests.integration.aws.wire import answered, error, timeout, wire_of
from tests.support.builders import ACCOUNT_ID, AS_OF, day
from tests.support.outgoing import open_problems

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_ROW = 400 * 1024
LETTERS = "".join(chr(code) for code in range(0x4E00, 0x9000))
NOTES = RunState(
    {day("2026-11-21"): RunCounts(24, 1, 3), day("2026-11-22"): RunCounts(complete=10)},
    {
        "problem no_budgets /cloudflare-budgets": OpenAlert(
            AlertKey("ACCT#-#-#2026-11-22T00:00:00Z", "PROBLEM#no_budgets#/cloudflare-budgets"),
            "/cloudflare-budgets",
            "no_budgets",
        )
    },
    ACCOUNT_ID,
)
_texts = st.text(st.characters(codec="utf-8"), max_size=30)
_days = st.dates(datetime(2000, 1, 1).date(), datetime(2999, 1, 1).date())  # noqa: DTZ001 - a day alone
_midnights = _days.map(lambda each: datetime(each.year, each.month, each.day, tzinfo=UTC))
_counts = st.integers(0, 10**9)
open_alerts = st.builds(
    OpenAlert,
    st.builds(AlertKey, _texts, _texts),
    _texts,
    st.none() | _texts,
    st.none() | _texts,
    st.none() | st.decimals(0, 10**24, places=9).map(lambda number: number.normalize()),
    st.none() | _midnights,
    st.booleans(),
)
notes = st.builds(
    RunState,
    st.dictionaries(_midnights, st.builds(RunCounts, _counts, _counts, _counts), max_size=5),
    st.dictionaries(_texts, open_alerts, max_size=5),
    st.none() | _texts,
)


@pytest.fixture
def table(table_name: str) -> DynamoDbStateStore:
    return DynamoDbStateStore(table_name, lambda: AS_OF, aws_clients.dynamodb)


def test_the_state_of_runs_is_read_by_the_next_run(table: DynamoDbStateStore) -> None:
    assert table.load() == RunState()
    table.save(NOTES)
    assert table.load() == NOTES


def test_a_later_state_replaces_the_earlier_one(table: DynamoDbStateStore) -> None:
    table.save(NOTES)
    later = RunState({day("2026-11-23"): RunCounts(1)})
    table.save(later)
    assert table.load() == later


@given(notes)
def test_a_written_state_is_read_back_unchanged(found: RunState) -> None:
    assert load_run_state(dump_run_state(found)) == found


def test_the_state_of_runs_never_expires_and_is_not_an_owed_alert(
    table: DynamoDbStateStore, table_name: str
) -> None:
    table.save(NOTES)
    (row,) = aws_clients.dynamodb().scan(TableName=table_name)["Items"]
    assert sorted(row) == ["notes", "pk", "sk"]


def test_states_of_accounts_and_of_runs_do_not_mix(table: DynamoDbStateStore, table_name: str) -> None:
    table.save(NOTES)
    accounts = DynamoDbStateStore(table_name, lambda: AS_OF, aws_clients.dynamodb)
    accounts.save_state(ACCOUNT_ID, AccountState(source="v2"))
    assert table.load() == NOTES


def test_a_missing_table_is_named(table_name: str) -> None:
    missing = DynamoDbStateStore(table_name + "-gone", lambda: AS_OF, aws_clients.dynamodb)
    with pytest.raises(StateUnavailableError, match="-gone: ResourceNotFoundException"):
        missing.load()
    with pytest.raises(StateUnavailableError, match="-gone: ResourceNotFoundException"):
        missing.save(NOTES)


@pytest.mark.parametrize("text", ["{}", "[]", "", '{"log": {}}', '{"log": {"2026": [1]}, "open": {}}'])
def test_an_unreadable_state_is_an_error_and_not_an_empty_state(
    table: DynamoDbStateStore, table_name: str, text: str
) -> None:
    client: DynamoDBClient = aws_clients.dynamodb()
    item = {"pk": {"S": "RUNS"}, "sk": {"S": "NOTES"}, "notes": {"S": text}}
    client.put_item(TableName=table_name, Item=item)
    with pytest.raises(StateUnavailableError, match="alert table alerts: "):
        table.load()


@pytest.mark.usefixtures("no_backoff")
def test_a_request_without_an_answer_is_sent_again(table: DynamoDbStateStore) -> None:
    with wire_of(aws_clients.dynamodb()) as wire:
        wire.after["UpdateItem"] = [timeout()]
        wire.before["GetItem"] = [timeout()]
        table.save(NOTES)
        assert table.load() == NOTES
    assert wire.sent == ["UpdateItem", "UpdateItem", "GetItem", "GetItem"]


@pytest.mark.usefixtures("no_backoff")
def test_a_timeout_of_the_table_is_an_error_that_a_retry_can_fix(table: DynamoDbStateStore) -> None:
    with wire_of(aws_clients.dynamodb()) as wire:
        wire.before["GetItem"] = wire.before["UpdateItem"] = [timeout() for _ in range(6)]
        with pytest.raises(StateUnavailableError, match="alert table alerts: ReadTimeoutError"):
            table.load()
        with pytest.raises(StateUnavailableError, match="alert table alerts: ReadTimeoutError"):
            table.save(NOTES)


def test_a_refusal_of_aws_is_named_by_its_code(table: DynamoDbStateStore) -> None:
    with (
        answered(aws_clients.dynamodb(), "GetItem", error("AccessDeniedException")),
        pytest.raises(StateUnavailableError, match="AccessDeniedException"),
    ):
        table.load()


def test_the_row_stays_small_enough_to_be_read_every_hour() -> None:
    log = {day("2026-11-22") - timedelta(days=each): RunCounts(1000, 1000, 1000) for each in range(35)}
    assert len(dump_run_state(RunState(log))) < 400


def test_a_plain_text_state_of_an_earlier_version_is_read(table: DynamoDbStateStore, table_name: str) -> None:
    client: DynamoDBClient = aws_clients.dynamodb()
    older = zlib.decompress(dump_run_state(NOTES)).decode()
    item = {"pk": {"S": "RUNS"}, "sk": {"S": "NOTES"}, "notes": {"S": older}}
    client.put_item(TableName=table_name, Item=item)
    assert table.load() == NOTES
    table.save(NOTES)
    assert table.load() == NOTES


def test_as_many_open_problems_as_there_may_be_fit_into_a_row(table: DynamoDbStateStore) -> None:
    problems = open_problems(f"/cloudflare-budgets/budgets/budget-{count:04}" for count in range(8000))
    full = replace(NOTES, open_alerts=problems)
    assert len(dump_run_state(full)) < MAX_ROW
    table.save(full)
    assert table.load() == full


def test_beyond_the_limit_only_the_oldest_problems_are_dropped(table: DynamoDbStateStore) -> None:
    problems = open_problems(f"budget-{8003 - count:04}" for count in range(8003))
    table.save(replace(NOTES, open_alerts=problems))
    recalled = table.load()
    assert list(recalled.open_alerts) == list(problems)[3:]
    assert replace(recalled, open_alerts={}) == replace(NOTES, open_alerts={})


def test_open_alerts_that_compress_badly_are_bounded_by_the_row_as_well() -> None:
    chance = random.Random(0)
    problems = open_problems("".join(chance.choices(LETTERS, k=120)) for _ in range(3000))
    written = dump_run_state(replace(NOTES, open_alerts=problems))
    kept = list(load_run_state(written).open_alerts)
    assert len(written) < MAX_ROW
    assert len(kept) == 750
    assert kept == list(problems)[-len(kept) :]
