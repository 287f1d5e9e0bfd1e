"""The command `validate`: every error of budget files, with line and column; no network."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cloudflare_budgets.messages.formatting import counted
from cloudflare_budgets_cli.budget_files.budget_file import BudgetFiles, read_budget_files
from cloudflare_budgets_cli.screens.screen import Result, Screen
from cloudflare_budgets_cli.settings import ExitCode, Settings

if TYPE_CHECKING:
    from rich.console import Console

_COLUMNS = ("file", "line", "column", "message")


def run(settings: Settings, paths: Sequence[Path]) -> ExitCode:
    """Validate files and folders, and list every finding."""
    found = read_budget_files(paths)
    Screen(settings).show(_result(found))
    return ExitCode.FINDING if found.findings else ExitCode.OK


def _result(found: BudgetFiles) -> Result:
    records = [
        {
            "file": each.file,
            "line": str(each.position.line),
            "column": str(each.position.column),
            "message": each.message,
        }
        for each in found.findings
    ]
    document = {
        "valid": not found.findings,
        "files": list(found.files),
        "budgets": sorted(found.documents),
        "findings": records,
    }
    return Result(document, _COLUMNS, records, lambda console: _draw(console, found))


def _draw(console: "Console", found: BudgetFiles) -> None:
    for each in found.findings:
        console.print(str(each), markup=False, soft_wrap=True)
    what = f"{counted(len(found.documents), 'budget')} in {counted(len(found.files), 'file')}"
    state = counted(len(found.findings), "error") if found.findings else "valid"
    console.print(f"{what}: {state}", style="red" if found.findings else "green", markup=False)
