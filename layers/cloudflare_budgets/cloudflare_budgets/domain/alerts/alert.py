"""Alerts: what is sent to people, what an alert settles, and the result of a claim."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cloudflare_budgets.domain.alerts.alert_key import AlertKey
from cloudflare_budgets.domain.alerts.open_alert import OpenAlerts
from cloudflare_budgets.domain.alerts.severity import Severity

# Rows outlive the period and its late data by far; no decision depends on their deletion.
REMEMBERED_FOR = timedelta(days=120)


class AlertType(StrEnum):
    """What an alert is about."""

    THRESHOLD_CROSSED = "threshold_crossed"
    SPIKE = "spike"
    NEW_METRIC = "new_metric"
    PROBLEM = "problem"
    RESOLVED = "resolved"
    PERIOD_CLOSED = "period_closed"
    DIGEST = "digest"


@dataclass(frozen=True, slots=True)
class Alert:
    """One message to all subscribers, and what it settles.

    `lower` are the lower thresholds that the message mentions: they are settled with it, also after it
    was sent. `alongside` are alerts that the message mentions only if it is sent in this run. `opens` are
    the open alerts that it creates. Alerts of one `cause` are one message. `document` is the
    JSON for machines without `attempt`. `label` is the threshold, the metric's id or the problem's kind.
    `message` is what channels other than mail lay out, serialized. After `expires` the row may be deleted.
    `budgets` are the names of all budgets that the message is about. `is_cost`: it is about a cost.
    """

    key: AlertKey
    type: AlertType
    severity: Severity
    subject: str
    body: str
    document: Mapping[str, Any]
    expires: datetime
    budget: str | None = None
    account_id: str | None = None
    label: str = ""
    lower: tuple[AlertKey, ...] = ()
    alongside: tuple[AlertKey, ...] = ()
    opens: OpenAlerts = field(default_factory=dict)
    message: str = ""
    cause: str | None = None
    budgets: tuple[str, ...] = ()
    is_cost: bool = False

    @property
    def rank(self) -> tuple[int, bool]:
        """The order among alerts: the most severe first, and costs before quantities."""
        return _SEVEREST_FIRST.index(self.severity), not self.is_cost


_SEVEREST_FIRST = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


def groups_of(alerts: Iterable[Alert]) -> list[list[Alert]]:
    """Group the alerts of one account by their cause, each group ordered by `Alert.rank`."""
    groups: dict[object, list[Alert]] = {}
    for position, alert in enumerate(alerts):
        cause = position if alert.cause is None else alert.cause
        groups.setdefault(cause, []).append(alert)
    return [sorted(group, key=lambda one: one.rank) for group in groups.values()]


@dataclass(frozen=True, slots=True)
class OutgoingAlert:
    """A rendered alert as the outbox stores it until it is sent; it is rendered once.

    `document` is the JSON for machines without `attempt`; `attributes` are what filter policies match.
    `lower` lies in the partition of the alert. `opens` is `None` in rows of earlier versions.
    """

    key: AlertKey
    subject: str
    body: str
    document: str
    attributes: Mapping[str, str]
    expires: datetime
    lower: tuple[AlertKey, ...] = ()
    alongside: tuple[AlertKey, ...] = ()
    opens: OpenAlerts | None = None


class ClaimState(StrEnum):
    """What a claim found."""

    CLAIMED = "claimed"  # by this run: publish it
    SETTLED = "settled"  # sent, or mentioned by a message that was sent: nothing to do
    PENDING = "pending"  # claimed by another run that may still be at work


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a claim: its state, and what is left to do.

    When claimed, `alert` is what to publish, as it was rendered first; its `lower` are all alerts that the
    message mentions, and `attempt` is the number of the attempt. When settled, the `lower` of `alert` are
    those not recorded yet: pass it to `settle_lower`.
    """

    state: ClaimState
    alert: OutgoingAlert
    attempt: int = 0
