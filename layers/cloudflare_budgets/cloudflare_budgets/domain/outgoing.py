"""A rendered alert on its way out, and what a claim on it found."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from cloudflare_budgets.domain.alert import Alert, AlertKey
from cloudflare_budgets.domain.room import MAX_BODY, bounded_json, fitting, sendable


class ClaimState(StrEnum):
    """What a claim found."""

    CLAIMED = "claimed"  # by this run: publish it
    SETTLED = "settled"  # sent, or mentioned by a message that was sent: nothing to do
    PENDING = "pending"  # claimed by another run that may still be at work


@dataclass(frozen=True, slots=True)
class OutgoingAlert:
    """A rendered alert as the memory keeps it until it is sent: never rendered again.

    `document` is the JSON for machines without `attempt`; `attributes` are what filter policies
    see. `lower` is remembered together with the alert and lies in its partition; so is `alongside`, but
    only with the message itself: once that was sent without it, it is told by an alert of its own.
    `expires` is when memory of it may go.
    """

    key: AlertKey
    subject: str
    body: str
    document: str
    attributes: Mapping[str, str]
    expires: datetime
    lower: tuple[AlertKey, ...] = ()
    alongside: tuple[AlertKey, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """The answer to a claim: its state, and what is left to do.

    When claimed, `alert` is what to publish, as it was rendered first, its `lower` all that the message
    mentions, and `attempt` says which attempt it is. When settled, the `lower` of `alert` are those not
    yet recorded: hand it to `settle_lower`.
    """

    state: ClaimState
    alert: OutgoingAlert
    attempt: int = 0


def outgoing(alert: Alert) -> OutgoingAlert:
    """Put an alert into the form that is kept until it is sent, short enough to be kept and to be sent."""
    attributes = {"type": alert.type.value, "severity": alert.severity.value}
    if alert.budget:
        attributes["budget"] = alert.budget
    if alert.account_id:
        attributes["account_id"] = alert.account_id
    document = bounded_json(alert.document)
    return OutgoingAlert(
        alert.key,
        alert.subject,
        fitting(sendable(alert.body), MAX_BODY),
        document,
        attributes,
        alert.expires,
        alert.lower,
        alert.alongside,
    )
