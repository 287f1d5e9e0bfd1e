"""How far each forecast was from the month's total, and how often the likely range held it."""

from dataclasses import dataclass
from random import Random
from statistics import median

from benchmarks.backtest.forecasts import METHODS, Forecasts
from benchmarks.backtest.months import month

# A forecast on day 4 knows three complete days; where data come a day late, two.
DAYS = (4, 7, 10, 15, 22)


@dataclass(frozen=True, slots=True)
class World:
    """A kind of months: what happens in them, and how many days of history and of delay there are."""

    case: str
    history: int
    delay: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """Results of one day in one world, in percent.

    `errors`: the median absolute error of the total by method; `bad`: what our error stays below nine
    times in ten; `covered`: how often the range held the total, where there is a range.
    """

    errors: dict[str, float]
    bad: float
    covered: float | None


def measure(world: World, day: int, months: int) -> Cell:
    """Forecast so many months of a world on one day."""
    chance = Random(f"{world} {day}")  # noqa: S311  # repeatable, and nothing secret
    made = [Forecasts(month(chance, world.case, world.history, day - 1 - world.delay)) for _ in range(months)]
    errors = {name: [100 * each.error(method) for each in made] for name, method in METHODS.items()}
    held = [held for each in made if (held := each.holds) is not None]
    return Cell(
        errors={name: median(found) for name, found in errors.items()},
        bad=sorted(errors["ours"])[round(0.9 * months)],
        covered=100 * sum(held) / len(held) if held else None,
    )
