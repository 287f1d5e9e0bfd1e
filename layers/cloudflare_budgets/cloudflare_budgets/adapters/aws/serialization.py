"""Serializes state documents for DynamoDB as compressed JSON.

An item holds 400 KB, and reads are billed by size.
"""

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.alerts.alert import AlertKey
from cloudflare_budgets.domain.alerts.open_alerts import OpenAlert, OpenAlerts
from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.period import utc_text

# Beside a document stand its row's key and dates.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_PACKED = 380_000

Value = dict[str, Any]  # DynamoDB's spelling: {"B": b"..."}


def packed(document: Mapping[str, Any]) -> Value:
    """Spell a document."""
    # With escapes: they keep the lone halves of characters, which UTF-8 does not.
    return {"B": zlib.compress(json.dumps(document, separators=(",", ":")).encode())}


def unpacked(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Read a document back; earlier versions kept some as plain text.

    Raises:
        LookupError, TypeError, ValueError, zlib.error: somebody else wrote it.
    """
    return json.loads(value["S"] if "S" in value else zlib.decompress(value["B"]))


# So many of the usual kind fit into a row, and into the time there is to judge them.
OPEN_KEPT = 8000


def packed_with_open(notes: Mapping[str, Any], alerts: OpenAlerts) -> Value:
    """Spell notes with as many open alerts as a row holds, the newest.

    The end of one that is left out is not told. That it began was told, and nothing of it is owed.
    """
    kept = list(alerts.items())[-OPEN_KEPT:]
    while True:
        value = packed({**notes, "open": {what: _document(alert) for what, alert in kept}})
        if not kept or len(value["B"]) <= MAX_PACKED:
            return value
        kept = kept[-(len(kept) // 2) :] if len(kept) > 1 else []


def read_open(document: Mapping[str, Mapping[str, Any]]) -> dict[str, OpenAlert]:
    """Read open alerts back, the newest last.

    Raises:
        ValueError, KeyError: somebody else wrote them.
    """
    return {what: _alert(found) for what, found in document.items()}


def _document(alert: OpenAlert) -> Mapping[str, object]:
    more = {
        "account_id": alert.account_id,
        "since": utc_text(alert.since) if alert.since else None,
        "told": utc_text(alert.told) if alert.told else None,
        "names": alert.names,
        "budgets": alert.budgets,
    }
    return {
        "pk": alert.key.partition,
        "sk": alert.key.sort,
        "subject": alert.subject,
        "problem": alert.problem,
        "limit": alert.limit,
        "threshold": plain(alert.threshold) if alert.threshold is not None else None,
        "period_end": utc_text(alert.period_end) if alert.period_end else None,
        "is_over": alert.is_over,
        # Most have none of these, and rows of earlier versions neither.
        **{key: value for key, value in more.items() if value},
    }


def _alert(found: Mapping[str, Any]) -> OpenAlert:
    threshold = found["threshold"]
    return OpenAlert(
        AlertKey(found["pk"], found["sk"]),
        found["subject"],
        found["problem"],
        found["limit"],
        Decimal(threshold) if threshold is not None else None,
        _instant(found["period_end"]),
        found["is_over"],
        found.get("account_id"),
        _instant(found.get("since")),
        _instant(found.get("told")),
        tuple(found.get("names", ())),
        tuple(found.get("budgets", ())),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
