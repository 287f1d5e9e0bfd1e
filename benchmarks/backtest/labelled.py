"""Rules for spikes on real series whose anomalies were labelled by people."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from benchmarks.backtest.alarms import Days, Rule
from benchmarks.backtest.real import FOLDER

_HISTORY = 14
_USUAL_DAYS = 28
# Alarms at most two days apart are one alarm.
_APART = 2

Anomaly = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Found:
    """The results of a rule on all labelled series.

    `precision`: found anomalies among found anomalies and false alarms. `recall`: found anomalies among
    all. `surplus`: what found anomalies used above the usual, from the first alarm on, in usual days.
    """

    anomalies: int
    found: int
    false: int
    surplus: float

    @property
    def precision(self) -> float:
        """Return how many alarms are about an anomaly."""
        return self.found / max(1, self.found + self.false)

    @property
    def recall(self) -> float:
        """Return how many anomalies are found."""
        return self.found / self.anomalies

    @property
    def surplus_per_false_alarm(self) -> float:
        """Return the surplus found for each false alarm; with none, as if there were one."""
        return self.surplus / max(1, self.false)


def measure(rule: Rule) -> Found:
    """Judge each day of each series from the fifteenth on."""
    anomalies = found = false = 0
    surplus = 0.0
    for days, labels in _labelled():
        alarms = [index for index in range(_HISTORY, len(days.costs)) if rule(days.until(index + 1))]
        anomalies += len(labels)
        false += sum(not any(_hit(alarm, labels) for alarm in each) for each in _merged(alarms))
        for first, last in labels:
            inside = [alarm for alarm in alarms if first <= alarm <= last]
            found += bool(inside)
            surplus += (
                sum(_surplus(days, index, inside[0]) for index in range(inside[0], last + 1)) if inside else 0
            )
    return Found(anomalies, found, false, surplus)


def _surplus(days: Days, index: int, alarm: int) -> float:
    """Return what a day used above the median of the 28 days before an alarm, in medians."""
    usual = median(days.costs[max(0, alarm - _USUAL_DAYS) : alarm])
    return max(0.0, days.costs[index] / usual - 1) if index < len(days.costs) else 0.0


def _hit(alarm: int, labels: Sequence[Anomaly]) -> bool:
    return any(first <= alarm <= last for first, last in labels)


def _merged(alarms: Sequence[int]) -> list[list[int]]:
    merged: list[list[int]] = []
    for alarm in alarms:
        if merged and alarm - merged[-1][-1] <= _APART:
            merged[-1].append(alarm)
        else:
            merged.append([alarm])
    return merged


def _labelled() -> Iterator[tuple[Days, list[Anomaly]]]:
    """Read each series, and its anomalies that end after the first two weeks, as first and last index."""
    rows = _rows("ticker_mentions")
    first = _day(rows[0]["date"])
    for name in [column for column in rows[0] if column != "date"]:
        counts = tuple(float(row[name]) for row in rows if row[name])
        spans = [
            ((_day(row["first"]) - first).days, (_day(row["last"]) - first).days)
            for row in _rows("ticker_mentions_anomalies")
            if row["series"] == name
        ]
        yield (
            Days(first, counts, 0.0),
            [(max(_HISTORY, start), end) for start, end in spans if end >= _HISTORY],
        )


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def _day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
