"""The error of each forecast of a month's total, and how often its range held the total."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import median

from benchmarks.backtest.forecasts import METHODS, Method
from benchmarks.backtest.months import Month, month

# A forecast on day 4 has three complete days; where data arrive a day late, two.
DAYS = (4, 7, 10, 15, 22)


@dataclass(frozen=True, slots=True)
class World:
    """A kind of synthetic months: its event, and how many days of history and of delay there are."""

    case: str
    history: int
    delay: int = 0

    def draw(self, day: int, count: int) -> list[Month]:
        """Draw so many months, each as it looks on a day; the same ones each time."""
        chance = Random(f"{self} {day}")  # noqa: S311  # repeatable, and not secret
        return [month(chance, self.case, self.history, day - 1 - self.delay) for _ in range(count)]


@dataclass(frozen=True, slots=True)
class Cell:
    """The results of one method on one day, in percent of the total.

    `error`: the median absolute error. `bad`: what the error stays below nine times in ten. `covered`: how
    often the range held the total, `None` without ranges.
    """

    error: float
    bad: float
    covered: float | None


def measure(months: Sequence[Month], slow: int | None) -> dict[str, Cell]:
    """Forecast months with each method; with the library only the first `slow` ones, because it is slow."""
    found = {
        name: _cell(method, months[:slow] if name == "AutoETS" else months)
        for name, method in METHODS.items()
    }
    return {name: cell for name, cell in found.items() if cell}


def _cell(method: Method, months: Sequence[Month]) -> Cell | None:
    made = [(made, month.actual) for month in months if (made := method(month))]
    if not made:
        return None
    errors = sorted(100 * each.error(actual) for each, actual in made)
    held = [held for each, actual in made if (held := each.holds(actual)) is not None]
    return Cell(
        error=median(errors),
        bad=errors[min(len(errors) - 1, round(0.9 * len(errors)))],
        covered=100 * sum(held) / len(held) if held else None,
    )
