"""What earlier runs owed and this one sent: its end is worth telling too, though no run has opened it."""

import json
import logging
from collections.abc import Iterable
from datetime import datetime

from cloudflare_budgets.domain.open_alert import OpenAlert, OpenAlerts, open_by
from cloudflare_budgets.domain.outgoing import OutgoingAlert
from cloudflare_budgets.gather import Gathered
from cloudflare_budgets.telling import Swept

logger = logging.getLogger(__name__)


def late_of(swept: Swept, gathered: Gathered, as_of: datetime) -> OpenAlerts:
    """Find what was opened of an account by what was sent late."""
    if not gathered.are_notes_known:  # and must not be written over
        return {}
    account_id = gathered.account.account_id
    return _opened((alert for alert in swept.sent if _account_of(alert) == account_id), as_of)


def late_elsewhere(swept: Swept, account_ids: Iterable[str], as_of: datetime) -> OpenAlerts:
    """Find the problems that were sent late of none of the accounts that were read.

    Of a crossing of an account that a run for another one sends, the end is not told.
    """
    read = set(account_ids)
    late = _opened((alert for alert in swept.sent if _account_of(alert) not in read), as_of)
    return {what: found for what, found in late.items() if found.problem}


def _opened(alerts: Iterable[OutgoingAlert], as_of: datetime) -> OpenAlerts:
    found: dict[str, OpenAlert] = {}
    for alert in alerts:
        try:
            found.update(open_by(alert.key, json.loads(alert.document), as_of=as_of))
        except (ArithmeticError, LookupError, TypeError, ValueError) as error:
            # It was sent; that its end cannot be told must not cost the others theirs.
            logger.warning("a late alert has no end", exc_info=error, extra={"alert": alert.key.alert_id})
    return found


def _account_of(alert: OutgoingAlert) -> str | None:
    return alert.attributes.get("account_id")
