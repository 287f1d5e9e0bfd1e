"""Runs the body of a command and turns its errors into messages and exit codes."""

import sys
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import typer

from cloudflare_budgets_cli.settings import CommandError, ExitCode, Settings

P = ParamSpec("P")


def command(body: Callable[P, ExitCode]) -> Callable[P, None]:
    """Return a command that exits with the code of its body's result or of its error."""

    @wraps(body)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = body(*args, **kwargs)
        except CommandError as error:
            code = _fail(str(error), error.exit_code)
        except KeyboardInterrupt:
            code = _fail("interrupted", ExitCode.OUT_OF_REACH)
        except Exception as error:
            from cloudflare_budgets.errors import CloudflareBudgetsError

            if not isinstance(error, CloudflareBudgetsError):
                raise
            code = _fail(str(error), ExitCode.OUT_OF_REACH)
        raise typer.Exit(code)

    return run


def settings_of(context: typer.Context) -> Settings:
    """Return the global options of a command."""
    found: Settings = context.obj
    return found


def _fail(message: str, code: ExitCode) -> ExitCode:
    print(f"Error: {message}", file=sys.stderr)
    return code
