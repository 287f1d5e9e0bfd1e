"""Account state and run state, stored as single items in the alert table."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.adapters.aws.history_table import KEPT_FOR, HistoryTable
from cloudflare_budgets.adapters.aws.serialization import Value, packed_with_open, read_open, unpacked
from cloudflare_budgets.domain.data_quality.snapshot import Label, UsageSnapshot
from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.period import Period, utc_text
from cloudflare_budgets.domain.run.state import AccountState, RunCounts, RunState
from cloudflare_budgets.domain.usage.history import DayRecord, HistoryIndex
from cloudflare_budgets.errors import StateUnavailableError

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

    def load_state(self, account_id: str) -> AccountState:
        """Recall what earlier runs learned, empty notes at first.

        Raises:
            StateUnavailableError: the table could not be read.
        """
        try:
            answer = self._client().get_item(TableName=self._name, Key=_key(account_id), ConsistentRead=True)
            found = answer.get("Item")
            return read_notes(found["notes"]) if found else AccountState()
        except Exception as error:
            raise StateUnavailableError(f"alert table {self._name}: {error_code(error)}") from error

    def save_state(self, account_id: str, notes: AccountState) -> None:
        """Remember what this run learned.

        Raises:
            StateUnavailableError: the table could not be written.
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
            raise StateUnavailableError(f"alert table {self._name}: {error_code(error)}") from error

    def load_days(self, account_id: str, period: Period) -> Sequence[DayRecord]:
        """Recall the days of a period that earlier runs recorded, oldest first.

        Raises:
            StateUnavailableError: the table could not be read, or a record in it.
        """
        return self._days.recall(account_id, period)

    def save_days(self, account_id: str, records: Sequence[DayRecord]) -> None:
        """Record days, each in place of what was recorded of it before.

        Raises:
            StateUnavailableError: the table could not be written; some of the days may be.
        """
        self._days.remember(account_id, records)


def write_notes(notes: AccountState) -> Value:
    """Spell notes, numbers as text so that no digit is lost."""
    document = {
        "source": notes.source,
        "source_since": utc_text(notes.source_since) if notes.source_since else None,
        "trace": _trace_document(notes.trace) if notes.trace else None,
        "history": _history_document(notes.history) if notes.history else None,
    }
    return packed_with_open(document, notes.open_alerts)


def read_notes(value: Mapping[str, Any]) -> AccountState:
    """Read notes back.

    Raises:
        LookupError, TypeError, ValueError, zlib.error: somebody else wrote them.
    """
    document = unpacked(value)
    since, trace, history = document["source_since"], document["trace"], document.get("history")
    return AccountState(
        _trace(trace) if trace else None,
        document["source"],
        _instant(since) if since else None,
        _history(history) if history else None,
        read_open(document.get("open", {})),
    )


def _trace_document(trace: UsageSnapshot) -> Mapping[str, object]:
    return {
        "source": trace.source,
        "month": utc_text(trace.month),
        "through": utc_text(trace.through),
        "totals": {metric_id: plain(number) for metric_id, number in trace.totals.items()},
        "since": utc_text(trace.since) if trace.since else None,
        "labels": trace.labels,
        "before": _trace_document(trace.before) if trace.before else None,
    }


def _trace(document: Mapping[str, Any]) -> UsageSnapshot:
    totals, since, labels = document["totals"], document.get("since"), document.get("labels", {})
    before = document.get("before")
    if not isinstance(totals, dict) or not isinstance(labels, dict):
        raise TypeError("totals or labels")
    return UsageSnapshot(
        str(document["source"]),
        _instant(str(document["month"])),
        _instant(str(document["through"])),
        {metric_id: Decimal(number) for metric_id, number in totals.items()},
        _instant(str(since)) if since else None,
        {metric_id: tuple(Label(*label) for label in found) for metric_id, found in labels.items()},
        _trace(before) if before else None,
    )


def _history_document(history: HistoryIndex) -> Mapping[str, object]:
    return {
        "source": history.source,
        "known_from": utc_text(history.known_from),
        "known_through": utc_text(history.known_through),
        "asked": utc_text(history.asked) if history.asked else None,
        "digests": {f"{day:%Y-%m-%d}": digest for day, digest in history.digests.items()},
    }


def _history(document: Mapping[str, Any]) -> HistoryIndex:
    asked = document["asked"]
    return HistoryIndex(
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


_KEY = {"pk": {"S": "RUNS"}, "sk": {"S": "NOTES"}}


class RunTable:
    """One row: a JSON document, compressed."""

    def __init__(self, name: str, client: "Callable[[], DynamoDBClient]") -> None:
        self._name = name
        self._client = client

    def load(self) -> RunState:
        """Recall what earlier runs noted, nothing at first.

        Raises:
            StateUnavailableError: the table could not be read.
        """
        try:
            answer = self._client().get_item(TableName=self._name, Key=_KEY, ConsistentRead=True)
            found = answer.get("Item")
            return read_run_notes(found["notes"]) if found else RunState()
        except Exception as error:
            raise StateUnavailableError(f"alert table {self._name}: {error_code(error)}") from error

    def save(self, notes: RunState) -> None:
        """Note it for later runs.

        Raises:
            StateUnavailableError: the table could not be written.
        """
        try:
            self._client().update_item(
                TableName=self._name,
                Key=_KEY,
                UpdateExpression="SET notes = :notes",
                ExpressionAttributeValues={":notes": write_run_notes(notes)},
            )
        except Exception as error:
            raise StateUnavailableError(f"alert table {self._name}: {error_code(error)}") from error


def write_run_notes(notes: RunState) -> Value:
    """Spell notes."""
    log = {
        f"{day:%Y-%m-%d}": [counts.complete, counts.incomplete, counts.alerts]
        for day, counts in notes.log.items()
    }
    return packed_with_open({"log": log, "left_at": notes.left_at}, notes.open_alerts)


def read_run_notes(value: Mapping[str, Any]) -> RunState:
    """Read notes back.

    Raises:
        LookupError, TypeError, ValueError, zlib.error: somebody else wrote them.
    """
    document = unpacked(value)
    return RunState(_log(document["log"]), read_open(document["open"]), document.get("left_at"))


def _log(document: Mapping[str, Any]) -> dict[datetime, RunCounts]:
    return {
        datetime.fromisoformat(day).replace(tzinfo=UTC): RunCounts(*counts)
        for day, counts in document.items()
    }
