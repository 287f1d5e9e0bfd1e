"""Alerts: their identity, the rendered message, and the result of claiming one."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.budgets.budget import Budget, Threshold
from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.period import Period, utc_text

# Memory outlives the period and its late data by far; nothing depends on the deletion.
REMEMBERED_FOR = timedelta(days=120)
_MAX_SUBJECT = 200


class AlertType(StrEnum):
    """What an alert is about."""

    THRESHOLD_CROSSED = "threshold_crossed"
    SPIKE = "spike"
    NEW_METRIC = "new_metric"
    PROBLEM = "problem"
    RESOLVED = "resolved"
    PERIOD_CLOSED = "period_closed"
    DIGEST = "digest"


class Severity(StrEnum):
    """How much an alert matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class AlertKey:
    """The identity of an alert: the same crossing has the same key in every run.

    `partition` and `sort` are its key in the alert table.
    """

    partition: str
    sort: str

    @property
    def alert_id(self) -> str:
        """The identity in short, as receivers see it: 32 hex digits."""
        return hashlib.sha256(f"{self.partition}\n{self.sort}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Alert:
    """One message to everybody, and what it settles.

    `lower` are the lower thresholds that the same message mentions, to be remembered with it, now or
    after it was sent; `alongside` are those that it tells only if it is sent now. `document`
    is the JSON for machines, without the attempt that carries it. `label` names the threshold, or
    the kind of the `problem` that it tells. `expires` is when memory of it may go.
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
    problem: Problem | None = None


def crossing_key(account_id: str, budget: Budget, period: Period, threshold: Threshold) -> AlertKey:
    """Identify the crossing of a threshold: a changed limit, column or period is a new promise."""
    what = f"allowance:{_short(budget.allowance_of)}" if budget.allowance_of else budget.column
    limit = f"{what}:{plain(budget.limit.number)}:{budget.limit.unit}:{budget.period}"
    sort = f"ALERT#{budget.name}#{limit}#{threshold.label(budget.limit.unit)}"
    return AlertKey(f"ACCT#{account_id}#-#{utc_text(period.start)}", sort)


def problem_key(problem: Problem, day: datetime) -> AlertKey:
    """Identify a problem, and the step that it has come to, on a UTC day."""
    partition = f"ACCT#{problem.account_id or '-'}#-#{utc_text(day)}"
    step = f"#{_short(problem.step)}" if problem.step else ""
    return AlertKey(partition, f"PROBLEM#{problem.kind}#{_short(problem.subject)}{step}")


def anomaly_key(
    account_id: str, kind: str, metric_id: str, since: datetime | None, place: str = ""
) -> AlertKey:
    """Identify what is out of line: a metric in an episode, or (`None`) once and for all.

    What is counted in one `place` alone (`Scope.place`) is not what the whole account counts.
    """
    partition = f"ACCT#{account_id}#-#{utc_text(since) if since else 'ever'}"
    where = f"#{_digest(place)}" if place else ""
    return AlertKey(partition, f"{kind.upper()}#{_short(metric_id)}{where}")


def resolved_key(told: AlertKey) -> AlertKey:
    """Identify the end of what an alert told."""
    return AlertKey(told.partition, f"RESOLVED#{told.sort}")


def closed_key(account_id: str, period: Period) -> AlertKey:
    """Identify the report of a period that is over."""
    return AlertKey(f"ACCT#{account_id}#-#{utc_text(period.start)}", f"CLOSED#{utc_text(period.end)}")


def digest_key(day: datetime) -> AlertKey:
    """Identify the digest of a UTC day."""
    return AlertKey(f"ACCT#-#-#{utc_text(day)}", "DIGEST")


def _short(text: str) -> str:
    # A sort key has at most 1024 bytes, and a parameter's name alone may have as many.
    return text if len(text) <= _MAX_SUBJECT else _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


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
