"""Claim, publish, confirm: delivers each alert once, whatever interrupts a run.

A claim is a lease. The run that holds it publishes and then confirms. If it dies in between, the lease
expires and a later run sends the stored text. No alert is lost, and a duplicate is possible only after a
crash between publish and confirm.
"""

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from cloudflare_budgets.domain.alerts.alert import Alert, ClaimState, OutgoingAlert
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.run.result import AlertReport, AlertState
from cloudflare_budgets.errors import AlertRejectedError, AlertUndeliveredError, RetryableError
from cloudflare_budgets.messages.alerts.render import outgoing
from cloudflare_budgets.ports import AlertTopic, Outbox, TimeLeft

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

    outbox: Outbox
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
            StateUnavailableError: it may be owed.
        """
        self._check_listeners()
        self._check_time()
        claim = self.outbox.claim(alert, self.owner, self.clock())
        if claim.state is ClaimState.PENDING:
            raise AlertUndeliveredError(f"alert {alert.key.alert_id} is being sent by another run")
        if claim.state is ClaimState.SETTLED:
            self.outbox.settle_lower(claim.alert)
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
            self.outbox.release(alert.key, self.owner)
            raise
        self.outbox.confirm(alert, message_id, self.clock())

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


logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """What became of each alert, and why some are still owed."""

    alerts: tuple[AlertReport, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Resent:
    """Which alerts of earlier runs were sent, which are still owed, and why.

    `owed` is `None` where the memory did not say what is.
    """

    sent: tuple[OutgoingAlert, ...] = ()
    owed: frozenset[AlertKey] | None = frozenset()
    failures: tuple[str, ...] = ()


def resend_pending(delivery: Delivery) -> Resent:
    """Send what earlier runs claimed and did not send; it needs neither Cloudflare nor the budget."""
    sent: list[OutgoingAlert] = []
    failed: dict[AlertKey, str] = {}
    try:
        for alert in delivery.outbox.pending(delivery.clock()):
            try:
                if delivery.deliver(alert):
                    sent.append(alert)
            except Exception as error:  # noqa: BLE001 - one alert's surprise must not cost the others
                failed[alert.key] = _why(error, alert.key)
    except RetryableError as error:
        return Resent(tuple(sent), None, (*failed.values(), str(error)))
    return Resent(tuple(sent), frozenset(failed), tuple(failed.values()))


def deliver_all(alerts: Iterable[Alert], delivery: Delivery, *, dry_run: bool) -> DeliveryOutcome:
    """Deliver alerts, each once; a dry run only looks whether they were delivered before.

    What an alert tells alongside comes after it.
    """
    told: list[AlertReport] = []
    failures: list[str] = []
    held: set[AlertKey] = set()
    for alert in alerts:
        if alert.key in held:  # the message that is owed tells it too
            told.append(AlertReport(alert, AlertState.OWED))
            continue
        try:
            state = _preview(alert, delivery) if dry_run else _deliver(alert, delivery)
        except Exception as error:  # noqa: BLE001 - one alert's surprise must not cost the others
            state = AlertState.OWED
            held.update(alert.alongside)
            failures.append(f"{alert.type} {alert.budget or alert.label}: {_why(error, alert.key)}")
        told.append(AlertReport(alert, state))
    return DeliveryOutcome(tuple(told), tuple(failures))


def _why(error: Exception, key: AlertKey) -> str:
    if isinstance(error, RetryableError):
        return str(error)
    logger.error("unexpected error", exc_info=error, extra={"alert_id": key.alert_id})
    return f"unexpected {type(error).__name__}, see the log"


def _deliver(alert: Alert, delivery: Delivery) -> AlertState:
    return AlertState.SENT if delivery.deliver(outgoing(alert)) else AlertState.ALREADY_SENT


def _preview(alert: Alert, delivery: Delivery) -> AlertState:
    return AlertState.ALREADY_SENT if delivery.outbox.is_settled(alert.key) else AlertState.DRY_RUN
