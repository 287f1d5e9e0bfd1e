"""`make backtest`: forecasts and spike rules on real and on synthetic days, printed as Markdown tables.

Synthetic days rank methods; they do not promise an accuracy. Real series are in `series/`, with sources.
"""

from collections.abc import Callable, Iterator, Sequence

from benchmarks.backtest import accuracy, alarms, labelled, real
from benchmarks.backtest.accuracy import DAYS, Cell, World
from benchmarks.backtest.forecasts import METHODS
from benchmarks.backtest.library import IS_INSTALLED
from benchmarks.backtest.months import CASES, Month

_MONTHS = 500
_METRICS = 150
# The library needs a twentieth of a second for each forecast.
_SLOW = 40
_HISTORIES = {35: "35 days", 14: "14 days", 0: "none"}
_RANGES = {"AutoETS": "in AutoETS' range, %", "ours": "in our range, %"}

MonthsOn = Callable[[int], Sequence[Month]]


def main() -> None:
    """Print all tables."""
    if not IS_INSTALLED:
        print("AutoETS is left out: statsforecast is not installed. `make backtest` installs it.\n")
    days = "/".join(map(str, DAYS))
    heading = (*METHODS, "ours, 9 of 10 below", *_RANGES.values())
    print(f"Error of the month's total in %, median, on day {days}; ranges are to hold 80 %.")
    print("\nReal series, calendar months:\n")
    _print_table(("series", "months", *heading), _real_rows())
    print(f"\nSynthetic series, {_MONTHS} months a figure, of AutoETS {_SLOW}:\n")
    _print_table(("history", "month", *heading), _synthetic_rows())
    print("\nSpike rules on labelled real series, without a floor in money:\n")
    surplus = ("surplus found, usual days", "surplus per false alarm")
    _print_table(("rule", "found", "false alarms", "precision", "recall", *surplus), _labelled_rows())
    print("\nSpike rules on synthetic series, without and with a floor in money:\n")
    sizes = tuple(f"finds {size}-fold, %" for size in alarms.SIZES)
    _print_table(("noise", "rule", "false alarms", *sizes, "messages about a step"), _alarm_rows())


def _real_rows() -> Iterator[Sequence[str]]:
    for name in real.NAMES:
        yield _real_row(name, [name])
    yield _real_row("all", real.NAMES)


def _real_row(label: str, names: Sequence[str]) -> Sequence[str]:
    def months_on(day: int) -> Sequence[Month]:
        return [month for name in names for month in real.months_of(name, day - 1)]

    return _row((label, str(len(months_on(1)))), months_on)


def _synthetic_rows() -> Iterator[Sequence[str]]:
    for history, name in _HISTORIES.items():
        for case in CASES:
            yield _synthetic_row(name, World(case, history))
    yield _synthetic_row(_HISTORIES[35], World("shift yesterday", 35))
    for case in CASES:
        yield _synthetic_row("35 days, data a day late", World(case, 35, delay=1))


def _synthetic_row(name: str, world: World) -> Sequence[str]:
    return _row((name, world.case), lambda day: world.draw(day, _MONTHS), slow=_SLOW)


def _row(labels: Sequence[str], months_on: MonthsOn, slow: int | None = None) -> Sequence[str]:
    cells = [accuracy.measure(months_on(day), slow) for day in DAYS]
    errors = ("/".join(_figure(cell, name, lambda each: each.error) for cell in cells) for name in METHODS)
    bad = "/".join(_figure(cell, "ours", lambda each: each.bad) for cell in cells)
    covered = ("/".join(_figure(cell, name, lambda each: each.covered) for cell in cells) for name in _RANGES)
    return (*labels, *errors, bad, *covered)


def _figure(cells: dict[str, Cell], method: str, figure: Callable[[Cell], float | None]) -> str:
    number = figure(cells[method]) if method in cells else None
    return "–" if number is None else f"{number:.0f}"  # noqa: RUF001  # a dash for no figure


def _labelled_rows() -> Iterator[Sequence[str]]:
    for name, rule in alarms.RULES.items():
        found = labelled.measure(rule)
        yield (
            name,
            f"{found.found} of {found.anomalies}",
            str(found.false),
            f"{found.precision:.2f}",
            f"{found.recall:.2f}",
            f"{found.surplus:.1f}",
            f"{found.surplus_per_false_alarm:.1f}",
        )


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
