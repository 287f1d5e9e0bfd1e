"""Looks up what only new alerts need: a spike's earlier alert, and the largest users."""

import logging
from collections.abc import Iterator
from dataclasses import replace

from cloudflare_budgets.check.collect import CollectedAccount
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.domain.alerts.alert_key import key_of_anomaly
from cloudflare_budgets.domain.alerts.decision import Decision
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.fresh import FreshUsage
from cloudflare_budgets.ports import Outbox

logger = logging.getLogger(__name__)


def looked_up(decision: Decision, collected: CollectedAccount, deps: Dependencies) -> Decision:
    """Return the decision with each spike as it was sent, and with the users of new alerts.

    If a lookup fails, alerts are sent without its result.
    """
    if deps.fresh is None:
        return decision  # and no spike was sent before its day was billed
    account_id = collected.account.account_id
    try:
        decision = _as_sent(decision, account_id, deps.delivery.outbox)
        if collected.fresh is None:
            return decision
        metrics = dict.fromkeys(_new_metrics(decision, account_id, collected.fresh, deps.delivery.outbox))
        if not metrics:
            return decision
        window = Period(collected.fresh.since, collected.fresh.through)
        return decision.with_resources(deps.fresh.attribute(collected.account, window, metrics))
    except Exception:
        logger.exception("new alerts were not looked up", extra={"account_id": account_id})
        return decision


def _as_sent(decision: Decision, account_id: str, outbox: Outbox) -> Decision:
    """Return the decision with each spike by the first day under which its alert was sent."""
    if not decision.anomalies:
        return decision
    # Imported only where something is unusual, to keep the cold start of all other checks short.
    from cloudflare_budgets.domain.alerts.episode import seen_later  # noqa: PLC0415

    anomalies = []
    for anomaly in decision.anomalies:
        is_new = not outbox.is_settled(key_of_anomaly(account_id, anomaly))
        earlier = seen_later(anomaly) if is_new else iter(())
        sent = (each for each in earlier if outbox.is_settled(key_of_anomaly(account_id, each)))
        anomalies.append(next(sent, anomaly))
    return replace(decision, anomalies=tuple(anomalies))


def _new_metrics(decision: Decision, account_id: str, fresh: FreshUsage, outbox: Outbox) -> Iterator[str]:
    """Yield the metrics of new alerts, if analytics were read for their days."""
    for crossing in decision.crossings:
        if not outbox.is_settled(crossing.key):
            yield from crossing.causes
    for anomaly in decision.anomalies:
        if anomaly.day >= fresh.since and not outbox.is_settled(key_of_anomaly(account_id, anomaly)):
            yield anomaly.listed_id
