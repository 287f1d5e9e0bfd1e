"""`make backtest`: what forecasts and rules for spikes are worth, on days drawn by chance, as Markdown.

Synthetic days rank methods; they do not promise an accuracy.
"""

from collections.abc import Iterator, Sequence

from benchmarks.backtest import accuracy, alarms
from benchmarks.backtest.accuracy import DAYS, Cell, World
from benchmarks.backtest.forecasts import METHODS
from benchmarks.backtest.months import CASES

_MONTHS = 500
_METRICS = 150
_HISTORIES = {35: "35 days", 14: "14 days", 0: "none"}


def main() -> None:
    """Print both tables."""
    days = "/".join(map(str, DAYS))
    print(f"Error of the month's total in %, median, on day {days}; {_MONTHS} months a figure:\n")
    _print_table(("history", "month", *METHODS, "ours, 9 of 10 below", "in our range, %"), _forecast_rows())
    print("\nRules for spikes, each with nothing else and with the floor in money:\n")
    sizes = tuple(f"finds {size}-fold, %" for size in alarms.SIZES)
    _print_table(("noise", "rule", "false alarms", *sizes, "messages about a step"), _alarm_rows())


def _forecast_rows() -> Iterator[Sequence[str]]:
    for history, name in _HISTORIES.items():
        for case in CASES:
            yield _forecast_row(name, World(case, history))
    yield _forecast_row(_HISTORIES[35], World("shift yesterday", 35))
    for case in CASES:
        yield _forecast_row("35 days, data a day late", World(case, 35, delay=1))


def _forecast_row(name: str, world: World) -> Sequence[str]:
    cells = [accuracy.measure(world, day, _MONTHS) for day in DAYS]
    errors = ("/".join(f"{cell.errors[method]:.0f}" for cell in cells) for method in METHODS)
    bad = "/".join(f"{cell.bad:.0f}" for cell in cells)
    return (name, world.case, *errors, bad, "/".join(map(_covered, cells)))


def _covered(cell: Cell) -> str:
    return "–" if cell.covered is None else f"{cell.covered:.0f}"  # noqa: RUF001  # a dash for no figure


def _alarm_rows() -> Iterator[Sequence[str]]:
    for noise in alarms.NOISES:
        for with_floor in (False, True):
            for name, rule in alarms.RULES.items():
                found = alarms.measure(rule, noise, _METRICS, with_floor=with_floor)
                sizes = (f"{found.found[size]:.0f}" for size in alarms.SIZES)
                title = f"{name}, with floor" if with_floor else name
                yield f"{noise:.0%}", title, f"{found.false:.2f}", *sizes, f"{found.told:.1f}"


def _print_table(heading: Sequence[str], rows: Iterator[Sequence[str]]) -> None:
    print("| " + " | ".join(heading) + " |")
    print("|" + "---|" * len(heading))
    for row in rows:
        print("| " + " | ".join(row) + " |", flush=True)


if __name__ == "__main__":
    main()
