"""Serializes the state of accounts and runs as compressed JSON, in one form for every store of state.

Numbers are strings, so that no digit is lost. Documents that earlier versions wrote remain readable.
"""

import json
import zlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert, OpenAlerts
from cloudflare_budgets.domain.data_quality.snapshot import Label, UsageSnapshot
from cloudflare_budgets.domain.pricing.billed_rate import BilledRate
from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.run.state import AccountState, RunCounts, RunState
from cloudflare_budgets.domain.usage.history import DayRecord, HistoryIndex, Line
from cloudflare_budgets.domain.usage.usage import Series

# DynamoDB stores 400 KB per item; the key and the dates of the item need some of it.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_BYTES = 380_000
# This many open alerts usually fit into MAX_BYTES, and one run has the time to evaluate them.
MAX_OPEN_ALERTS = 8000

# Documents of another format are not readable. Those of versions before formats have no `format`.
FORMAT = 1

Document = Mapping[str, Any]


def dump_account_state(state: AccountState) -> bytes:
    """Serialize the state of an account, with the newest open alerts that fit."""
    document = {
        "source": state.source,
        "source_since": _dump_instant(state.source_since),
        "trace": _dump_snapshot(state.trace) if state.trace else None,
        "history": _dump_index(state.history) if state.history else None,
        "rates": {metric_id: _dump_rate(rate) for metric_id, rate in state.billed_rates.items()},
    }
    return _dump_with_open_alerts(document, state.open_alerts)


def load_account_state(data: bytes | str) -> AccountState:
    """Parse the state of an account.

    Raises:
        Exception: `data` is not a document of this form.
    """
    document = _load(data)
    trace, history = document["trace"], document.get("history")
    return AccountState(
        _load_snapshot(trace) if trace else None,
        document["source"],
        _load_instant(document["source_since"]),
        _load_index(history) if history else None,
        _load_open_alerts(document.get("open", {})),
        {metric_id: _load_rate(found) for metric_id, found in document.get("rates", {}).items()},
    )


def dump_run_state(state: RunState) -> bytes:
    """Serialize the state of runs, with the newest open alerts that fit."""
    log = {
        _dump_day(day): [counts.complete, counts.incomplete, counts.alerts]
        for day, counts in state.log.items()
    }
    return _dump_with_open_alerts({"log": log, "left_at": state.left_at}, state.open_alerts)


def load_run_state(data: bytes | str) -> RunState:
    """Parse the state of runs.

    Raises:
        Exception: `data` is not a document of this form.
    """
    document = _load(data)
    log = {_load_day(day): RunCounts(*counts) for day, counts in document["log"].items()}
    return RunState(log, _load_open_alerts(document["open"]), document.get("left_at"))


def dump_day_record(record: DayRecord) -> bytes:
    """Serialize what an account consumed on a day; the day and the source are stored beside the result."""
    lines = [(*line.series, line.unit, plain(line.quantity)) for line in record.lines]
    return _dump({"folded": record.folded, "lines": lines})


def load_day_record(day: datetime, source: str, data: bytes | str) -> DayRecord:
    """Parse what an account consumed on a day.

    Raises:
        Exception: `data` is not a document of this form.
    """
    document = _load(data)
    lines = tuple(Line(Series(*series), unit, Decimal(number)) for *series, unit, number in document["lines"])
    return DayRecord(day, source, lines, document["folded"])


def _dump(document: Document) -> bytes:
    # ASCII with escapes, because UTF-8 cannot encode lone surrogates.
    return zlib.compress(json.dumps({"format": FORMAT, **document}, separators=(",", ":")).encode())


def _load(data: bytes | str) -> Any:  # noqa: ANN401 - any JSON
    # Earlier versions stored some documents as uncompressed text.
    document = json.loads(data if isinstance(data, str) else zlib.decompress(data))
    if document.get("format", FORMAT) != FORMAT:
        raise ValueError(f"format {document['format']}")
    return document


def _dump_with_open_alerts(document: Document, alerts: OpenAlerts) -> bytes:
    """Serialize a document and open alerts; without an old alert, only its end is not reported."""
    kept = list(alerts.items())[-MAX_OPEN_ALERTS:]
    while True:
        data = _dump({**document, "open": {what: _dump_open_alert(alert) for what, alert in kept}})
        if not kept or len(data) <= MAX_BYTES:
            return data
        kept = kept[-(len(kept) // 2) :] if len(kept) > 1 else []


def dump_open_alerts(alerts: OpenAlerts) -> str:
    """Serialize the open alerts that one message opens, as text."""
    return json.dumps({what: _dump_open_alert(alert) for what, alert in alerts.items()})


def load_open_alerts(text: str) -> dict[str, OpenAlert]:
    """Parse the open alerts that one message opens.

    Raises:
        LookupError, TypeError, ValueError: `text` is not a document of this form.
    """
    return _load_open_alerts(json.loads(text))


def _load_open_alerts(document: Mapping[str, Document]) -> dict[str, OpenAlert]:
    return {what: _load_open_alert(found) for what, found in document.items()}


def _dump_open_alert(alert: OpenAlert) -> Document:
    optional = {
        "account_id": alert.account_id,
        "since": _dump_instant(alert.since),
        "told": _dump_instant(alert.told),
        "names": alert.names,
        "budgets": alert.budgets,
        "observed": plain(alert.observed) if alert.observed is not None else None,
        "arming": alert.arming,
    }
    return {
        "pk": alert.key.partition,
        "sk": alert.key.sort,
        "subject": alert.subject,
        "problem": alert.problem,
        "limit": alert.limit,
        "threshold": plain(alert.threshold) if alert.threshold is not None else None,
        "period_end": _dump_instant(alert.period_end),
        "is_over": alert.is_over,
        **{name: value for name, value in optional.items() if value},
    }


def _load_open_alert(document: Document) -> OpenAlert:
    threshold = document["threshold"]
    return OpenAlert(
        AlertKey(document["pk"], document["sk"]),
        document["subject"],
        document["problem"],
        document["limit"],
        Decimal(threshold) if threshold is not None else None,
        _load_instant(document["period_end"]),
        document["is_over"],
        document.get("account_id"),
        _load_instant(document.get("since")),
        _load_instant(document.get("told")),
        tuple(document.get("names", ())),
        tuple(document.get("budgets", ())),
        Decimal(document["observed"]) if "observed" in document else None,
        document.get("arming", 0),
    )


def _dump_snapshot(snapshot: UsageSnapshot) -> Document:
    return {
        "source": snapshot.source,
        "month": utc_text(snapshot.month),
        "through": utc_text(snapshot.through),
        "totals": {metric_id: plain(number) for metric_id, number in snapshot.totals.items()},
        "since": _dump_instant(snapshot.since),
        "labels": snapshot.labels,
        "before": _dump_snapshot(snapshot.before) if snapshot.before else None,
    }


def _load_snapshot(document: Document) -> UsageSnapshot:
    labels, before = document.get("labels", {}), document.get("before")
    return UsageSnapshot(
        document["source"],
        _instant(document["month"]),
        _instant(document["through"]),
        {metric_id: Decimal(number) for metric_id, number in document["totals"].items()},
        _load_instant(document.get("since")),
        {metric_id: tuple(Label(*label) for label in found) for metric_id, found in labels.items()},
        _load_snapshot(before) if before else None,
    )


def _dump_index(history: HistoryIndex) -> Document:
    return {
        "source": history.source,
        "known_from": utc_text(history.known_from),
        "known_through": utc_text(history.known_through),
        "asked": _dump_instant(history.asked),
        "digests": {_dump_day(day): digest for day, digest in history.digests.items()},
    }


def _load_index(document: Document) -> HistoryIndex:
    return HistoryIndex(
        document["source"],
        _instant(document["known_from"]),
        _instant(document["known_through"]),
        {_load_day(day): digest for day, digest in document["digests"].items()},
        _load_instant(document["asked"]),
    )


def _dump_instant(instant: datetime | None) -> str | None:
    return utc_text(instant) if instant else None


def _load_instant(text: str | None) -> datetime | None:
    return _instant(text) if text else None


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _dump_day(day: datetime) -> str:
    return f"{day:%Y-%m-%d}"


def _load_day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _dump_rate(rate: BilledRate) -> Sequence[str]:
    return (rate.unit, plain(rate.quantity), plain(rate.cost), rate.currency, utc_text(rate.cycle_end))


def _load_rate(found: Sequence[str]) -> BilledRate:
    unit, quantity, cost, currency, cycle_end = found
    return BilledRate(unit, Decimal(quantity), Decimal(cost), currency, datetime.fromisoformat(cycle_end))
