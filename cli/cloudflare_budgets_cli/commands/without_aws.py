"""Commands that need no AWS: usage, check, preview, suggest, export, report."""

from pathlib import Path
from typing import Annotated

import typer

from cloudflare_budgets_cli.commands.running import command, settings_of
from cloudflare_budgets_cli.settings import ExitCode, ExportFormat, Grouping, Step

Budgets = Annotated[
    Path | None,
    typer.Argument(help="A file or folder of budgets; by default budgets.yaml or budgets/ in this folder."),
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("usage")(usage)
    app.command("check")(check)
    app.command("preview")(preview)
    app.command("suggest")(suggest)
    app.command("export")(export)
    app.command("report")(report)


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


@command
def check(
    context: typer.Context,
    budgets: Budgets = None,
    *,
    state: Annotated[
        Path | None, typer.Option(help="SQLite file that records usage and what was sent.")
    ] = None,
    notify_slack: Annotated[
        bool, typer.Option("--notify-slack", help="Send new alerts to SLACK_WEBHOOK_URL, each once.")
    ] = False,
    notify_command: Annotated[
        str | None,
        typer.Option(metavar="COMMAND", help="Send new alerts to a shell command, each once, on its input."),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="List allowances that are barely used.")] = False,
) -> ExitCode:
    """Evaluate budgets now. The exit code is 1 if one is over its limit or unknown."""
    from cloudflare_budgets_cli.checking.check import run

    return run(
        settings_of(context),
        budgets,
        state,
        notify_slack=notify_slack,
        notify_command=notify_command,
        lists_all=everything,
    )


@command
def preview(
    context: typer.Context,
    budgets: Budgets = None,
    *,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day; by default 30 days ago.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day; default today.")] = None,
    every: Annotated[Step, typer.Option(help="Time between two checks.")] = Step.DAY,
    text: Annotated[bool, typer.Option("--text", help="Print the text of each message.")] = False,
) -> ExitCode:
    """Replay past days and list what would have been sent, and when."""
    from cloudflare_budgets_cli.checking.preview import run

    return run(settings_of(context), budgets, first, last, every, has_text=text)


@command
def suggest(
    context: typer.Context,
    *,
    write: Annotated[Path | None, typer.Option(help="Write to a new file instead of the screen.")] = None,
) -> ExitCode:
    """Propose budgets from the last thirty days, as a file to edit."""
    from cloudflare_budgets_cli.usage.suggest import run

    return run(settings_of(context), write)


@command
def export(
    context: typer.Context,
    *,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DAY", help="First day; default the first of the month.")
    ] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last day; default today.")] = None,
    export_format: Annotated[
        ExportFormat, typer.Option("--format", help="csv, json, or the columns of FOCUS 1.3 as CSV.")
    ] = ExportFormat.CSV,
    output: Annotated[Path | None, typer.Option(help="Write to a file.")] = None,
) -> ExitCode:
    """Write usage and costs as CSV or JSON. Each row is a metric and a day, with its cost."""
    from cloudflare_budgets_cli.usage.export import export_period, run

    settings = settings_of(context)
    return run(settings, export_period(settings.now, first, last), export_format, output)


@command
def report(
    context: typer.Context,
    budgets: Budgets = None,
    *,
    output: Annotated[Path, typer.Option(help="File to write.")] = Path("cloudflare-budgets.html"),
    opens: Annotated[bool, typer.Option("--open", help="Open the page in a browser.")] = False,
) -> ExitCode:
    """Write the page with the charts of every budget."""
    from cloudflare_budgets_cli.checking.report import run

    return run(settings_of(context), budgets, output, opens=opens)
