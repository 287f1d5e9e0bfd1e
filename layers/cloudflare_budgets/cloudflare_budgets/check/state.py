"""Saves account state after the alerts were delivered, with the alerts that are still open."""

import json
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from cloudflare_budgets.check.collect import CollectedAccount
from cloudflare_budgets.check.sending import account_of
from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import resolved_key
from cloudflare_budgets.domain.alerts.open_alert import OpenAlert, OpenAlerts
from cloudflare_budgets.domain.alerts.open_alerts import joined, opened, opened_by_document
from cloudflare_budgets.domain.alerts.resolution import Outcome
from cloudflare_budgets.domain.run.request import RunMode
from cloudflare_budgets.domain.run.result import AccountReport, AlertReport, AlertState
from cloudflare_budgets.domain.run.state import AccountState, next_state
from cloudflare_budgets.domain.usage.history import update_history
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.errors import RetryableError, SourceRefusedError
from cloudflare_budgets.messages.reply import account_standing
from cloudflare_budgets.ports import AccountStateStore, Outbox, StandingOf, StandingStore

logger = logging.getLogger(__name__)

_DELIVERED = frozenset({AlertState.SENT, AlertState.QUEUED, AlertState.ALREADY_SENT})


def save_account_state(
    collected: CollectedAccount, state: AccountState, as_of: datetime, store: AccountStateStore
) -> tuple[str, ...]:
    """Save what later runs need of an account, if it changed; return what a retry can fix."""
    account_id, usage = collected.account.account_id, collected.usage
    try:
        if isinstance(usage, Usage):
            # Days are saved before the state that lists them: after a crash they are saved again.
            history, changed = update_history(state.history, usage, collected.past, as_of)
            state = replace(next_state(state, usage, as_of, collected.fresh), history=history)
            if changed:
                store.save_days(account_id, changed)
        elif isinstance(usage, SourceRefusedError):
            state = state.refused(as_of)
        if state != collected.state:
            store.save_state(account_id, state)
    except RetryableError as error:
        return (f"account {account_id}: {error}",)
    return ()


def save_account_standing(
    report: AccountReport,
    mode: RunMode,
    as_of: datetime,
    store: StandingStore,
    standing_of: StandingOf = account_standing,
) -> AccountReport:
    """Save where an account stands; the earlier standing remains if no time was left for it."""
    if not mode.saves_state or not report.was_begun:
        return report
    failures = save_standing(standing_of(report, as_of), store)
    return replace(report, failures=(*report.failures, *failures))


def save_standing(standing: Mapping[str, Any], store: StandingStore) -> tuple[str, ...]:
    """Save where an account or the whole run stands; return what a retry can fix."""
    try:
        store.save_standing(standing)
    except RetryableError as error:
        return (f"standing of {standing['account_id'] or 'the run'}: {error}",)
    return ()


def with_sent_ends(open_alerts: OpenAlerts, outbox: Outbox) -> OpenAlerts:
    """Mark crossings as over whose `resolved` alert was sent by a run that saved no state.

    Otherwise, a crossing that comes back would be suppressed although its end was sent.
    """
    ends = {
        what: resolved_key(found.key)
        for what, found in open_alerts.items()
        if found.problem is None and not found.is_over
    }
    try:
        settled = outbox.settled(set(ends.values())) if ends else {}
    except RetryableError:  # the table fails; so does the lookup of the next alert, which reports it
        return open_alerts
    over = {what: open_alerts[what].ended() for what, end in ends.items() if end in settled}
    return {**open_alerts, **over}


def open_after(outcome: Outcome, late: OpenAlerts, alerts: Sequence[AlertReport]) -> OpenAlerts:
    """Return which alerts are open after a run.

    Those are the alerts that stay open, those whose end is not sent yet, the `late` ones that earlier runs
    owed and this run sent, and those of this run. A lower threshold does not replace a higher one, because
    one message covers both.
    """
    owed = {report.alert.key for report in alerts if report.state is AlertState.OWED}
    not_ended = {
        what: over.opened for what, over in outcome.over.items() if resolved_key(over.opened.key) in owed
    }
    delivered = opened(report.alert for report in alerts if report.state in _DELIVERED)
    return joined(joined({**outcome.kept, **not_ended}, late), delivered)


def opened_for(collected: CollectedAccount, resent: Iterable[OutgoingAlert], as_of: datetime) -> OpenAlerts:
    """Return what the resent alerts of an account opened; nothing if its state is not known."""
    if not collected.is_state_known:  # the stored state must not be overwritten
        return {}
    account_id = collected.account.account_id
    return _opened((alert for alert in resent if account_of(alert) == account_id), as_of)


def opened_elsewhere(
    resent: Iterable[OutgoingAlert], account_ids: Collection[str], as_of: datetime
) -> OpenAlerts:
    """Return the problems that resent alerts opened outside the accounts of this run.

    The end of a crossing of another account is not sent if a run for one account resends it.
    """
    found = _opened((alert for alert in resent if account_of(alert) not in account_ids), as_of)
    return {what: each for what, each in found.items() if each.problem}


def _opened(alerts: Iterable[OutgoingAlert], as_of: datetime) -> OpenAlerts:
    found: dict[str, OpenAlert] = {}
    for alert in alerts:
        found.update(alert.opens if alert.opens is not None else _opened_by_document(alert, as_of))
    return found


def _opened_by_document(alert: OutgoingAlert, as_of: datetime) -> OpenAlerts:
    """Return what a row of an earlier version opens; without its end, the alert was still sent."""
    try:
        return opened_by_document(alert.key, json.loads(alert.document), as_of)
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        logger.warning("a resent alert has no end", exc_info=error, extra={"alert": alert.key.alert_id})
        return {}
