"""Alerts that were sent, for people who look back at them, and who acknowledged each."""

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
