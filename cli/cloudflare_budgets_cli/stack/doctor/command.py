"""The command `doctor`: each part of the installation with a check mark, or with what to do."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cloudflare_budgets.errors import CloudflareBudgetsError
from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets_cli.screens.screen import Result, Screen
from cloudflare_budgets_cli.settings import CommandError, ExitCode, Settings
from cloudflare_budgets_cli.stack.doctor.accounts import accounts
from cloudflare_budgets_cli.stack.doctor.deployed import budgets, prefix, stack
from cloudflare_budgets_cli.stack.doctor.examined import Examined
from cloudflare_budgets_cli.stack.doctor.last_check import last_check
from cloudflare_budgets_cli.stack.doctor.limits import clock, concurrency, parameters
from cloudflare_budgets_cli.stack.doctor.recipients import alarms, channels, queues, subscriptions
from cloudflare_budgets_cli.stack.session import Aws, errors_explained

if TYPE_CHECKING:
    from rich.console import Console

_PARTS = (
    *(stack, last_check, prefix, budgets),
    *(subscriptions, channels, queues, alarms),
    *(clock, parameters, concurrency),
)


def run(settings: Settings, most_accounts: int) -> ExitCode:
    """Examine every part, and at most so many accounts; exit code 1 if something is to be done.

    Raises:
        UsageError: there is no stack.
        CommandError: AWS does not answer.
    """
    aws, screen = Aws(settings), Screen(settings)
    aws.stack  # noqa: B018 - without a stack there is nothing to examine
    with screen.progress("Examining the installation"):
        found = [each for part in _PARTS for each in _guarded(part.__name__, part, aws)]
        found += _guarded("accounts", lambda aws: accounts(aws, most_accounts), aws)
    records = [{"part": each.part, "found": each.found, "advice": each.advice or None} for each in found]
    document = {"ok": not any(each.advice for each in found), "parts": records}
    screen.show(Result(document, ("part", "found", "advice"), records, lambda console: _draw(console, found)))
    return ExitCode.FINDING if any(each.advice for each in found) else ExitCode.OK


def _guarded(name: str, part: Callable[[Aws], Iterator[Examined]], aws: Aws) -> list[Examined]:
    """Examine one part; if AWS or Cloudflare refuses, what was found before is kept."""
    found: list[Examined] = []
    try:
        with errors_explained():
            found.extend(part(aws))
    except (CommandError, CloudflareBudgetsError) as error:
        found.append(Examined(name, "not known", str(error)))
    except LookupError as error:
        found.append(Examined(name, f"the stack has no output {error}", "deploy the current version"))
    return found


def _draw(console: "Console", found: list[Examined]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 1, 0, 0))
    for each in found:
        mark = Text("✗", "red") if each.advice else Text("✓", "green")
        table.add_row(mark, Text(f"{each.part}: {each.found}", overflow="fold"))
        if each.advice:
            table.add_row("", Text(each.advice, "yellow", overflow="fold"))
    console.print(table)
    faults = sum(bool(each.advice) for each in found)
    console.print(Text(f"{counted(faults, 'part')} to look at" if faults else "Nothing to do", "bold"))
