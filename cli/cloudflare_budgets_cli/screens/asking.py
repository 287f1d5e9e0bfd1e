"""Questions on a terminal; without a terminal, the error names the option to give."""

import getpass
import sys
from collections.abc import Mapping

from cloudflare_budgets_cli.settings import UsageError


def has_terminal() -> bool:
    """Return whether a person can read a question and answer it."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def ask(question: str, hint: str, *, is_hidden: bool = False) -> str:
    """Return the answer to a question, hidden if requested; `hint` says what replaces it.

    Raises:
        UsageError: there is no terminal.
    """
    if not has_terminal():
        raise UsageError(f"there is no terminal for a prompt: {hint}")
    if is_hidden:
        return getpass.getpass(f"{question}: ").strip()
    print(f"{question}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def is_agreed(question: str, hint: str) -> bool:
    """Return whether a person answers a question with yes; Enter means no.

    Raises:
        UsageError: there is no terminal.
    """
    return ask(f"{question} [y/N]", hint).lower() in ("y", "yes")


def ask_secret(question: str, variable: str, environment: Mapping[str, str]) -> str:
    """Return a secret from an environment variable, standard input, or a hidden question.

    Raises:
        UsageError: the secret is empty.
    """
    found = environment.get(variable, "").strip()
    if not found and sys.stdin.isatty():
        found = ask(f"{question} (not shown)", f"set {variable}", is_hidden=True)
    elif not found:
        found = sys.stdin.readline().strip()
    if not found:
        raise UsageError(f"{question}: found nothing; set {variable}, or write it to standard input")
    return found
