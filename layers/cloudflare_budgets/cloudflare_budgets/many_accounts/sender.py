"""Sends the alerts that workers stored; the queue runs one sender at a time."""

from collections.abc import Iterable
from dataclasses import dataclass

from cloudflare_budgets.check.delivery import AlertDelivery
from cloudflare_budgets.check.sending import resend_pending
from cloudflare_budgets.domain.alerts.alert_key import AlertKey


@dataclass(frozen=True, slots=True)
class Sent:
    """What a sender did: the number of alerts that it sent, and why others are left."""

    count: int
    unsettled: frozenset[AlertKey]
    failures: tuple[str, ...]


def send_pending(keys: Iterable[AlertKey], delivery: AlertDelivery) -> Sent:
    """Send every alert that is pending, and look which of the announced ones are still not sent.

    Without a subscriber, alerts remain pending and none counts as unsettled: the next audit starts a sender.
    """
    resent = resend_pending(delivery)
    waiting = () if delivery.is_held else keys
    # The list of pending alerts may lag behind by some seconds: then the queue delivers the key again.
    unsettled = frozenset(key for key in waiting if not delivery.outbox.is_settled(key))
    return Sent(len(resent.sent), unsettled, resent.failures)
