"""Alerts that were sent, for people who look back at them, and who acknowledged each."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cloudflare_budgets.domain.alerts.alert_key import AlertKey


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Who acknowledged an alert, when, and what they noted."""

    by: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class SentAlert:
    """One message that was sent, without its text.

    `type`, `severity` and `budget` are the attributes that filter policies match, empty where the message has
    none. `account_id` is `None` for a message about no single account. `included` are the other alerts that
    the message mentions, such as lower thresholds.
    """

    key: AlertKey
    sent_at: datetime
    subject: str
    type: str = ""
    severity: str = ""
    budget: str = ""
    account_id: str | None = None
    included: tuple[AlertKey, ...] = ()
    acknowledged: Acknowledgement | None = None

    @property
    def budgets(self) -> frozenset[str]:
        """The names of the budgets of the message, with those of the crossings it includes."""
        included = {key.crossed_budget for key in self.included}
        return frozenset(name for name in (self.budget, *included) if name)


def acknowledged_alert(alerts: Iterable[SentAlert], budget: str, since: datetime) -> SentAlert | None:
    """Return the newest alert about a budget since an instant, if it was acknowledged.

    An alert after the acknowledged one, such as that of the next threshold, is not acknowledged with it.
    """
    found = [each for each in alerts if budget in each.budgets and each.sent_at >= since]
    newest = max(found, key=lambda each: each.sent_at, default=None)
    return newest if newest and newest.acknowledged else None
