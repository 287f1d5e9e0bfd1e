"""Delivering a run's alerts, and saying what became of each."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cloudflare_budgets.delivery import Delivery
from cloudflare_budgets.domain.alert import Alert, AlertKey
from cloudflare_budgets.domain.outgoing import OutgoingAlert, outgoing
from cloudflare_budgets.domain.problem import Problem
from cloudflare_budgets.domain.problem_alert import problem_alert
from cloudflare_budgets.domain.report import AccountReport, AlertReport, AlertState
from cloudflare_budgets.errors import TryAgainError

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """What became of each alert, and why some are still owed."""

    alerts: tuple[AlertReport, ...]
    failures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Swept:
    """Which alerts of earlier runs were sent, which are still owed, and why.

    `owed` is `None` where the memory did not say what is.
    """

    sent: tuple[OutgoingAlert, ...] = ()
    owed: frozenset[AlertKey] | None = frozenset()
    failures: tuple[str, ...] = ()


def sweep(delivery: Delivery) -> Swept:
    """Send what earlier runs claimed and did not send; it needs neither Cloudflare nor the budget."""
    sent: list[OutgoingAlert] = []
    failed: dict[AlertKey, str] = {}
    try:
        for alert in delivery.memory.owed(delivery.clock()):
            try:
                if delivery.deliver(alert):
                    sent.append(alert)
            except Exception as error:  # noqa: BLE001 - one alert's surprise must not cost the others
                failed[alert.key] = _why(error, alert.key)
    except TryAgainError as error:
        return Swept(tuple(sent), None, (*failed.values(), str(error)))
    return Swept(tuple(sent), frozenset(failed), tuple(failed.values()))


def alerts_of(
    problems: Iterable[Problem], as_of: datetime, account: AccountReport | None = None
) -> tuple[Alert, ...]:
    """Render an alert for each problem, of an account or (`None`) of whichever."""
    return tuple(problem_alert(problem, as_of, account) for problem in problems)


def tell(alerts: Iterable[Alert], delivery: Delivery, *, dry_run: bool) -> Told:
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
    return Told(tuple(told), tuple(failures))


def _why(error: Exception, key: AlertKey) -> str:
    if isinstance(error, TryAgainError):
        return str(error)
    logger.error("unexpected error", exc_info=error, extra={"alert_id": key.alert_id})
    return f"unexpected {type(error).__name__}, see the log"


def _deliver(alert: Alert, delivery: Delivery) -> AlertState:
    return AlertState.SENT if delivery.deliver(outgoing(alert)) else AlertState.ALREADY_SENT


def _preview(alert: Alert, delivery: Delivery) -> AlertState:
    return AlertState.ALREADY_SENT if delivery.memory.recall(alert.key) else AlertState.DRY_RUN
