"""How open alerts are spelled in the table, as JSON, and read back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from cloudflare_budgets.domain.alert import AlertKey
from cloudflare_budgets.domain.amount import plain
from cloudflare_budgets.domain.open_alert import OpenAlert, OpenAlerts
from cloudflare_budgets.domain.period import utc_text


def open_document(alerts: OpenAlerts) -> Mapping[str, Mapping[str, str | bool | None]]:
    """Write open alerts."""
    return {what: _document(alert) for what, alert in sorted(alerts.items())}


def read_open(document: Mapping[str, Mapping[str, Any]]) -> dict[str, OpenAlert]:
    """Read open alerts back.

    Raises:
        ValueError, KeyError: somebody else wrote them.
    """
    return {what: _alert(found) for what, found in document.items()}


def _document(alert: OpenAlert) -> Mapping[str, str | bool | None]:
    return {
        "pk": alert.key.partition,
        "sk": alert.key.sort,
        "subject": alert.subject,
        "problem": alert.problem,
        "limit": alert.limit,
        "threshold": plain(alert.threshold) if alert.threshold is not None else None,
        "period_end": utc_text(alert.period_end) if alert.period_end else None,
        "is_over": alert.is_over,
    }


def _alert(found: Mapping[str, Any]) -> OpenAlert:
    threshold, end = found["threshold"], found["period_end"]
    return OpenAlert(
        AlertKey(found["pk"], found["sk"]),
        found["subject"],
        found["problem"],
        found["limit"],
        Decimal(threshold) if threshold is not None else None,
        datetime.fromisoformat(end).astimezone(UTC) if end else None,
        found["is_over"],
    )
