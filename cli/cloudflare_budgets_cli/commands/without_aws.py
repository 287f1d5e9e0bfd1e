"""Commands that need no AWS: usage, check, preview, suggest, export, report."""

from typing import Annotated

import typer

from cloudflare_budgets_cli.commands.running import command, settings_of
from cloudflare_budgets_cli.settings import ExitCode, Grouping


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("usage")(usage)


@command
def usage(
    context: typer.Context,
    *,
    days: Annotated[
        int | None,
        typer.Option(min=1, max=62, help="The last days instead of the current billing period."),
    ] = None,
    by: Annotated[Grouping, typer.Option(help="By what usage is summed up.")] = Grouping.METRIC,
    everything: Annotated[bool, typer.Option("--all", help="List what costs nothing, too.")] = False,
    metrics: Annotated[bool, typer.Option("--metrics", help="List what a scope may name.")] = False,
) -> ExitCode:
    """Show what the account used and what it costs so far."""
    from cloudflare_budgets_cli.usage.command import run

    return run(settings_of(context), days, by, is_metrics=metrics, lists_all=everything)
