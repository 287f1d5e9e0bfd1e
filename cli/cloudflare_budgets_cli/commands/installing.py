"""Commands that install the stack in AWS: init, deploy, update, destroy."""

from typing import Annotated

import typer

from cloudflare_budgets_cli.commands.running import command, settings_of
from cloudflare_budgets_cli.settings import ExitCode, UsageError

Parameters = Annotated[
    list[str] | None, typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="A stack parameter.")
]
Email = Annotated[str | None, typer.Option(help="Address that gets alerts.")]
OperationsEmail = Annotated[
    str | None, typer.Option("--ops-email", help="Address that gets alarms about the watcher itself.")
]

_WAIT_MINUTES = 15


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("init")(init)
    app.command("deploy")(deploy)
    app.command("update")(update)
    app.command("destroy")(destroy)


@command
def init(
    context: typer.Context,
    *,
    email: Email = None,
    operations_email: OperationsEmail = None,
    slack: Annotated[
        bool | None,
        typer.Option(
            "--slack/--no-slack", help="Post alerts to Slack, too; by default a question.", show_default=False
        ),
    ] = None,
    wait: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=60,
            metavar="MINUTES",
            help="How long to wait for the confirmation mail; by default 15, and 0 without a terminal.",
            show_default=False,
        ),
    ] = None,
) -> ExitCode:
    """Set everything up. It asks for a token and an address, deploys, and sends a test message."""
    from datetime import timedelta

    from cloudflare_budgets_cli.screens.asking import has_terminal
    from cloudflare_budgets_cli.stack.install.init import Answers, run

    minutes = wait if wait is not None else _WAIT_MINUTES * has_terminal()
    return run(settings_of(context), Answers(email, operations_email, slack, timedelta(minutes=minutes)))


@command
def deploy(
    context: typer.Context,
    *,
    email: Email = None,
    operations_email: OperationsEmail = None,
    parameters: Parameters = None,
    guided: Annotated[bool, typer.Option("--guided", help="Let SAM ask for each stack parameter.")] = False,
) -> ExitCode:
    """Build and deploy the stack. It asks nothing, unless it is --guided."""
    if guided:
        from cloudflare_budgets_cli.stack.install.guided import deploy_guided

        if email or operations_email or parameters:
            raise UsageError("--guided asks for each parameter: leave out the other options")
        return deploy_guided(settings_of(context))
    from cloudflare_budgets_cli.stack.install.deployment import deploy as run

    addresses = {"AlertEmail": email, "OperationsEmail": operations_email}
    given = {name: value for name, value in addresses.items() if value}
    return run(settings_of(context), {**given, **_parsed(parameters)})


@command
def update(context: typer.Context, *, parameters: Parameters = None) -> ExitCode:
    """Deploy this checkout over the stack. Parameters that are not given keep their values."""
    from cloudflare_budgets_cli.stack.install.deployment import deploy as run

    return run(settings_of(context), _parsed(parameters), updates=True)


@command
def destroy(
    context: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Remove what outlives the stack, too.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Delete without a question.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="List what would be deleted.")] = False,
) -> ExitCode:
    """Delete the stack. It lists what outlives the stack, and --all removes that too."""
    from cloudflare_budgets_cli.stack.install.removal import destroy as run

    return run(settings_of(context), removes_all=everything, is_confirmed=yes, is_dry_run=dry_run)


def _parsed(parameters: list[str] | None) -> dict[str, str]:
    found = {}
    for each in parameters or ():
        name, is_given, value = each.partition("=")
        if not is_given or not name.isalnum() or '"' in value:
            raise UsageError(f"--parameter: found {each}, expected NAME=VALUE")
        found[name] = value
    return found
