"""Commands for the channels of alerts beside e-mail: notify add, notify list, notify rm."""

from typing import Annotated

import typer

from cloudflare_budgets_cli.commands.running import command, settings_of
from cloudflare_budgets_cli.settings import ChannelKind, ExitCode

DryRun = Annotated[bool, typer.Option("--dry-run", help="Change nothing.")]

channels = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Channels beside e-mail. Slack, Teams, Discord, PagerDuty, webhooks and EventBridge.",
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(channels, name="notify")


@channels.command("add")
@command
def add(
    context: typer.Context,
    kind: Annotated[ChannelKind, typer.Argument(metavar="TYPE", help=", ".join(ChannelKind))],
    name: Annotated[
        str | None, typer.Argument(help="A name of your choice; by default the type.", show_default=False)
    ] = None,
    *,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            metavar="KEY=VALUE",
            help="Which alerts it gets, by severity, budget, account_id or type; repeat it for more values.",
        ),
    ] = None,
    eu: Annotated[bool, typer.Option("--eu", help="PagerDuty: the European service region.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Replace a stored channel.")] = False,
    dry_run: DryRun = False,
) -> ExitCode:
    """Validate and store a channel. Its URL and key are asked for without an echo.

    Without a terminal, they are read from the variables CLOUDFLARE_BUDGETS_CHANNEL_URL and
    CLOUDFLARE_BUDGETS_CHANNEL_KEY, or from lines of standard input, the URL first.
    """
    from cloudflare_budgets_cli.stack.notify.channel_value import NewChannel
    from cloudflare_budgets_cli.stack.notify.command import add as run

    new = NewChannel(kind, name, filters or (), is_european=eu)
    return run(settings_of(context), new, replaces=replace, is_dry_run=dry_run)


@channels.command("list")
@command
def list_channels(context: typer.Context) -> ExitCode:
    """List channels without secrets; exit code 1 if one is invalid or gets no alerts."""
    from cloudflare_budgets_cli.stack.notify.command import list_channels as run

    return run(settings_of(context))


@channels.command("rm")
@command
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name of a channel; slack for the Slack webhook.")],
    *,
    dry_run: DryRun = False,
) -> ExitCode:
    """Delete a channel; alerts that wait for it are dropped."""
    from cloudflare_budgets_cli.stack.notify.command import remove as run

    return run(settings_of(context), name, is_dry_run=dry_run)
