"""A month as it really was, and what people, Cloudflare and AWS did in it: drawn by chance, one a seed."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

METRICS = ("workers_standard_requests", "kv_read_operations")
UNITS = {METRICS[0]: "Requests", METRICS[1]: "Operations"}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
# The last day's rows may be 48 hours late, and a period settles for 72.
AFTERMATH = timedelta(hours=80)


class Fault(StrEnum):
    """What can be out of order for some hours."""

    CLOUDFLARE = "Cloudflare does not answer"
    TOKEN = "the token is revoked"
    SSM = "Parameter Store does not answer"
    TABLE = "the table does not answer"
    SNS = "the topic does not answer"
    REFUSAL = "the topic refuses"
    NOBODY = "nobody is subscribed"
    LOST_REPLIES = "the topic takes messages, and its replies are lost"
    LOST_CLAIMS = "claims are written, and their replies are lost"
    UNCONFIRMED = "what was sent cannot be written down"
    NOTES = "what was learned cannot be written down"


# While these last, each run may send what the one before sent, as it should: hours of it tell enough.
BRIEF = frozenset({Fault.LOST_REPLIES, Fault.LOST_CLAIMS, Fault.UNCONFIRMED})


@dataclass(frozen=True)
class Version:
    """What Cloudflare says of one metric and day from an instant on, until a later version is shown."""

    shown_from: datetime
    metric: str
    on: datetime
    cost: Decimal
    quantity: int


@dataclass(frozen=True)
class Plan:
    """A budget, as its owner meant it; thresholds in percent."""

    name: str
    limit: int
    unit: str
    period: str
    percents: tuple[int, ...] = (50, 80, 100)
    metric: str | None = None
    muted_until: datetime | None = None
    watches_all: bool = False

    def is_muted(self, now: datetime) -> bool:
        """Tell whether its owner wants to hear nothing of it yet."""
        return self.muted_until is not None and now < self.muted_until

    @property
    def document(self) -> str:
        thresholds = [f"{percent}%" for percent in self.percents]
        document: dict[str, object] = {"limit": f"{self.limit} {self.unit}", "period": self.period}
        if self.metric:
            document["scope"] = {"metric_id": [self.metric]}
        if self.muted_until:
            document["muted_until"] = f"{self.muted_until:%Y-%m-%d}"
        if self.watches_all:
            thresholds.append("100% forecast")
            document["alert_on"] = ["spike", "new_metric"]
        return json.dumps(document | {"thresholds": thresholds})


@dataclass(frozen=True)
class Edit:
    """From an instant on, a budget parameter holds a plan, or is deleted."""

    at: datetime
    name: str
    plan: Plan | None


@dataclass(frozen=True)
class Outage:
    """A fault that lasts."""

    fault: Fault
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Story:
    """All that happens; a run that it `misses` does not take place, one that is `doubled` does twice.

    Cloudflare tells billing periods as its API `source` does, from anchor day to anchor day. Each tick is
    at `minute` of an hour.
    """

    seed: int
    start: datetime
    days: int
    anchor: int
    source: str
    minute: int
    has_prices: bool
    versions: tuple[Version, ...]
    edits: tuple[Edit, ...]
    outages: tuple[Outage, ...] = ()
    missed: tuple[int, ...] = ()
    doubled: tuple[int, ...] = ()

    @property
    def hours(self) -> int:
        """How many ticks there are."""
        return int((self.days * DAY + AFTERMATH) / HOUR)

    def tick(self, hour: int) -> datetime:
        """Give the instant of a tick."""
        return self.start + hour * HOUR + timedelta(minutes=self.minute)
