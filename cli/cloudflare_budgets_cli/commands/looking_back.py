"""Commands about alerts that were sent: history, show, ack."""

from pathlib import Path
from typing import Annotated

import typer

from cloudflare_budgets_cli.commands.running import command, settings_of
from cloudflare_budgets_cli.settings import ExitCode

AlertId = Annotated[
    str, typer.Argument(metavar="ALERT", help="The id of an alert, or its first digits, four or more.")
]
State = Annotated[Path | None, typer.Option(help="The SQLite file of `check --state` instead of the stack.")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("history")(history)
    app.command("show")(show)
    app.command("ack")(ack)


@command
def history(
    context: typer.Context,
    *,
    budget: Annotated[str | None, typer.Option(help="Only alerts about this budget.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DAY", help="2026-11-01, or 7d; by default 30 days.")
    ] = None,
    state: State = None,
) -> ExitCode:
    """List the alerts that were sent, newest first."""
    from cloudflare_budgets_cli.stack.stored.history import history as run

    return run(settings_of(context), budget, since, state)


@command
def show(context: typer.Context, alert: AlertId, *, state: State = None) -> ExitCode:
    """Print the text of an alert as it was sent."""
    from cloudflare_budgets_cli.stack.stored.history import show as run

    return run(settings_of(context), alert, state)


@command
def ack(
    context: typer.Context,
    alert: AlertId,
    *,
    note: Annotated[str, typer.Option(help="A note that `history` shows.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Record nothing.")] = False,
    state: State = None,
) -> ExitCode:
    """Record that you have seen an alert; this mutes nothing."""
    from cloudflare_budgets_cli.stack.stored.history import ack as run

    return run(settings_of(context), alert, note, state, is_dry_run=dry_run)
