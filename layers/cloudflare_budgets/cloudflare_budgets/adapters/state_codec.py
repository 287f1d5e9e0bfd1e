"""Serializes the state of accounts and runs as compressed JSON, alike for every store.

Numbers are strings, so that no digit is lost. Documents that earlier versions wrote remain readable.
"""

import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from cloudflare_budgets.adapters.state_parts import (
    Document,
    dump_access,
    dump_day,
    dump_fresh_history,
    dump_index,
    dump_instant,
    dump_open_alert,
    dump_rate,
    dump_snapshot,
    dump_subscription,
    instant,
    load_access,
    load_day,
    load_fresh_history,
    load_index,
    load_instant,
    load_open_alert,
    load_rate,
    load_snapshot,
    load_subscription,
)
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert, OpenAlerts
from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.run.state import AccountState, RunCounts, RunState
from cloudflare_budgets.domain.usage.history import DayRecord, Line
from cloudflare_budgets.domain.usage.usage import Series

# DynamoDB stores 400 KB per item; the key and the dates of the item need some of it.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_BYTES = 380_000
# This many open alerts usually fit into MAX_BYTES, and one run has the time to evaluate them.
MAX_OPEN_ALERTS = 8000

# Documents of another format are not readable. Those of versions before formats have no `format`.
FORMAT = 1


def dump_account_state(state: AccountState) -> bytes:
    """Serialize the state of an account, with the newest open alerts that fit."""
    document = {
        "source": state.source,
        "source_since": dump_instant(state.source_since),
        "judged_through": dump_instant(state.judged_through),
        "left_at": state.left_at,
        "switched_off": list(state.switched_off),
        "refused_since": dump_instant(state.refused_since),
        "refusals": {name: dump_instant(since) for name, since in state.refusals.items()},
        "subscriptions": [dump_subscription(one) for one in state.subscriptions],
        "subscriptions_at": dump_instant(state.subscriptions_at),
        "trace": dump_snapshot(state.trace) if state.trace else None,
        "history": dump_index(state.history) if state.history else None,
        "rates": {metric_id: dump_rate(rate) for metric_id, rate in state.billed_rates.items()},
        "fresh": dump_fresh_history(state.fresh_history),
        "access": dump_access(state.fresh_access) if state.fresh_access else None,
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
        load_snapshot(trace) if trace else None,
        document["source"],
        load_instant(document["source_since"]),
        load_index(history) if history else None,
        _load_open_alerts(document.get("open", {})),
        {metric_id: load_rate(found) for metric_id, found in document.get("rates", {}).items()},
        load_fresh_history(document.get("fresh", {})),
        load_access(access) if (access := document.get("access")) else None,
        refused_since=load_instant(document.get("refused_since")),
        judged_through=load_instant(document.get("judged_through")),
        left_at=document.get("left_at"),
        switched_off=tuple(map(str, document.get("switched_off", ()))),
        refusals={name: load_instant(since) for name, since in document.get("refusals", {}).items()},
        subscriptions=tuple(map(load_subscription, document.get("subscriptions", ()))),
        subscriptions_at=load_instant(document.get("subscriptions_at")),
    )


def dump_run_state(state: RunState) -> bytes:
    """Serialize the state of runs, with the newest open alerts that fit."""
    log = {
        dump_day(day): [counts.complete, counts.incomplete, counts.alerts]
        for day, counts in state.log.items()
    }
    seen = state.budgets
    budgets = seen if seen is None else {name: dump_instant(first) for name, first in seen.items()}
    return _dump_with_open_alerts(
        {
            "log": log,
            "left_at": state.left_at,
            "budgets": budgets,
            "digests": [dump_instant(each) for each in state.digests],
            "unheard_since": dump_instant(state.unheard_since),
            "shared_names": list(state.shared_names),
            "deleted": {name: dump_instant(at) for name, at in state.deleted.items()},
        },
        state.open_alerts,
    )


def load_run_state(data: bytes | str) -> RunState:
    """Parse the state of runs.

    Raises:
        Exception: `data` is not a document of this form.
    """
    document = _load(data)
    log = {load_day(day): RunCounts(*counts) for day, counts in document["log"].items()}
    seen = document.get("budgets")
    budgets = seen if seen is None else {name: instant(text) for name, text in seen.items()}
    digests = tuple(instant(text) for text in document.get("digests", ()))
    unheard_since = load_instant(document.get("unheard_since"))
    open_alerts, left_at = _load_open_alerts(document["open"]), document.get("left_at")
    shared = tuple(map(str, document.get("shared_names", ())))
    deleted = {name: instant(text) for name, text in document.get("deleted", {}).items()}
    return RunState(log, open_alerts, left_at, budgets, digests, unheard_since, shared, deleted)


def dump_standing(standing: Mapping[str, Any]) -> bytes:
    """Serialize an account's standing with the budgets that fit; `left_out` counts the others."""
    kept = most = max((len(found) for found in standing.values() if isinstance(found, list)), default=0)
    while True:
        cut = {name: found[:kept] if isinstance(found, list) else found for name, found in standing.items()}
        left_out = len(standing.get("budgets", ())) - len(cut.get("budgets", ()))
        data = _dump({**cut, "left_out": left_out} if kept < most else cut)
        if len(data) <= MAX_BYTES or kept == 0:
            return data
        kept = kept * 3 // 4


def load_standing(data: bytes | str) -> Document:
    """Parse where an account stands.

    Raises:
        Exception: `data` is not a document of this form.
    """
    document: Document = _load(data)
    return document


def dump_day_record(record: DayRecord) -> bytes:
    """Serialize what an account consumed on a day, without the day and the source."""
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
        data = _dump({**document, "open": {what: dump_open_alert(alert) for what, alert in kept}})
        if not kept or len(data) <= MAX_BYTES:
            return data
        kept = kept[-(len(kept) // 2) :] if len(kept) > 1 else []


def dump_open_alerts(alerts: OpenAlerts) -> str:
    """Serialize the open alerts that one message opens, as text."""
    return json.dumps({what: dump_open_alert(alert) for what, alert in alerts.items()})


def load_open_alerts(text: str) -> dict[str, OpenAlert]:
    """Parse the open alerts that one message opens.

    Raises:
        LookupError, TypeError, ValueError: `text` is not a document of this form.
    """
    return _load_open_alerts(json.loads(text))


def _load_open_alerts(document: Mapping[str, Document]) -> dict[str, OpenAlert]:
    return {what: load_open_alert(found) for what, found in document.items()}
