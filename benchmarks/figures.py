"""Measured figures, their table, and the aims that they meet or miss."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import mean, median, quantiles

FLOOR = "floor: reads and drops"
PARSING_FLOOR = "floor: reads and parses"
OURS = "ours, quantity budgets"
OURS_DEFAULT = "ours, the default budget"
OURS_TYPICAL = "ours, the typical four"
SDK = "SDK, quantity budgets"
CONTENDERS = (FLOOR, PARSING_FLOOR, OURS, OURS_DEFAULT, OURS_TYPICAL, SDK)

_MEGABYTE = 1024 * 1024
_COLUMNS = ("cold", "CPU", "x floor", "warm", "p95", "x floor", "CPU", "x floor", "memory")
_WIDTH = 11


@dataclass(slots=True)
class Measured:
    """Seconds and bytes of one contender, and the calls of its first and its last check."""

    cold: list[float] = field(default_factory=list)
    cold_cpu: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    warm_cpu: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    cold_calls: Counter[str] = field(default_factory=Counter)
    warm_calls: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Figures:
    """The figures of all contenders, for one version of the usage API and one number of rows.

    `first` and `first_memory` are of the product's first check of an account, which also reads earlier days.
    """

    of: defaultdict[str, Measured] = field(default_factory=lambda: defaultdict(Measured))
    first: float = 0
    first_memory: float = 0


def table(title: str, figures: Figures) -> str:
    """Return the table: one line for each contender, then the aims and the calls."""
    heading = "".join(f"{name:>{_WIDTH}}" for name in _COLUMNS)
    first = f"{figures.first * 1000:,.0f} ms, {figures.first_memory / _MEGABYTE:,.0f} MB"
    counts = ", ".join(f"{len(each.cold)} cold and {len(each.warm)} warm" for each in figures.of.values())
    return "\n".join(
        (
            f"{title:<26}{heading}",
            *(_line(name, figures.of) for name in CONTENDERS),
            f"First check of an account by ours, with the earlier days: {first}. Checks: {counts}.",
            *_aims(figures.of),
            *(_calls(name, figures.of[name]) for name in CONTENDERS),
        )
    )


def _line(name: str, of: Mapping[str, Measured]) -> str:
    one, floor = of[name], of[FLOOR]
    cold, warm = median(one.cold), median(one.warm)
    figures = (
        f"{cold * 1000:,.0f} ms",
        f"{median(one.cold_cpu) * 1000:,.0f} ms",
        f"{cold / median(floor.cold):.2f}",
        f"{warm * 1000:,.0f} ms",
        f"{_p95(one.warm) * 1000:,.0f} ms",
        f"{warm / median(floor.warm):.2f}",
        f"{mean(one.warm_cpu) * 1000:,.0f} ms",
        f"{mean(one.warm_cpu) / mean(floor.warm_cpu):.2f}",
        f"{max(one.memory) / _MEGABYTE:,.0f} MB",
    )
    return f"{name:<26}{''.join(f'{figure:>{_WIDTH}}' for figure in figures)}"


def _aims(of: Mapping[str, Measured]) -> Iterator[str]:
    """Compare ratios with the aims, which are ratios because times depend on the machine."""
    floor, parsing = of[FLOOR], of[PARSING_FLOOR]
    ratios = (
        ("cold, quantity budgets", median(of[OURS].cold) / median(floor.cold), 1.0, "floor"),
        ("warm, quantity budgets", median(of[OURS].warm) / median(floor.warm), 2.5, "floor"),
        ("warm, the typical four", median(of[OURS_TYPICAL].warm) / median(floor.warm), 3.5, "floor"),
        ("warm, quantity budgets", median(of[OURS].warm) / median(parsing.warm), 2.5, "parsing floor"),
        (
            "warm, the typical four",
            median(of[OURS_TYPICAL].warm) / median(parsing.warm),
            3.5,
            "parsing floor",
        ),
        ("warm, quantity budgets", median(of[OURS].warm) / median(of[SDK].warm), 0.3, "SDK"),
    )
    for name, ratio, aim, other in ratios:
        yield f"Aim: {name}: {ratio:.2f} x {other}, at most {aim}: {'met' if ratio <= aim else 'missed'}"


def _calls(name: str, one: Measured) -> str:
    shown = (
        " ".join(f"{call} {count}" for call, count in sorted(calls.items()))
        for calls in (one.cold_calls, one.warm_calls)
    )
    return f"Calls of {name}: cold: {'; warm: '.join(shown)}"


def _p95(values: list[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else values[0]
