"""Saves account state after the alerts were delivered, including which alerts are still open."""

import json
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cloudflare_budgets.check.collect import CollectedAccount
from cloudflare_budgets.check.delivery import Resent
from cloudflare_budgets.domain.alerts.alert import OutgoingAlert, resolved_key
from cloudflare_budgets.domain.alerts.open_alerts import OpenAlert, OpenAlerts, joined, open_by, opened
from cloudflare_budgets.domain.alerts.resolution import Outcome
from cloudflare_budgets.domain.run.result import AlertReport, AlertState
from cloudflare_budgets.domain.run.state import next_state
from cloudflare_budgets.domain.usage.history import update_history
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.errors import RetryableError
from cloudflare_budgets.ports import AccountStateStore

_TOLD = frozenset({AlertState.SENT, AlertState.ALREADY_SENT})


@dataclass(frozen=True, slots=True)
class Learner:
    """Remembers accounts for later runs."""

    store: AccountStateStore
    as_of: datetime

    def learn(self, collected: CollectedAccount, open_alerts: OpenAlerts) -> tuple[str, ...]:
        """Remember what is known now and what is open; give what a retry can mend."""
        account_id, usage = collected.account.account_id, collected.usage
        learned = replace(collected.state, open_alerts=open_alerts)
        try:
            if isinstance(usage, Usage):
                # In this order: what is noted as recorded is recorded, and at worst it is once more.
                history, changed = update_history(learned.history, usage, collected.past, self.as_of)
                learned = replace(next_state(learned, usage, self.as_of), history=history)
                if changed:
                    self.store.save_days(account_id, changed)
            if learned != collected.state:
                self.store.save_state(account_id, learned)
        except RetryableError as error:
            return (f"account {account_id}: {error}",)
        return ()


def open_after(
    outcome: Outcome, late: OpenAlerts, told: Sequence[AlertReport], as_of: datetime
) -> OpenAlerts:
    """Say which alerts are open after a run.

    Those that still were, those whose end could not be told yet, those that earlier runs owed and this one
    sent `late`, and those that were told; a lower threshold takes no higher one's place, for the message told
    of both.
    """
    owed = {report.alert.key for report in told if report.state is AlertState.OWED}
    unended = {
        what: over.opened for what, over in outcome.over.items() if resolved_key(over.opened.key) in owed
    }
    told_now = opened((report.alert for report in told if report.state in _TOLD), as_of)
    return joined(joined({**outcome.kept, **unended}, late), told_now)


logger = logging.getLogger(__name__)


def late_of(resent: Resent, collected: CollectedAccount, as_of: datetime) -> OpenAlerts:
    """Find what was opened of an account by what was sent late."""
    if not collected.is_state_known:  # and must not be written over
        return {}
    account_id = collected.account.account_id
    return _opened((alert for alert in resent.sent if _account_of(alert) == account_id), as_of)


def late_elsewhere(resent: Resent, account_ids: Iterable[str], as_of: datetime) -> OpenAlerts:
    """Find the problems that were sent late of none of the accounts that were read.

    Of a crossing of an account that a run for another one sends, the end is not told.
    """
    read = set(account_ids)
    late = _opened((alert for alert in resent.sent if _account_of(alert) not in read), as_of)
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
