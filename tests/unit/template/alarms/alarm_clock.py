"""When an alarm is in ALARM: CloudWatch's evaluation, for the alarms of the template and made-up values.

An alarm is evaluated every minute over a window that ends at that minute. Not modelled: CloudWatch can use
older data points in place of missing ones, so that an alarm about missing data starts later.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_MINUTE = 60
_STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {"Sum": sum, "Minimum": min, "Maximum": max}
_COMPARISONS = {
    "LessThanThreshold": operator.lt,
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
}
_MISSING = {"breaching": True, "notBreaching": False}


@dataclass(frozen=True, slots=True)
class Episode:
    """One time in ALARM, in seconds: a message at its start, and one at its end unless it lasts (None)."""

    start: float
    end: float | None


def episodes(
    alarm: Mapping[str, Any],
    values: Sequence[tuple[float, float]],
    until: float,
    parameters: Mapping[str, float],
) -> list[Episode]:
    """List the times in ALARM up to `until`.

    `values` are (time, value) pairs of the metric in order of time, in seconds; `parameters` are those of the
    stack. The first evaluation is at the end of the first whole window.
    """
    found: list[Episode] = []
    for minute, is_alarm in _states(alarm, values, until, parameters):
        is_open = bool(found) and found[-1].end is None
        if is_alarm and not is_open:
            found.append(Episode(minute, None))
        elif is_open and not is_alarm:
            found[-1] = Episode(found[-1].start, minute)
    return found


def _states(
    alarm: Mapping[str, Any],
    values: Sequence[tuple[float, float]],
    until: float,
    parameters: Mapping[str, float],
) -> Iterator[tuple[float, bool]]:
    def number(name: str) -> float:
        written = alarm[name]
        return float(parameters[written["Ref"]] if isinstance(written, dict) else written)

    period, periods, needed = (
        int(number(name)) for name in ("Period", "EvaluationPeriods", "DatapointsToAlarm")
    )
    times, threshold = [at for at, _ in values], number("Threshold")
    is_breaching = _COMPARISONS[alarm["ComparisonOperator"]]
    is_alarm = False
    for now in range(period * periods, int(until) + 1, _MINUTE):
        breaching = 0
        for start in range(now - period * periods, now, period):
            inside = values[bisect_left(times, start) : bisect_left(times, start + period)]
            if inside:
                point = _STATISTICS[alarm["Statistic"]]([value for _, value in inside])
                is_bad = is_breaching(point, threshold)
            else:
                is_bad = _MISSING.get(alarm["TreatMissingData"], is_alarm)  # else: the state does not change
            breaching += is_bad
        is_alarm = breaching >= needed
        yield float(now), is_alarm
