"""What runs remember that belongs to no account, kept in the alert table."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws_clients import error_code
from cloudflare_budgets.adapters.open_alerts import open_document, read_open
from cloudflare_budgets.domain.run_log import RunCounts, RunNotes
from cloudflare_budgets.errors import MemoryUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEY = {"pk": {"S": "RUNS"}, "sk": {"S": "NOTES"}}


class RunTable:
    """One row: a JSON document."""

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
            return read_run_notes(found["notes"]["S"]) if found else RunNotes()
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
                ExpressionAttributeValues={":notes": {"S": write_run_notes(notes)}},
            )
        except Exception as error:
            raise MemoryUnavailableError(f"alert table {self._name}: {error_code(error)}") from error


def write_run_notes(notes: RunNotes) -> str:
    """Write notes as JSON."""
    log = {
        f"{day:%Y-%m-%d}": [counts.complete, counts.incomplete, counts.alerts]
        for day, counts in notes.log.items()
    }
    document = {"log": log, "open": open_document(notes.open_alerts), "left_at": notes.left_at}
    return json.dumps(document, separators=(",", ":"))


def read_run_notes(text: str) -> RunNotes:
    """Read notes back.

    Raises:
        ValueError, KeyError: somebody else wrote them.
    """
    document = json.loads(text)
    return RunNotes(_log(document["log"]), read_open(document["open"]), document.get("left_at"))


def _log(document: Mapping[str, Any]) -> dict[datetime, RunCounts]:
    return {
        datetime.fromisoformat(day).replace(tzinfo=UTC): RunCounts(*counts)
        for day, counts in document.items()
    }
