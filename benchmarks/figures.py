"""Measured figures and their table."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median, quantiles

CONTENDERS = ("floor", "ours", "SDK")

_MEGABYTE = 1024 * 1024
_WIDTH = 11


@dataclass(slots=True)
class Figures:
    """Seconds and bytes per contender, for one number of rows.

    `first` and `first_memory` are of the product's first check of an account, which also reads earlier days.
    """

    cold: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    cold_cpu: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    warm: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    memory: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    first: float = 0
    first_memory: float = 0


def table(title: str, figures: Figures) -> str:
    """Return a table of the three contenders, with the ratio of ours to the others."""
    warm = " / ".join(str(len(figures.warm[name])) for name in CONTENDERS)
    heading = "".join(f"{name:>{_WIDTH}}" for name in (*CONTENDERS, "ours/floor", "ours/SDK"))
    first = f"{figures.first * 1000:,.0f} ms, {figures.first_memory / _MEGABYTE:,.0f} MB"
    return "\n".join(
        (
            f"{title:<34}{heading}",
            _line("cold start and check", "ms", _each(figures.cold, median, 1000)),
            _line("  of which CPU time", "ms", _each(figures.cold_cpu, median, 1000)),
            _line("warm check, median", "ms", _each(figures.warm, median, 1000)),
            _line("warm check, 95th percentile", "ms", _each(figures.warm, _p95, 1000)),
            _line("peak memory", "MB", _each(figures.memory, max, 1 / _MEGABYTE)),
            f"Cold starts: the median of {len(figures.cold['ours'])}. Warm checks: {warm}.",
            f"First check of an account by ours, with the earlier days: {first}.",
        )
    )


def _line(what: str, unit: str, values: tuple[float, float, float]) -> str:
    floor, ours, sdk = values
    figures = "".join(f"{f'{value:,.0f} {unit}':>{_WIDTH}}" for value in values)
    return f"{what:<34}{figures}{ours / floor:>{_WIDTH}.2f}{ours / sdk:>{_WIDTH}.2f}"


def _each(
    measured: Mapping[str, list[float]], statistic: Callable[[list[float]], float], scale: float
) -> tuple[float, float, float]:
    floor, ours, sdk = (statistic(measured[name]) * scale for name in CONTENDERS)
    return floor, ours, sdk


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]
