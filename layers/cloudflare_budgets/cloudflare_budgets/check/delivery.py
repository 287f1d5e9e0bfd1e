"""Claim, publish, confirm: delivers each alert once, whatever interrupts a run.

A claim is a lease. The run that has it publishes and then confirms. If the run ends in between, the lease
expires and a later run sends the stored text. No alert is lost, and a duplicate is possible only after a
crash between publish and confirm.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from cloudflare_budgets.domain.alerts.alert import ClaimState, OutgoingAlert
from cloudflare_budgets.domain.run.result import AlertState
from cloudflare_budgets.domain.run.subscriptions import Subscriptions
from cloudflare_budgets.errors import (
    AlertClaimedError,
    AlertRejectedError,
    AlertUndeliveredError,
    NoSubscriberError,
)
from cloudflare_budgets.ports import AlertTopic, Outbox, TimeLeft

# Time for one publish (at most 7 s) and three attempts to confirm it (7 s each).
TIME_TO_DELIVER = timedelta(seconds=30)
# SNS disables an e-mail subscription that gets more than ten messages a second. A check and a digest may
# run at the same time, so each run sends fewer than half as many.
# https://repost.aws/knowledge-center/sns-email-subscription-disabled
PACE = timedelta(seconds=0.25)


class AlertDelivery(Protocol):
    """Delivers the alerts of a run, each once."""

    @property
    def outbox(self) -> Outbox:
        """The record of sent and pending alerts."""

    @property
    def clock(self) -> Callable[[], datetime]:
        """Returns the current time."""

    @property
    def time_left(self) -> TimeLeft:
        """The remaining time of the run."""

    @property
    def sleep(self) -> Callable[[float], None]:
        """Waits for some seconds."""

    @property
    def delivered(self) -> AlertState:
        """The state of an alert that `deliver` returned."""

    def deliver(self, alert: OutgoingAlert) -> OutgoingAlert | None:
        """Deliver an alert unless it is settled; return the message, perhaps as stored earlier.

        Raises:
            RetryableError: the alert was not delivered, or it is unknown whether it was.
        """

    def listeners(self) -> Subscriptions | None:
        """Return the subscriptions of the topic; `None` if they are unknown."""

    @property
    def is_held(self) -> bool:
        """Whether alerts are held, because no subscription is confirmed."""


@dataclass(slots=True)
class Delivery:
    """Implements `AlertDelivery`: publishes the alerts of one run.

    `owner` is new for each run, retries included. `clock` returns the current time, which leases depend on,
    whatever instant the run evaluates.
    """

    outbox: Outbox
    topic: AlertTopic
    owner: str
    clock: Callable[[], datetime]
    time_left: TimeLeft
    sleep: Callable[[float], None] = time.sleep
    _listeners: Subscriptions | None = None
    _has_listeners: bool = False
    _last_published: datetime | None = None
    delivered: ClassVar[AlertState] = AlertState.SENT

    def deliver(self, alert: OutgoingAlert) -> OutgoingAlert | None:
        """Send an alert unless it is settled; return what was sent, perhaps as stored earlier.

        Raises:
            NoSubscriberError: no subscription is confirmed; nothing was stored.
            AlertClaimedError: another run is sending the alert.
            AlertUndeliveredError: a later run must send the alert.
            StateUnavailableError: a later run may have to send the alert.
        """
        self._check_listeners()
        self._check_time()
        claim = self.outbox.claim(alert, self.owner, self.clock())
        if claim.state is ClaimState.PENDING:
            raise AlertClaimedError(f"alert {alert.key.alert_id} is being sent by another run")
        if claim.state is ClaimState.SETTLED:
            self.outbox.settle_lower(claim.alert)
            return None
        self._publish(claim.alert, claim.attempt)
        return claim.alert

    def listeners(self) -> Subscriptions | None:
        """Return the subscriptions of the topic; `None` while the topic does not return them."""
        if self._listeners is None:
            self._listeners = self.topic.subscribers()
        return self._listeners

    @property
    def is_held(self) -> bool:
        """Whether alerts are held, because no subscription is confirmed."""
        found = self.listeners()
        return found is not None and not found.count

    def _publish(self, alert: OutgoingAlert, attempt: int) -> None:
        self._keep_pace()
        try:
            message_id = self.topic.publish(alert, attempt)
        except AlertRejectedError:
            self.outbox.release(alert.key, self.owner)
            raise
        self.outbox.confirm(alert, message_id, self.clock())

    def _keep_pace(self) -> None:
        now = self.clock()
        if self._last_published is not None:
            self.sleep(max((self._last_published + PACE - now).total_seconds(), 0))
        self._last_published = self.clock()

    def _check_listeners(self) -> None:
        # SNS accepts a message without subscribers, so the alert would be recorded as sent. The first
        # result is used for the whole run.
        if not self._has_listeners and self.is_held:
            raise NoSubscriberError("no subscription of the alert topic is confirmed")
        self._has_listeners = True

    def _check_time(self) -> None:
        if self.time_left() < TIME_TO_DELIVER:
            raise AlertUndeliveredError("too little time was left to send an alert; the next run sends it")
