"""The SAM CLI, run in the checkout without questions."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cloudflare_budgets_cli.settings import CommandError, Settings, UsageError, find_checkout

_SHOWN = 3000  # characters of its output


@dataclass(frozen=True, slots=True)
class Sam:
    """SAM: its command, the checkout, and the folder whose python3 builds the layer."""

    command: Sequence[str]
    checkout: Path
    programs: Path

    @classmethod
    def of_checkout(cls) -> "Sam":
        """Return the SAM CLI of this environment, of the checkout's own, or of the path.

        Raises:
            UsageError: there is no checkout or no SAM.
        """
        checkout = find_checkout()
        if checkout is None:
            raise UsageError("a deployment needs a checkout of the repository: run the command in its folder")
        own = checkout / ".venv" / "bin"
        if importlib.util.find_spec("samcli"):
            return cls((sys.executable, "-m", "samcli"), checkout, Path(sys.executable).parent)
        if (own / "sam").is_file():
            return cls((str(own / "sam"),), checkout, own)
        if found := shutil.which("sam"):
            return cls((found,), checkout, Path(sys.executable).parent)
        raise UsageError("the SAM CLI is missing: run `make build` in the checkout once, or install SAM")

    def run(self, settings: Settings, verb: str, *arguments: str) -> None:
        """Run `sam build` or `sam deploy`.

        Raises:
            CommandError: SAM failed; the text ends with its output.
        """
        config = ["--config-file", str(self.checkout / "samconfig.toml")]
        done = subprocess.run(  # noqa: S603 - no shell; the arguments are those of the command line
            [*self.command, verb, *arguments, *_selected(settings, verb), *config],
            cwd=self.checkout,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CommandError(f"sam {verb} failed:\n{done.stdout[-_SHOWN:]}")

    def ask(self, settings: Settings, answers: Path, *arguments: str) -> int:
        """Run `sam deploy --guided` on the terminal, and return its exit code.

        The answers are stored in a file, which has those of the last time. Ctrl+C ends SAM, not this command.
        """
        config = ["--config-file", str(answers)]
        running = subprocess.Popen(  # noqa: S603 - no shell; the arguments are those of the command line
            [*self.command, "deploy", "--guided", *arguments, *_selected(settings, "deploy"), *config],
            cwd=self.checkout,
            env=self._environment,
        )
        while True:
            try:
                return running.wait()
            except KeyboardInterrupt:  # the terminal sends it to SAM, too
                continue

    @property
    def _environment(self) -> dict[str, str]:
        path = f"{self.programs}{os.pathsep}{os.environ.get('PATH', '')}"
        return os.environ | {"PATH": path, "SAM_CLI_TELEMETRY": "0"}


def _selected(settings: Settings, verb: str) -> list[str]:
    """Return the options that select the region and the profile."""
    region = ["--region", settings.region] if settings.region else []
    return [*region, *(["--profile", settings.profile] if settings.profile and verb == "deploy" else [])]
