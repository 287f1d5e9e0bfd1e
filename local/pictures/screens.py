"""Screens of the command line as SVG, with the usage of the local Cloudflare."""

import io
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

_ROOT = Path(__file__).resolve().parents[2]
_COLUMNS = 84
_BUDGETS = """
budgets:
  spend: {limit: 300 USD}
  workers: {limit: 150 USD, scope: {product_family: [Workers]}}
  storage: {limit: 20 USD, scope: {product_family: [R2]}}
"""


def screens() -> dict[str, str]:
    """Return the screens of `usage` and `status` as SVG, by name.

    Raises:
        RuntimeError: a command wrote nothing.
    """
    with TemporaryDirectory() as name:
        budgets, state = Path(name, "budgets.yaml"), Path(name, "state.db")
        budgets.write_text(_BUDGETS)
        _run(["check", str(budgets), "--state", str(state), "--notify-command", "cat > /dev/null"])
        return {
            "usage": drawn("cloudflare-budgets usage --by product", _run(["usage", "--by", "product"])),
            "status": drawn("cloudflare-budgets status", _run(["status", "--state", str(state)])),
        }


def drawn(title: str, output: str) -> str:
    """Return what a command wrote to a terminal as SVG, which loads no font from elsewhere."""
    console = Console(record=True, width=_COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text.from_ansi(output.rstrip()))
    begin, _, rest = CONSOLE_SVG_FORMAT.partition("@font-face")
    _, _, end = rest.rpartition("@font-face")
    _, _, end = end.partition("}}")
    # The id is that of the elements; with a fixed one, the same screen is the same file.
    return console.export_svg(title=title, code_format=begin + end, unique_id="screen")


def _run(command: Sequence[str]) -> str:
    paths = os.pathsep.join(str(_ROOT / folder) for folder in ("layers/cloudflare_budgets", "cli", "."))
    environment = {
        **os.environ,
        "PYTHONPATH": paths,
        "COLUMNS": str(_COLUMNS),
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
    }
    arguments = [sys.executable, "-m", "cloudflare_budgets_cli", "--demo", *command]
    done = subprocess.run(  # noqa: S603 - arguments are made here, and no shell reads them
        arguments, env=environment, capture_output=True, text=True, check=False
    )
    if not done.stdout:
        message = f"{' '.join(command)}: {done.stderr}"
        raise RuntimeError(message)
    return done.stdout
