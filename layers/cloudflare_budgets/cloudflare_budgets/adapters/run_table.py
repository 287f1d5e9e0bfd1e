"""What runs remember that belongs to no account, kept in the alert table."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws_clients import error_code
from cloudflare_budgets.adapters.compressed import Value, unpacked
from cloudflare_budgets.adapters.open_alerts import packed_with_open, read_open
from cloudflare_budgets.domain.run_log import RunCounts, RunNotes
from cloudflare_budgets.errors import MemoryUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = {"pk": {"S": "RUNS"}, "sk": {"S": "NOTES"}}


class RunTable:
    """One row: a JSON document, compressed."""

    def __init__(self, name: str, client: "Callable[[], DynamoDBClient]") -> None:
        self._name = name
        self._client = client

    def recall(self) -> RunNotes:
        """Recall what earlier runs noted, nothing at first.

        Raises:
            MemoryUnavailableError: the table could not be read.
        """
        try:
            answer = self._client().get_item(TableName=self._name, Key=_KEY, ConsistentRead=True)
            found = answer.get("Item")
            return read_run_notes(found["notes"]) if found else RunNotes()
        except Exception as error:
            raise MemoryUnavailableError(f"alert table {self._name}: {error_code(error)}") from error

    def remember(self, notes: RunNotes) -> None:
        """Note it for later runs.

        Raises:
            MemoryUnavailableError: the table could not be written.
        """
        try:
            self._client().update_item(
                TableName=self._name,
                Key=_KEY,
                UpdateExpression="SET notes = :notes",
                ExpressionAttributeValues={":notes": write_run_notes(notes)},
            )
        except Exception as error:
            raise MemoryUnavailableError(f"alert table {self._name}: {error_code(error)}") from error


def write_run_notes(notes: RunNotes) -> Value:
    """Spell notes."""
    log = {
        f"{day:%Y-%m-%d}": [counts.complete, counts.incomplete, counts.alerts]
        for day, counts in notes.log.items()
    }
    return packed_with_open({"log": log, "left_at": notes.left_at}, notes.open_alerts)


def read_run_notes(value: Mapping[str, Any]) -> RunNotes:
    """Read notes back.

    Raises:
        LookupError, TypeError, ValueError, zlib.error: somebody else wrote them.
    """
    document = unpacked(value)
    return RunNotes(_log(document["log"]), read_open(document["open"]), document.get("left_at"))


def _log(document: Mapping[str, Any]) -> dict[datetime, RunCounts]:
    return {
        datetime.fromisoformat(day).replace(tzinfo=UTC): RunCounts(*counts)
        for day, counts in document.items()
    }
