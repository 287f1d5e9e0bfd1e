"""How open alerts are spelled in the table, as JSON, and read back."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cloudflare_budgets.domain.alert import AlertKey
from cloudflare_budgets.domain.open_alert import OpenAlert, OpenAlerts
from cloudflare_budgets.domain.period import utc_text


def open_document(alerts: OpenAlerts) -> Mapping[str, Mapping[str, str | None]]:
    """Write open alerts."""
    return {what: _document(alert) for what, alert in sorted(alerts.items())}


def read_open(document: Mapping[str, Mapping[str, Any]]) -> dict[str, OpenAlert]:
    """Read open alerts back.

    Raises:
        ValueError, KeyError: somebody else wrote them.
    """
    return {what: _alert(found) for what, found in document.items()}


def _document(alert: OpenAlert) -> Mapping[str, str | None]:
    return {
        "pk": alert.key.partition,
        "sk": alert.key.sort,
        "subject": alert.subject,
        "problem": alert.problem,
        "limit": alert.limit,
        "period_end": utc_text(alert.period_end) if alert.period_end else None,
    }


def _alert(found: Mapping[str, Any]) -> OpenAlert:
    end = found["period_end"]
    return OpenAlert(
        AlertKey(found["pk"], found["sk"]),
        found["subject"],
        found["problem"],
        found["limit"],
        datetime.fromisoformat(end).astimezone(UTC) if end else None,
    )
