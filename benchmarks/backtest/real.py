"""Calendar months of real daily series, each as it looked on a day of the month."""

import csv
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from benchmarks.backtest.months import Month

FOLDER = Path(__file__).with_name("series")
NAMES = ("bicimad", "nyc_taxi", "wikipedia_peyton_manning", "wikipedia_r")

_HISTORY = 35


def months_of(name: str, complete: int) -> list[Month]:
    """Read a series, and cut out its calendar months with 35 days of history and without missing days."""
    days = _read(name)
    starts = [day for day in days if day.day == 1]
    return [
        Month(start - timedelta(days=_HISTORY), numbers, _HISTORY, complete)
        for start, end in pairwise(starts)
        if (numbers := _between(days, start - timedelta(days=_HISTORY), end))
    ]


def _read(name: str) -> dict[datetime, float]:
    with (FOLDER / f"{name}.csv").open(newline="") as file:
        return {
            datetime.fromisoformat(row["date"]).replace(tzinfo=UTC): float(row["quantity"])
            for row in csv.DictReader(file)
            if row["quantity"]
        }


def _between(days: dict[datetime, float], first: datetime, end: datetime) -> tuple[float, ...]:
    """Return the quantities from a first day to an end; nothing if one of them is missing."""
    asked = [first + timedelta(days=index) for index in range((end - first).days)]
    return tuple(days[day] for day in asked) if all(day in days for day in asked) else ()
