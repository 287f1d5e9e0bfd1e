"""When an alarm rings: CloudWatch's rule, for the template's own alarms and values that tests make up.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_STATISTICS: Mapping[str, Callable[[list[float]], float]] = {"Sum": sum, "Minimum": min, "Maximum": max}
_COMPARISONS = {
    "LessThanThreshold": operator.lt,
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
}
_MISSING = {"breaching": True, "notBreaching": False}


def ringing(
    alarm: Mapping[str, Any],
    values: Sequence[tuple[float, float]],
    until: float,
    parameters: Mapping[str, float],
) -> list[float]:
    """Find the ends of periods at which an alarm rings.

    `values` are those that its metric was given, each after its time. All times are seconds since a full
    hour; `parameters` are those of the stack.
    """

    def number(name: str, otherwise: float = 0) -> float:
        given = alarm.get(name, otherwise)
        return float(parameters[given["Ref"]] if isinstance(given, dict) else given)

    period, looked_at = int(number("Period")), int(number("EvaluationPeriods"))
    needed = int(number("DatapointsToAlarm", looked_at))
    breaches: list[bool] = []
    found = []
    for start in range(0, int(until), period):
        inside = [value for at, value in values if start <= at < start + period]
        if inside:
            point = _STATISTICS[alarm["Statistic"]](inside)
            breaches.append(_COMPARISONS[alarm["ComparisonOperator"]](point, number("Threshold")))
        elif alarm["TreatMissingData"] in _MISSING:
            breaches.append(_MISSING[alarm["TreatMissingData"]])
        else:  # the state stays as it is
            breaches.append(breaches[-1] if breaches else False)
        if len(breaches) >= looked_at and sum(breaches[-looked_at:]) >= needed:
            found.append(float(start + period))
    return found
