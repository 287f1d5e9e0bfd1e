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


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("init")(init)
    app.command("deploy")(deploy)
    app.command("update")(update)
    app.command("destroy")(destroy)


@command
def init(
    context: typer.Context, *, email: Email = None, operations_email: OperationsEmail = None
) -> ExitCode:
    """Set everything up: try the token, store it with proposed budgets, and deploy."""
    from cloudflare_budgets_cli.stack.init import Answers, run

    return run(settings_of(context), Answers(email, operations_email))


@command
def deploy(
    context: typer.Context,
    *,
    email: Email = None,
    operations_email: OperationsEmail = None,
    parameters: Parameters = None,
) -> ExitCode:
    """Build and deploy the stack from this checkout, without a question."""
    from cloudflare_budgets_cli.stack.deployment import deploy as run

    addresses = {"AlertEmail": email, "OperationsEmail": operations_email}
    given = {name: value for name, value in addresses.items() if value}
    return run(settings_of(context), {**given, **_parsed(parameters)})


@command
def update(context: typer.Context, *, parameters: Parameters = None) -> ExitCode:
    """Deploy this checkout over the stack; parameters that are not given keep their values."""
    from cloudflare_budgets_cli.stack.deployment import deploy as run

    return run(settings_of(context), _parsed(parameters), updates=True)


@command
def destroy(
    context: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Remove what outlives the stack, too.")] = False,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Delete without a question.")] = False,
) -> ExitCode:
    """Delete the stack, and list what outlives it."""
    from cloudflare_budgets_cli.stack.deployment import destroy as run

    return run(settings_of(context), removes_all=everything, is_confirmed=yes)


def _parsed(parameters: list[str] | None) -> dict[str, str]:
    found = {}
    for each in parameters or ():
        name, is_given, value = each.partition("=")
        if not is_given or not name.isalnum() or '"' in value:
            raise UsageError(f"--parameter: found {each}, expected NAME=VALUE")
        found[name] = value
    return found
