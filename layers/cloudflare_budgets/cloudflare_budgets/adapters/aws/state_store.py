"""The state of accounts and runs in the alert table in AWS DynamoDB.

One item holds the state of runs, one the state of each account, one each recorded day of an account. The
standings of all accounts share a partition, so that one query returns them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from cloudflare_budgets.adapters.aws.table import (
    Item,
    Value,
    errors_translated,
    primary_key,
    put_items,
    query,
    seconds,
    string,
)
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
from cloudflare_budgets.domain.primitives.period import DAY, Period
from cloudflare_budgets.domain.run.state import AccountState, RunState
from cloudflare_budgets.domain.usage.history import DayRecord
from cloudflare_budgets.errors import StateUnavailableError, StateUnreadableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


T = TypeVar("T")

# Items of an account that is no longer watched expire. Those of a watched account are renewed much sooner.
EXPIRES_AFTER = timedelta(days=120)

_RUNS = primary_key("RUNS", "NOTES")
_STANDINGS = "STANDINGS"
_NO_ACCOUNT = "-"  # sorts before every account
_DAYS = "pk = :pk AND sk BETWEEN :first AND :last"
_DAY_PREFIX = "DAY#"


class DynamoDbStateStore:
    """Implements `AccountStateStore`, `RunStateStore` and `StandingStore`.

    Args:
        name: Name of the table.
        clock: Returns the time, from which the expiry of items is counted.
        client: Returns the client for DynamoDB.
    """

    def __init__(
        self, name: str, clock: Callable[[], datetime], client: "Callable[[], DynamoDBClient]"
    ) -> None:
        self._name = name
        self._clock = clock
        self._client = client

    def load(self) -> RunState:
        """Load the state of runs, empty before the first run."""
        with errors_translated(self._name):
            item = self._get(_RUNS)
        return (
            RunState() if item is None else self._parsed(item, lambda: load_run_state(_data(item["notes"])))
        )

    def save(self, state: RunState) -> None:
        """Replace the state of runs."""
        with errors_translated(self._name):
            self._client().update_item(
                TableName=self._name,
                Key=_RUNS,
                UpdateExpression="SET notes = :notes",
                ExpressionAttributeValues={":notes": {"B": dump_run_state(state)}},
            )

    def load_state(self, account_id: str) -> AccountState:
        """Load the state of an account, empty before its first run."""
        with errors_translated(self._name):
            item = self._get(_account_key(account_id))
        if item is None:
            return AccountState()
        return self._parsed(item, lambda: load_account_state(_data(item["notes"])))

    def save_state(self, account_id: str, state: AccountState) -> None:
        """Replace the state of an account."""
        with errors_translated(self._name):
            self._replace(_account_key(account_id), "notes", dump_account_state(state))

    def save_standing(self, standing: Mapping[str, Any]) -> None:
        """Replace the standing of an account, or of the whole run."""
        with errors_translated(self._name):
            key = primary_key(_STANDINGS, standing["account_id"] or _NO_ACCOUNT)
            self._replace(key, "standing", dump_standing(standing))

    def standings(self) -> Iterable[Mapping[str, Any]]:
        """Return every standing, in the order of the account ids; that of the whole run comes first.

        Each is parsed when it is needed, because thousands of them need much memory.
        """
        with errors_translated(self._name):
            items = query(
                self._client(),
                self._name,
                KeyConditionExpression="pk = :pk",
                ExpressionAttributeValues={":pk": string(_STANDINGS)},
            )
        return (self._parsed(item, partial(_standing, item)) for item in items)

    def load_days(self, account_id: str, period: Period) -> Sequence[DayRecord]:
        """Load the recorded days of a period, oldest first."""
        with errors_translated(self._name):
            items = query(
                self._client(),
                self._name,
                KeyConditionExpression=_DAYS,
                ExpressionAttributeValues={
                    ":pk": string(_partition(account_id)),
                    ":first": string(_sort(period.start)),
                    ":last": string(_sort(period.end - DAY)),
                },
                ConsistentRead=True,
            )
        return [self._parsed(item, partial(read_day_item, item)) for item in items]

    def save_days(self, account_id: str, records: Sequence[DayRecord]) -> None:
        """Record days; each replaces the earlier record of the same day.

        Raises:
            StateUnavailableError: DynamoDB failed; some of the days may have been recorded.
        """
        with errors_translated(self._name):
            items = [day_item(account_id, record) | {"ttl": self._expiry()} for record in records]
            left = put_items(self._client(), self._name, items) if items else 0
        if left:
            raise StateUnavailableError(f"alert table {self._name}: {left} days were not stored")

    def _replace(self, key: dict[str, Value], name: str, data: bytes) -> None:
        """Replace one attribute of an item that expires."""
        self._client().update_item(
            TableName=self._name,
            Key=key,
            UpdateExpression="SET #name = :data, #ttl = :ttl",
            ExpressionAttributeNames={"#name": name, "#ttl": "ttl"},
            ExpressionAttributeValues={":data": {"B": data}, ":ttl": self._expiry()},
        )

    def _get(self, key: dict[str, Value]) -> Item | None:
        return self._client().get_item(TableName=self._name, Key=key, ConsistentRead=True).get("Item")

    def _parsed(self, item: Item, parse: Callable[[], T]) -> T:
        try:
            return parse()
        except Exception as error:  # a damaged item can raise any exception
            row = f"{item['pk']['S']} {item['sk']['S']}"
            fault = (
                f"the item {row} is not readable ({type(error).__name__}), counts as empty, and is replaced"
            )
            raise StateUnreadableError(f"alert table {self._name}: {fault}") from error

    def _expiry(self) -> Value:
        return seconds(self._clock() + EXPIRES_AFTER)


def day_item(account_id: str, record: DayRecord) -> dict[str, Value]:
    """Serialize the record of a day as an item without an expiry."""
    key = primary_key(_partition(account_id), _sort(record.day))
    return key | {"source": string(record.source), "lines": {"B": dump_day_record(record)}}


def read_day_item(item: Item) -> DayRecord:
    """Parse the record of a day.

    Raises:
        Exception: the item is not such a record.
    """
    day = datetime.fromisoformat(item["sk"]["S"].removeprefix(_DAY_PREFIX)).replace(tzinfo=UTC)
    return load_day_record(day, item["source"]["S"], _data(item["lines"]))


def _standing(item: Item) -> Mapping[str, Any]:
    return load_standing(_data(item["standing"]))


def _data(value: Item) -> bytes | str:
    found: bytes | str = value["S"] if "S" in value else value["B"]
    return found


def _account_key(account_id: str) -> dict[str, Value]:
    return primary_key(_partition(account_id), "NOTES")


def _partition(account_id: str) -> str:
    return f"ACCT#{account_id}"


def _sort(day: datetime) -> str:
    return f"{_DAY_PREFIX}{day:%Y-%m-%d}"
