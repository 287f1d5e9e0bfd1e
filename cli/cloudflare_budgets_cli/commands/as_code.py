"""Commands of budgets as code: validate, schema, plan, apply, iam-policy."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cloudflare_budgets_cli.commands.running import command, settings_of
from cloudflare_budgets_cli.settings import ExitCode

Files = Annotated[list[Path], typer.Argument(help="YAML or JSON files, or folders of them.")]
Budgets = Annotated[
    Path | None,
    typer.Argument(help="A file or folder of budgets; by default budgets.yaml or budgets/ in this folder."),
]
Prune = Annotated[bool, typer.Option("--prune", help="Delete managed budgets that are in no file.")]
Effects = Annotated[bool, typer.Option("--effects/--no-effects", help="Read usage, and say what is sent.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("validate")(validate)
    app.command("schema")(schema)
    app.command("plan")(plan)
    app.command("apply")(apply)
    app.command("iam-policy")(iam_policy)


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


@command
def plan(
    context: typer.Context, budgets: Budgets = None, *, prune: Prune = False, effects: Effects = True
) -> ExitCode:
    """Show what apply would write. It also says what each change would send."""
    from cloudflare_budgets_cli.planning.plan import plan as run

    return run(settings_of(context), budgets, prunes=prune, has_effects=effects)


@command
def apply(
    context: typer.Context,
    budgets: Budgets = None,
    *,
    prune: Prune = False,
    effects: Effects = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="The same as plan.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace changes made by hand.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Write without a question.")] = False,
) -> ExitCode:
    """Write budgets to Parameter Store. The next check reads them."""
    from cloudflare_budgets_cli.planning import plan as commands

    settings = settings_of(context)
    if dry_run:
        return commands.plan(settings, budgets, prunes=prune, has_effects=effects)
    return commands.apply(
        settings, budgets, prunes=prune, overwrites=overwrite, is_confirmed=yes, has_effects=effects
    )


@command
def iam_policy(
    context: typer.Context,
    commands: Annotated[list[str] | None, typer.Argument(help="Commands; by default all.")] = None,
) -> ExitCode:
    """Print the IAM policy that the caller of commands needs."""
    from cloudflare_budgets_cli.stack.permissions import policy

    print(json.dumps(policy(commands or (), settings_of(context)), indent=2))
    return ExitCode.OK
