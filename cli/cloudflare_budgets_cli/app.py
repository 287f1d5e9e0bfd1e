"""The command `cloudflare-budgets`: its global options and its commands."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from cloudflare_budgets_cli.commands import (
    as_code,
    installing,
    looking_back,
    notifying,
    with_stack,
    without_aws,
)
from cloudflare_budgets_cli.settings import DEFAULT_PREFIX, DEFAULT_STACK, OutputFormat, Settings

_EPILOG = (
    "Exit codes: 0 within all budgets, 1 a finding, 2 wrong usage, 3 Cloudflare or AWS out of reach. "
    "Without AWS, CLOUDFLARE_API_TOKEN is enough."
)

# Without rich, the help answers in half the time.
app = typer.Typer(
    name="cloudflare-budgets",
    help="Budgets, usage and costs of Cloudflare accounts.",
    epilog=_EPILOG,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
without_aws.register(app)
as_code.register(app)
with_stack.register(app)
looking_back.register(app)
notifying.register(app)
installing.register(app)


def _print_version(is_wanted: bool) -> None:  # noqa: FBT001 - typer passes the switch by position
    if is_wanted:
        from cloudflare_budgets import VERSION

        typer.echo(f"cloudflare-budgets {VERSION}")
        raise typer.Exit


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise typer.BadParameter(
            "expected an instant with its zone: 2026-11-22T10:00:00Z", param_hint="--as-of"
        )
    return found.astimezone(UTC)


@app.callback()
def _options(  # noqa: PLR0913 - one parameter for each option
    context: typer.Context,
    *,
    stack: Annotated[
        str, typer.Option(envvar="CLOUDFLARE_BUDGETS_STACK", help="Name of the stack in AWS.")
    ] = DEFAULT_STACK,
    profile: Annotated[str | None, typer.Option(help="Profile of the AWS configuration.")] = None,
    region: Annotated[str | None, typer.Option(help="Region of the stack.")] = None,
    prefix: Annotated[
        str,
        typer.Option(envvar="CLOUDFLARE_BUDGETS_PREFIX", help="Root of the stack's SSM parameters."),
    ] = DEFAULT_PREFIX,
    output: Annotated[
        OutputFormat, typer.Option("-o", "--output", help="How results are written.")
    ] = OutputFormat.TABLE,
    quiet: Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no advice.")] = False,
    demo: Annotated[
        bool, typer.Option("--demo", help="Read a local Cloudflare with an example account.")
    ] = False,
    as_of: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="Judge as of an instant: 2026-11-22T10:00:00Z.")
    ] = None,
    version: Annotated[  # noqa: ARG001 - its callback prints the version
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    context.obj = Settings(stack, profile, region, prefix.rstrip("/"), output, quiet, demo, _instant(as_of))


def main() -> None:
    """Run the command line and exit with its exit code."""
    app()
