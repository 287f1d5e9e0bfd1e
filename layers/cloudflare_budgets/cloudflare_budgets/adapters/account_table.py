"""What runs learn about accounts, kept in the alert table."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws_clients import error_code
from cloudflare_budgets.adapters.compressed import Value, unpacked
from cloudflare_budgets.adapters.history_table import KEPT_FOR, HistoryTable
from cloudflare_budgets.adapters.open_alerts import packed_with_open, read_open
from cloudflare_budgets.domain.amount import plain
from cloudflare_budgets.domain.history import DayRecord
from cloudflare_budgets.domain.known_history import KnownHistory
from cloudflare_budgets.domain.label import Label
from cloudflare_budgets.domain.notes import Notes
from cloudflare_budgets.domain.period import Period, utc_text
from cloudflare_budgets.domain.trace import Trace
from cloudflare_budgets.errors import MemoryUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_UPDATE = "SET notes = :notes, #ttl = :ttl"


class AccountTable:
    """One row for each account: compressed JSON of what earlier runs learned; and one for each day of it."""

    def __init__(
        self, name: str, clock: Callable[[], datetime], client: "Callable[[], DynamoDBClient]"
    ) -> None:
        self._name = name
        self._clock = clock
        self._client = client
        self._days = HistoryTable(name, clock, client)

    def recall_notes(self, account_id: str) -> Notes:
        """Recall what earlier runs learned, empty notes at first.

        Raises:
            MemoryUnavailableError: the table could not be read.
        """
        try:
            answer = self._client().get_item(TableName=self._name, Key=_key(account_id), ConsistentRead=True)
            found = answer.get("Item")
            return read_notes(found["notes"]) if found else Notes()
        except Exception as error:
            raise MemoryUnavailableError(f"alert table {self._name}: {error_code(error)}") from error

    def remember_notes(self, account_id: str, notes: Notes) -> None:
        """Remember what this run learned.

        Raises:
            MemoryUnavailableError: the table could not be written.
        """
        expires = int((self._clock() + KEPT_FOR).timestamp())
        try:
            self._client().update_item(
                TableName=self._name,
                Key=_key(account_id),
                UpdateExpression=_UPDATE,
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={":notes": write_notes(notes), ":ttl": {"N": str(expires)}},
            )
        except Exception as error:
            raise MemoryUnavailableError(f"alert table {self._name}: {error_code(error)}") from error

    def recall_days(self, account_id: str, period: Period) -> Sequence[DayRecord]:
        """Recall the days of a period that earlier runs recorded, oldest first.

        Raises:
            MemoryUnavailableError: the table could not be read, or a record in it.
        """
        return self._days.recall(account_id, period)

    def remember_days(self, account_id: str, records: Sequence[DayRecord]) -> None:
        """Record days, each in place of what was recorded of it before.

        Raises:
            MemoryUnavailableError: the table could not be written; some of the days may be.
        """
        self._days.remember(account_id, records)


def write_notes(notes: Notes) -> Value:
    """Spell notes, numbers as text so that no digit is lost."""
    document = {
        "source": notes.source,
        "source_since": utc_text(notes.source_since) if notes.source_since else None,
        "trace": _trace_document(notes.trace) if notes.trace else None,
        "history": _history_document(notes.history) if notes.history else None,
    }
    return packed_with_open(document, notes.open_alerts)


def read_notes(value: Mapping[str, Any]) -> Notes:
    """Read notes back.

    Raises:
        LookupError, TypeError, ValueError, zlib.error: somebody else wrote them.
    """
    document = unpacked(value)
    since, trace, history = document["source_since"], document["trace"], document.get("history")
    return Notes(
        _trace(trace) if trace else None,
        document["source"],
        _instant(since) if since else None,
        _history(history) if history else None,
        read_open(document.get("open", {})),
    )


def _trace_document(trace: Trace) -> Mapping[str, object]:
    return {
        "source": trace.source,
        "month": utc_text(trace.month),
        "through": utc_text(trace.through),
        "totals": {metric_id: plain(number) for metric_id, number in trace.totals.items()},
        "since": utc_text(trace.since) if trace.since else None,
        "labels": trace.labels,
        "before": _trace_document(trace.before) if trace.before else None,
    }


def _trace(document: Mapping[str, Any]) -> Trace:
    totals, since, labels = document["totals"], document.get("since"), document.get("labels", {})
    before = document.get("before")
    if not isinstance(totals, dict) or not isinstance(labels, dict):
        raise TypeError("totals or labels")
    return Trace(
        str(document["source"]),
        _instant(str(document["month"])),
        _instant(str(document["through"])),
        {metric_id: Decimal(number) for metric_id, number in totals.items()},
        _instant(str(since)) if since else None,
        {metric_id: tuple(Label(*label) for label in found) for metric_id, found in labels.items()},
        _trace(before) if before else None,
    )


def _history_document(history: KnownHistory) -> Mapping[str, object]:
    return {
        "source": history.source,
        "known_from": utc_text(history.known_from),
        "known_through": utc_text(history.known_through),
        "asked": utc_text(history.asked) if history.asked else None,
        "digests": {f"{day:%Y-%m-%d}": digest for day, digest in history.digests.items()},
    }


def _history(document: Mapping[str, Any]) -> KnownHistory:
    asked = document["asked"]
    return KnownHistory(
        document["source"],
        _instant(document["known_from"]),
        _instant(document["known_through"]),
        {_instant(f"{day}T00:00Z"): digest for day, digest in document["digests"].items()},
        _instant(asked) if asked else None,
    )


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _key(account_id: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": f"ACCT#{account_id}"}, "sk": {"S": "NOTES"}}
