"""Commands that need the stack in AWS: status, why, mute, doctor, test, logs, account."""

from pathlib import Path
from typing import Annotated

import typer

from cloudflare_budgets_cli.commands.running import command, settings_of
from cloudflare_budgets_cli.settings import ExitCode, UsageError

State = Annotated[Path | None, typer.Option(help="The SQLite file of `check --state` instead of the stack.")]
MutedBudget = Annotated[str | None, typer.Argument(help="The name of a budget.")]
AccountId = Annotated[str, typer.Argument(help="The id of a Cloudflare account, 32 hex digits.")]

accounts = typer.Typer(
    no_args_is_help=True, rich_markup_mode=None, help="The tokens of Cloudflare accounts in Parameter Store."
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("status")(status)
    app.command("why")(why)
    app.command("mute")(mute)
    app.command("unmute")(unmute)
    app.command("doctor")(doctor)
    app.command("test")(test)
    app.command("logs")(logs)
    app.add_typer(accounts, name="account")


@command
def status(
    context: typer.Context,
    *,
    over: Annotated[int, typer.Option(min=0, help="List budgets used by this percentage or more.")] = 0,
    everything: Annotated[bool, typer.Option("--all", help="List allowances that are barely used.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Refresh every 30 seconds, until Ctrl+C.")] = False,
    now: Annotated[bool, typer.Option("--now", help="Run a check that sends nothing.")] = False,
    state: State = None,
) -> ExitCode:
    """Show where the budgets of the stack stand, by what the last check stored."""
    from cloudflare_budgets_cli.stack.stored import status as commands

    if now and (watch or state):
        raise UsageError("--now excludes --watch and --state")
    if watch:
        return commands.watch(settings_of(context), commands.Selection(over, everything, file=state))
    return commands.status(settings_of(context), over=over, lists_all=everything, is_now=now, file=state)


@command
def why(
    context: typer.Context,
    budget: Annotated[str, typer.Argument(help="The name of a budget.")],
    *,
    state: State = None,
    budgets: Annotated[
        Path | None,
        typer.Option(help="With --state: a file or folder of budgets; by default as `check` reads."),
    ] = None,
) -> ExitCode:
    """Explain a budget: thresholds, alerts, forecast, what is not known, and who gets alerts."""
    from cloudflare_budgets_cli.stack.stored.why import why as run

    return run(settings_of(context), budget, state, budgets)


@command
def mute(
    context: typer.Context,
    budget: MutedBudget = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Mute every budget.")] = False,
    span: Annotated[str | None, typer.Option("--for", metavar="TIME", help="12h, 3d or 2w.")] = None,
    until: Annotated[str | None, typer.Option(metavar="INSTANT", help="The end, in UTC.")] = None,
    reason: Annotated[str, typer.Option(help="Why; the digest shows it.")],
) -> ExitCode:
    """Mute a budget for a time; problems and twice the limit are still alerted."""
    from cloudflare_budgets_cli.stack.mute import mute as run

    return run(settings_of(context), budget, mutes_all=everything, until=until, span=span, reason=reason)


@command
def unmute(
    context: typer.Context,
    budget: MutedBudget = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="End the mute of every budget.")] = False,
) -> ExitCode:
    """End a mute."""
    from cloudflare_budgets_cli.stack.mute import unmute as run

    return run(settings_of(context), budget, mutes_all=everything)


@command
def doctor(
    context: typer.Context,
    *,
    accounts: Annotated[
        int, typer.Option(min=0, metavar="NUMBER", help="How many accounts to examine at most.")
    ] = 100,
) -> ExitCode:
    """Examine the installation. Each part has a check mark, or what to do."""
    from cloudflare_budgets_cli.stack.doctor.command import run

    return run(settings_of(context), accounts)


@command
def test(
    context: typer.Context,
    *,
    to: Annotated[
        str | None, typer.Option(metavar="CHANNEL", help="Post to one channel from this machine.")
    ] = None,  # noqa: PT028 - no test of pytest
) -> ExitCode:
    """Send a test message. Every subscriber gets it, or with --to one channel."""
    from cloudflare_budgets_cli.stack.upkeep import post_test, send_test

    return send_test(settings_of(context)) if to is None else post_test(settings_of(context), to)


@command
def logs(
    context: typer.Context,
    *,
    minutes: Annotated[int, typer.Option(min=1, help="How far to look back.")] = 120,
    follow: Annotated[bool, typer.Option("-f", "--follow", help="Wait for new lines.")] = False,
) -> ExitCode:
    """Print the log of the check."""
    from cloudflare_budgets_cli.stack.upkeep import logs as run

    return run(settings_of(context), minutes=minutes, follows=follow)


@accounts.command("list")
@command
def list_accounts(context: typer.Context) -> ExitCode:
    """List the accounts whose tokens are stored."""
    from cloudflare_budgets_cli.stack.account import list_accounts as run

    return run(settings_of(context))


@accounts.command("add")
@command
def add(context: typer.Context, account_id: AccountId) -> ExitCode:
    """Test and store a token from CLOUDFLARE_API_TOKEN, standard input, or a hidden prompt."""
    from cloudflare_budgets_cli.stack.account import add as run

    return run(settings_of(context), account_id, replaces=False)


@accounts.command("rotate")
@command
def rotate(context: typer.Context, account_id: AccountId) -> ExitCode:
    """Replace a stored token after the new one was tested."""
    from cloudflare_budgets_cli.stack.account import add as run

    return run(settings_of(context), account_id, replaces=True)


@accounts.command("rm")
@command
def remove(context: typer.Context, account_id: AccountId) -> ExitCode:
    """Delete a stored token."""
    from cloudflare_budgets_cli.stack.account import remove as run

    return run(settings_of(context), account_id)
