"""Claim, publish, confirm: how an alert goes out once, whatever stops a run half-way.

A claim is a lease on an alert. Whoever holds it publishes and then confirms; whoever dies in
between leaves a claim whose lease runs out, and a later run sends the text that was kept with
it. So nothing is lost, and a copy is sent only after a crash between publishing and confirming.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudflare_budgets.domain.outgoing import ClaimState, OutgoingAlert
from cloudflare_budgets.errors import AlertRejectedError, AlertUndeliveredError
from cloudflare_budgets.ports import AlertMemory, AlertTopic, TimeLeft

# One publish (7 s at worst) and three tries to confirm it (7 s each) must fit before the end.
TIME_TO_DELIVER = timedelta(seconds=30)
# SNS switches an e-mail subscription off that gets more than ten messages a second. Half of that is safe, and
# a little less, for a check and a digest may run at the same time.
# https://repost.aws/knowledge-center/sns-email-subscription-disabled
PACE = timedelta(seconds=0.25)


@dataclass(slots=True)
class Delivery:
    """Sends the alerts of one run.

    `owner` is made anew for each run, retries included. `clock` gives the real time, which leases
    go by, whatever instant the run judges by.
    """

    memory: AlertMemory
    topic: AlertTopic
    owner: str
    clock: Callable[[], datetime]
    time_left: TimeLeft
    sleep: Callable[[float], None] = time.sleep
    _listeners: int | None = None
    _may_be_heard: bool = False
    _last_published: datetime | None = None

    def deliver(self, alert: OutgoingAlert) -> bool:
        """Send an alert unless it is settled; tell whether this call sent it.

        Raises:
            AlertUndeliveredError: it is still owed.
            MemoryUnavailableError: it may be owed.
        """
        self._check_listeners()
        self._check_time()
        claim = self.memory.claim(alert, self.owner, self.clock())
        if claim.state is ClaimState.PENDING:
            raise AlertUndeliveredError(f"alert {alert.key.alert_id} is being sent by another run")
        if claim.state is ClaimState.SETTLED:
            self.memory.settle_lower(claim.alert)
            return False
        self._publish(claim.alert, claim.attempt)
        return True

    def listeners(self) -> int | None:
        """Count who listens, as the topic said first; it is asked until it says, `None` until then."""
        if self._listeners is None:
            self._listeners = self.topic.confirmed_subscriptions()
        return self._listeners

    def _publish(self, alert: OutgoingAlert, attempt: int) -> None:
        self._keep_pace()
        try:
            message_id = self.topic.publish(alert, attempt)
        except AlertRejectedError:
            self.memory.release(alert.key, self.owner)
            raise
        self.memory.confirm(alert, message_id, self.clock())

    def _keep_pace(self) -> None:
        now = self.clock()
        if self._last_published is not None:
            self.sleep(max((self._last_published + PACE - now).total_seconds(), 0))
        self._last_published = self.clock()

    def _check_listeners(self) -> None:
        # SNS takes a message that nobody receives, and the alert would count as sent. A topic that once
        # said so is believed for the whole run: an answer that fails afterwards proves no listener.
        if not self._may_be_heard and self.listeners() == 0:
            raise AlertUndeliveredError(
                "nobody is subscribed to the alert topic: subscribe an address (stack parameter AlertEmail) "
                "and follow the link in the confirmation mail; the alert goes out on the next run after that"
            )
        self._may_be_heard = True

    def _check_time(self) -> None:
        if self.time_left() < TIME_TO_DELIVER:
            raise AlertUndeliveredError("too little time was left to send an alert; the next run sends it")
