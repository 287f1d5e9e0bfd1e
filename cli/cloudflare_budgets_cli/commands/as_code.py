"""Commands of budgets as code: validate, schema."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cloudflare_budgets_cli.commands.running import command, settings_of
from cloudflare_budgets_cli.settings import ExitCode

Files = Annotated[list[Path], typer.Argument(help="YAML or JSON files, or folders of them.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("validate")(validate)
    app.command("schema")(schema)


@command
def validate(context: typer.Context, files: Files) -> ExitCode:
    """Validate budget files: every error with line and column. Needs no network."""
    from cloudflare_budgets_cli.budget_files.validate import run

    return run(settings_of(context), files)


@command
def schema() -> ExitCode:
    """Print the JSON Schema of a budget file, for editors."""
    from cloudflare_budgets_cli.budget_files.schema import budget_file_schema

    print(json.dumps(budget_file_schema(), indent=2))
    return ExitCode.OK
