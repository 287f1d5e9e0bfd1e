"""The identity of each kind of alert: the same fact has the same key in every run."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.alerts.problem import Problem
from cloudflare_budgets.domain.budgets.budget import AlertOn, Budget, Threshold
from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.period import Period, utc_text

if TYPE_CHECKING:
    from cloudflare_budgets.domain.evaluation.anomaly import Anomaly

# A sort key has at most 1024 bytes, and the name of a parameter alone may have as many.
_MAX_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class AlertKey:
    """The identity of an alert. `partition` and `sort` are its key in the alert table."""

    partition: str
    sort: str

    @property
    def alert_id(self) -> str:
        """Return the hash of the key that receivers get: 32 hex digits."""
        return hashlib.sha256(f"{self.partition}\n{self.sort}".encode()).hexdigest()[:32]

    @property
    def crossed_budget(self) -> str | None:
        """Return the name of the budget of a crossing; `None` for any other alert."""
        kind, _, rest = self.sort.partition("#")
        return rest.partition("#")[0] if kind == "ALERT" else None


def crossing_key(
    account_id: str, budget: Budget, period: Period, threshold: Threshold, arming: int = 0
) -> AlertKey:
    """Identify a crossed threshold. Another limit, column, period or arming makes another alert."""
    what = f"allowance:{_short(budget.allowance_of)}" if budget.allowance_of else budget.column
    limit = f"{what}:{plain(budget.limit.number)}:{budget.limit.unit}:{budget.period}"
    again = f"#{arming}" if arming else ""
    sort = f"ALERT#{budget.name}#{limit}#{threshold.label(budget.limit.unit)}{again}"
    return AlertKey(f"ACCT#{account_id}#-#{utc_text(period.start)}", sort)


def possible_key(certain: AlertKey) -> AlertKey:
    """Identify a crossing that an estimate makes possible, by the key of the certain crossing."""
    return AlertKey(certain.partition, f"{certain.sort}#possible")


def problem_key(problem: Problem, day: datetime) -> AlertKey:
    """Identify a problem, and the step that it has reached, on a UTC day."""
    partition = f"ACCT#{problem.account_id or '-'}#-#{utc_text(day)}"
    step = f"#{_short(problem.step)}" if problem.step else ""
    return AlertKey(partition, f"PROBLEM#{problem.kind}#{_short(problem.subject)}{step}")


def anomaly_key(
    account_id: str, kind: str, metric_id: str, since: datetime | None, place: str = ""
) -> AlertKey:
    """Identify an anomaly of a metric by the start of its episode, or (`None`) once for good.

    Usage of one `place` (`Scope.place`) is another series than that of the whole account.
    """
    partition = f"ACCT#{account_id}#-#{utc_text(since) if since else 'ever'}"
    where = f"#{_digest(place)}" if place else ""
    return AlertKey(partition, f"{kind.upper()}#{_short(metric_id)}{where}")


def key_of_anomaly(account_id: str, anomaly: "Anomaly") -> AlertKey:
    """Identify an anomaly: a spike by the first day of its episode, a new metric once for good."""
    since = anomaly.since if anomaly.kind is AlertOn.SPIKE else None
    return anomaly_key(account_id, anomaly.kind, anomaly.metric_id, since, anomaly.budget.scope.place)


def resolved_key(ended: AlertKey) -> AlertKey:
    """Identify the alert for the end of an earlier alert."""
    return AlertKey(ended.partition, f"RESOLVED#{ended.sort}")


def closed_key(account_id: str, period: Period) -> AlertKey:
    """Identify the report of a period that is over."""
    return AlertKey(f"ACCT#{account_id}#-#{utc_text(period.start)}", f"CLOSED#{utc_text(period.end)}")


def digest_key(day: datetime) -> AlertKey:
    """Identify the digest of a UTC day."""
    return AlertKey(f"ACCT#-#-#{utc_text(day)}", "DIGEST")


def _short(text: str) -> str:
    return text if len(text) <= _MAX_SUBJECT else _digest(text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
