"""Stores the alerts of workers for one sender, which sends them at the pace of a mailbox."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Protocol

from cloudflare_budgets.domain.alerts.alert import Claim, ClaimState, OutgoingAlert
from cloudflare_budgets.domain.run.result import AlertState
from cloudflare_budgets.domain.run.subscriptions import Subscriptions
from cloudflare_budgets.many_accounts.queues import SenderQueue
from cloudflare_budgets.ports import AlertTopic, Outbox, TimeLeft


class StoringOutbox(Outbox, Protocol):
    """An outbox in which one process stores alerts that another one sends."""

    def store(self, alert: OutgoingAlert, now: datetime) -> Claim:
        """Store an alert that `pending` lists from now on, unless it is settled.

        The claim contains the stored alert, also if an earlier call stored it and it was not sent yet.

        Raises:
            StateUnavailableError: the alert was not stored, or it is unknown whether it was.
        """


@dataclass(frozen=True, slots=True)
class Handover:
    """Implements `AlertDelivery`: stores an alert for the sender, which counts as delivered.

    With a `topic`, its subscriptions are counted.
    """

    outbox: StoringOutbox
    queue: SenderQueue
    clock: Callable[[], datetime]
    time_left: TimeLeft
    sleep: Callable[[float], None] = time.sleep
    topic: AlertTopic | None = None
    delivered: ClassVar[AlertState] = AlertState.QUEUED

    def deliver(self, alert: OutgoingAlert) -> OutgoingAlert | None:
        """Store an alert unless it is settled; return what is stored.

        Raises:
            StateUnavailableError: the alert may not be stored.
            RetryableError: the alert is stored, and the sender may not have been started.
        """
        claim = self.outbox.store(alert, self.clock())
        if claim.state is ClaimState.SETTLED:
            self.outbox.settle_lower(claim.alert)
            return None
        self.queue.send(claim.alert.key)
        return claim.alert

    def listeners(self) -> Subscriptions | None:
        """Return the subscriptions of the topic; `None` if they are unknown, or without a topic."""
        return self.topic.subscribers() if self.topic else None

    @property
    def is_held(self) -> bool:
        """Return `False`: alerts are stored without a subscription too."""
        return False
