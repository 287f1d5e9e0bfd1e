"""How severe an alert is."""

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.alerts.crossing import Crossing
from cloudflare_budgets.domain.primitives.amount import EXACT

if TYPE_CHECKING:
    from cloudflare_budgets.domain.evaluation.anomaly import Anomaly

_WEEK = Decimal(7)


class Severity(StrEnum):
    """How much an alert matters."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


def severity_of_crossing(crossing: Crossing) -> Severity:
    """Return `critical` if actual usage has reached the limit, whatever the threshold."""
    is_over = crossing.certain.number >= crossing.budget.limit.number and not crossing.is_forecast
    return Severity.CRITICAL if is_over else Severity.WARNING


def severity_of_anomaly(anomaly: "Anomaly") -> Severity:
    """Return `critical` if a spike or a new metric alone would use up the budget within a week."""
    limit = anomaly.budget.limit
    surplus = EXACT.subtract(anomaly.quantity, anomaly.usual or Decimal(0))
    worth = anomaly.worth.number if anomaly.worth and anomaly.worth.unit == limit.unit else None
    a_day = surplus if anomaly.unit == limit.unit else worth
    uses_it_up = a_day is not None and EXACT.multiply(a_day, _WEEK) >= limit.number
    return Severity.CRITICAL if uses_it_up else Severity.WARNING
