"""Writes a result in the chosen format; progress and advice go to standard error."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cloudflare_budgets_cli.settings import OutputFormat, Settings

if TYPE_CHECKING:
    from rich.console import Console

# From this width on, in columns of the terminal, tables have their secondary columns.
WIDE = 100
Record = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class Result:
    """A result in each format.

    `document` is its JSON, `records` are the rows of its CSV with the keys of `columns`, and `draw` prints it
    on a console.
    """

    document: Any
    columns: Sequence[str]
    records: Sequence[Record]
    draw: "Callable[[Console], None]"


@dataclass(frozen=True, slots=True)
class Screen:
    """Standard output and standard error of one command."""

    settings: Settings

    def show(self, result: Result) -> None:
        """Write a result to standard output."""
        match self.settings.output:
            case OutputFormat.JSON:
                json.dump(result.document, sys.stdout, indent=2, ensure_ascii=False)
                sys.stdout.write("\n")
            case OutputFormat.CSV:
                write_csv(result.columns, result.records)
            case OutputFormat.TABLE:
                result.draw(_console())

    @contextmanager
    def replaced(self) -> "Iterator[Callable[[Result | str], None]]":
        """Yield a function that replaces what the screen shows; the last table remains."""
        from rich.live import Live
        from rich.text import Text

        console, last = _console(), ""

        def replace(shown: Result | str) -> None:
            nonlocal last
            if isinstance(shown, str):
                last = f"{last.rstrip()}\n{shown}\n"
            else:
                with console.capture() as capture:
                    shown.draw(console)
                last = capture.get()
            live.update(Text.from_ansi(last), refresh=True)

        try:
            with Live(
                console=console, screen=console.is_terminal, auto_refresh=False, transient=True
            ) as live:
                yield replace
        finally:
            console.print(Text.from_ansi(last))

    def advise(self, text: str) -> None:
        """Print one line of advice on standard error, unless the command is quiet."""
        if not self.settings.is_quiet:
            print(text, file=sys.stderr)

    @contextmanager
    def progress(self, text: str) -> Iterator[None]:
        """Show on a terminal what the command is waiting for."""
        if self.settings.is_quiet or not sys.stderr.isatty():
            yield
            return
        with _console(is_error=True).status(text):
            yield


def write_csv(columns: Sequence[str], records: Sequence[Record]) -> None:
    """Write records as CSV to standard output; an absent value is an empty cell."""
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)


def _console(*, is_error: bool = False) -> "Console":
    from rich.console import Console

    return Console(stderr=is_error, highlight=False, soft_wrap=False)
