"""Recorded days of usage, kept in the alert table: one item a day, a compressed JSON document.

60 metrics take about 1 KB, so that weeks of them are one answer to a query.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.adapters.aws.serialization import packed, unpacked
from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.period import DAY, Period
from cloudflare_budgets.domain.usage.history import DayRecord, Line
from cloudflare_budgets.domain.usage.usage import Series
from cloudflare_budgets.errors import StateUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef


# An account that is watched no more is forgotten; what is remembered of one that is watched is never so old.
KEPT_FOR = timedelta(days=120)
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
AT_ONCE = 25
# Calls beyond those that it takes, for what the table did not take; then the run fails, and is run again.
SPARE_CALLS = 3

_DAYS = "pk = :pk AND sk BETWEEN :first AND :last"
_PREFIX = "DAY#"

Item = Mapping[str, Any]


class HistoryTable:
    """One row for each account and day, beside the account's notes."""

    def __init__(
        self, name: str, clock: Callable[[], datetime], client: "Callable[[], DynamoDBClient]"
    ) -> None:
        self._name = name
        self._clock = clock
        self._client = client

    def recall(self, account_id: str, period: Period) -> Sequence[DayRecord]:
        """Recall the days of a period that were recorded, oldest first.

        Raises:
            StateUnavailableError: the table could not be read, or a record in it.
        """
        with self._named_errors():
            pages = self._client().get_paginator("query")
            found = pages.paginate(
                TableName=self._name,
                KeyConditionExpression=_DAYS,
                ExpressionAttributeValues={
                    ":pk": {"S": _partition(account_id)},
                    ":first": {"S": _sort(period.start)},
                    ":last": {"S": _sort(period.end - DAY)},
                },
                ConsistentRead=True,
            )
            return [read_item(item) for page in found for item in page["Items"]]

    def remember(self, account_id: str, records: Sequence[DayRecord]) -> None:
        """Record days, each in place of what was recorded of it before; does nothing when there are none.

        Raises:
            StateUnavailableError: the table could not be written; some of the days may be.
        """
        expires = self._clock() + KEPT_FOR
        with self._named_errors():
            pending: list[WriteRequestTypeDef] = [
                {"PutRequest": {"Item": write_item(account_id, record, expires)}} for record in records
            ]
            for _ in range(-(-len(pending) // AT_ONCE) + SPARE_CALLS):
                if not pending:
                    return
                answer = self._client().batch_write_item(RequestItems={self._name: pending[:AT_ONCE]})
                pending = [*answer.get("UnprocessedItems", {}).get(self._name, ()), *pending[AT_ONCE:]]
        if pending:
            raise StateUnavailableError(f"alert table {self._name}: {len(pending)} days were not taken")

    @contextmanager
    def _named_errors(self) -> Iterator[None]:
        try:
            yield
        except StateUnavailableError:
            raise
        except Exception as error:  # a broken answer surfaces as any exception there is
            raise StateUnavailableError(f"alert table {self._name}: {error_code(error)}") from error


def write_item(account_id: str, record: DayRecord, expires: datetime) -> dict[str, Any]:
    """Spell a record: numbers as text, so that no digit is lost, and all lines compressed together."""
    lines = [(*line.series, line.unit, plain(line.quantity)) for line in record.lines]
    return {
        "pk": {"S": _partition(account_id)},
        "sk": {"S": _sort(record.day)},
        "source": {"S": record.source},
        "lines": packed({"folded": record.folded, "lines": lines}),
        "ttl": {"N": str(int(expires.timestamp()))},
    }


def read_item(item: Item) -> DayRecord:
    """Read a record back.

    Raises:
        StateUnavailableError: it is none; its key is named.
    """
    key = f"{item['pk']['S']} {item['sk']['S']}"
    try:
        day = datetime.fromisoformat(item["sk"]["S"].removeprefix(_PREFIX) + "T00:00Z")
        document = unpacked(item["lines"])
        lines = tuple(
            Line(Series(*series), unit, Decimal(number)) for *series, unit, number in document["lines"]
        )
        return DayRecord(day, item["source"]["S"], lines, document["folded"])
    except Exception as error:
        raise StateUnavailableError(f"what {key} holds is no record of a day") from error


def _partition(account_id: str) -> str:
    return f"ACCT#{account_id}"


def _sort(day: datetime) -> str:
    return f"{_PREFIX}{day:%Y-%m-%d}"
