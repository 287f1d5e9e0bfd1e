"""Sends the alerts of a run, one message for each cause, and those that earlier runs left."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from cloudflare_budgets.check.delivery import AlertDelivery
from cloudflare_budgets.domain.alerts.alert import Alert, OutgoingAlert, groups_of
from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.run.result import AlertReport, AlertState
from cloudflare_budgets.errors import AlertClaimedError, NoSubscriberError, RetryableError
from cloudflare_budgets.messages.alerts.render import fitting_mentions, outgoing, with_also
from cloudflare_budgets.messages.message import MENTIONED_IN, MENTIONS, mentions_json, parse_mentions

logger = logging.getLogger(__name__)

# A transaction of DynamoDB has at most 100 actions.
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
_MAX_KEYS = 100


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """The state of each alert after its delivery, and why some must still be sent."""

    alerts: tuple[AlertReport, ...]
    failures: tuple[str, ...]

    @property
    def has_unsent(self) -> bool:
        """Whether an alert is still to be sent."""
        return any(report.state in (AlertState.OWED, AlertState.CLAIMED) for report in self.alerts)


@dataclass(frozen=True, slots=True)
class Resent:
    """The alerts of earlier runs that were sent, that still must be sent, and why.

    `unsent` is `None` if the outbox could not be read. Another run is sending the `claimed` ones.
    """

    sent: tuple[OutgoingAlert, ...] = ()
    unsent: tuple[OutgoingAlert, ...] | None = ()
    failures: tuple[str, ...] = ()
    claimed: frozenset[AlertKey] = frozenset()

    @property
    def owed(self) -> frozenset[AlertKey] | None:
        """The alerts that still must be sent; `None` if the outbox could not be read."""
        return None if self.unsent is None else frozenset(alert.key for alert in self.unsent)

    def is_settled_for(self, account_id: str) -> bool:
        """Return whether no alert of an account is left; `False` if the outbox could not be read."""
        unsent = self.unsent
        return unsent is not None and all(account_of(alert) != account_id for alert in unsent)


def resend_pending(delivery: AlertDelivery) -> Resent:
    """Send the alerts that earlier runs claimed and did not send; no usage is needed."""
    sent: list[OutgoingAlert] = []
    owed: dict[AlertKey, tuple[OutgoingAlert, Exception]] = {}
    unread: tuple[str, ...] = ()
    try:
        for alert in delivery.outbox.pending(delivery.clock()):
            try:
                if delivered := delivery.deliver(alert):
                    sent.append(delivered)
            except Exception as error:  # noqa: BLE001 - an error with one alert must not affect the others
                owed[alert.key] = alert, error
    except RetryableError as error:
        unread = (str(error),)
    claimed = frozenset(key for key, (_, error) in owed.items() if isinstance(error, AlertClaimedError))
    failures = (*(text for key, (_, error) in owed.items() for text in _failure(error, key)), *unread)
    unsent = None if unread else tuple(alert for alert, _ in owed.values())
    return Resent(tuple(sent), unsent, failures, claimed)


def account_of(alert: OutgoingAlert) -> str | None:
    """Return the account of an alert; `None` for an alert of no single account."""
    return alert.attributes.get("account_id")


def deliver_all(alerts: Iterable[Alert], delivery: AlertDelivery, *, dry_run: bool) -> DeliveryOutcome:
    """Deliver the alerts of one account, each once; a dry run looks up which were delivered.

    Alerts about one metric are one message: the most severe leads, and is settled together with the others.
    """
    sender = _Sender(delivery)
    groups = groups_of(alerts)
    if dry_run:
        for group in groups:
            sender.preview(group)
    else:
        sender.send(groups)
    return DeliveryOutcome(tuple(sender.reports), tuple(sender.failures))


_Group = Sequence[Alert]


@dataclass(slots=True)
class _Sender:
    delivery: AlertDelivery
    reports: list[AlertReport] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    # The alerts that are mentioned in a message which could not be sent.
    _held: dict[AlertKey, AlertState] = field(default_factory=dict)

    def preview(self, group: _Group) -> None:
        """Report which alerts would be sent."""
        for alert in group:
            try:
                is_settled = self.delivery.outbox.is_settled(alert.key)
            except Exception as error:  # noqa: BLE001 - an error with one alert must not affect the others
                self._report_failure([alert], error)
                continue
            self._report([alert], AlertState.ALREADY_SENT if is_settled else AlertState.DRY_RUN)

    def send(self, groups: Sequence[_Group]) -> None:
        """Send the new alerts of each group in one message, the most severe first.

        A message mentions the alerts of the messages after it, so that Slack shows all of them as one. Only
        if it was sent with these mentions, the later messages say so.
        """
        waiting = sorted(self._new(groups), key=lambda group: group[0].rank)
        while waiting:
            first, *others = waiting
            sent = self._send_group(first, {MENTIONS: mentions_json(fitting_mentions(first, others))})
            shown = {each.alert_id for each in parse_mentions(sent.attributes.get(MENTIONS))} if sent else ()
            waiting = []
            for group in others:
                if sent and group[0].key.alert_id in shown:
                    self._send_group(group, {MENTIONED_IN: sent.key.alert_id})
                else:
                    waiting.append(group)

    def _new(self, groups: Sequence[_Group]) -> Iterator[_Group]:
        """Yield the groups without the alerts that are settled; one call looks up all of them."""
        keys = {alert.key for group in groups for alert in group}
        try:
            settled = self.delivery.outbox.settled(keys) if keys else {}
        except Exception as error:  # noqa: BLE001 - the run reports it, and continues
            for group in groups:
                self._report_failure(group, error)
            return
        for group in groups:
            try:
                new = [alert for alert in group if not self._is_settled(alert, settled)]
            except Exception as error:  # noqa: BLE001 - an error with one alert must not affect the others
                self._report_failure(group, error)
                continue
            if new:
                yield new

    def _is_settled(self, alert: Alert, settled: Mapping[AlertKey, Collection[AlertKey]]) -> bool:
        recorded = settled.get(alert.key)
        if recorded is None:
            return False
        if set(alert.lower) <= set(recorded):
            self._report([alert], AlertState.ALREADY_SENT)
        else:  # records lower thresholds that are new
            self._deliver(alert, [], {})
        return True

    def _send_group(self, group: _Group, slack: Mapping[str, str]) -> OutgoingAlert | None:
        """Send the alerts of a group in one message, and return it; the first alert leads."""
        waiting: _Group = [alert for alert in group if not self._is_held(alert)]
        first: OutgoingAlert | None = None
        try:
            while waiting:
                sent, waiting = self._deliver(waiting[0], waiting[1:], slack)
                slack = {} if MENTIONS in slack else slack
                first = first or sent
        except Exception as error:  # noqa: BLE001 - an error with one alert must not affect the others
            self._report_failure(waiting, error)
        return first

    def _deliver(
        self, leader: Alert, others: _Group, slack: Mapping[str, str]
    ) -> tuple[OutgoingAlert | None, _Group]:
        """Deliver an alert; return what was sent, and the others that its message does not mention.

        If an earlier run stored another text, or another run has just sent the alert, these are left.
        """
        sent = self.delivery.deliver(outgoing(with_also(leader, _fitting(leader, others)), slack))
        included = [alert for alert in others if sent and alert.key in sent.lower]
        self._report([leader], self.delivery.delivered if sent else AlertState.ALREADY_SENT)
        self._report(included, AlertState.ALREADY_SENT)
        return sent, [alert for alert in others if alert not in included]

    def _is_held(self, alert: Alert) -> bool:
        state = self._held.get(alert.key)
        if state:
            self._report([alert], state)
        return state is not None

    def _report(self, alerts: Iterable[Alert], state: AlertState) -> None:
        self.reports += [AlertReport(alert, state) for alert in alerts]

    def _report_failure(self, alerts: Sequence[Alert], error: Exception) -> None:
        if not alerts:
            return
        state = AlertState.CLAIMED if isinstance(error, AlertClaimedError) else AlertState.OWED
        leader = alerts[0]
        self._report(alerts, state)
        self._held.update(dict.fromkeys(leader.alongside, state))
        about = f"{leader.type} {leader.budget or leader.label}"
        self.failures += [f"{about}: {text}" for text in _failure(error, leader.key)]


def _fitting(leader: Alert, others: Iterable[Alert]) -> list[Alert]:
    """Return the first alerts that one transaction can settle together with the leader."""
    found, count = [], _keys_of(leader)
    for alert in others:
        count += _keys_of(alert)
        if count > _MAX_KEYS:
            break
        found.append(alert)
    return found


def _keys_of(alert: Alert) -> int:
    return 1 + len(alert.lower) + len(alert.alongside)


def _failure(error: Exception, key: AlertKey) -> tuple[str, ...]:
    """Return why the run fails; no subscriber, or a claim of another run, is no failure."""
    if isinstance(error, NoSubscriberError | AlertClaimedError):
        return ()
    if isinstance(error, RetryableError):
        return (str(error),)
    logger.error("unexpected error", exc_info=error, extra={"alert_id": key.alert_id})
    return (f"unexpected {type(error).__name__}, see the log",)
