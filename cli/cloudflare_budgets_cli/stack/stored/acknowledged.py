"""Adds to a reply or to stored standings who acknowledged the alerts about a budget."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from cloudflare_budgets.domain.alerts.sent_alert import SentAlert, acknowledged_alert
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets_cli.screens.standing import OVER, PASSED
from cloudflare_budgets_cli.stack.stored.state import Stored

# For a budget whose billing period is not known.
_LOOK_BACK = timedelta(days=31)
Budget = Mapping[str, Any]


def with_acknowledged(document: Mapping[str, Any], stored: Stored) -> Mapping[str, Any]:
    """Return a document whose budgets have `acknowledged`, of their newest alert or `None`.

    Only alerts about budgets that have passed a threshold are looked up.

    Raises:
        StateUnavailableError: sent alerts cannot be read.
    """
    as_of = datetime.fromisoformat(document["as_of"])
    return {**document, "accounts": [_account(each, as_of, stored) for each in document["accounts"]]}


def _account(account: Mapping[str, Any], as_of: datetime, stored: Stored) -> Mapping[str, Any]:
    starts = [_start(each, as_of) for each in account["budgets"] if _has_passed(each)]
    sent = stored.alerts.sent(account["account_id"], min(starts)) if starts else ()
    return {**account, "budgets": [_budget(each, sent, as_of) for each in account["budgets"]]}


def _budget(budget: Budget, sent: Sequence[SentAlert], as_of: datetime) -> Budget:
    found = acknowledged_alert(sent, budget["name"], _start(budget, as_of)) if _has_passed(budget) else None
    entry = found.acknowledged if found else None
    if found is None or entry is None:
        return {**budget, "acknowledged": None}
    acknowledged = {
        "by": entry.by,
        "at": utc_text(entry.at),
        "note": entry.note,
        "alert_id": found.key.alert_id,
    }
    return {**budget, "acknowledged": acknowledged}


def _has_passed(budget: Budget) -> bool:
    return budget["level"] in (OVER, PASSED)


def _start(budget: Budget, as_of: datetime) -> datetime:
    period = budget["period"]
    return datetime.fromisoformat(period["start"]) if period else as_of - _LOOK_BACK
