"""The contenders: the handler of each, and the folders of its imports."""

import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from local.aws.stack import ROOT

_FOLDER = ROOT / ".local" / "bench"
_HERE = Path(__file__).parent
BUILD = _FOLDER / "build"
# Without packages: a handler imports its own files, the layer and the runtime client, as on Lambda.
PYTHON = _FOLDER / "python" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Contender:
    """An implementation of a check."""

    name: str
    handler: str
    folder: Path
    imports: tuple[Path, ...]


def contenders() -> tuple[Contender, ...]:
    """Install the dependencies of each contender, and return all; they share the layer's boto3."""
    if not PYTHON.exists():
        venv.create(PYTHON.parent.parent, symlinks=True)
    runtime = _install("runtime")
    sdk = _install("sdk", "--no-compile")  # as in the layer; on Lambda, bytecode cannot be written later
    layer = BUILD / "CloudflareBudgetsLayer" / "python"
    function = BUILD / "CheckBudgetsFunction"
    return (
        Contender("floor", "benchmarks.handlers.floor.lambda_handler", ROOT, (layer, runtime)),
        Contender("ours", "benchmarks.handlers.ours.lambda_handler", ROOT, (layer, function, runtime)),
        Contender("SDK", "benchmarks.handlers.sdk.lambda_handler", ROOT, (layer, sdk, runtime)),
    )


def _install(name: str, *options: str) -> Path:
    pins, target = _HERE / "requirements" / f"{name}.txt", _FOLDER / name
    if target.exists() and target.stat().st_mtime > pins.stat().st_mtime:
        return target
    subprocess.run(  # noqa: S603 - arguments are made here, and no shell reads them
        [
            *(sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--upgrade"),
            *("--no-deps", "--require-hashes", "--only-binary=:all:", *options),
            *("--target", str(target), "--requirement", str(pins)),
        ],
        check=True,
    )
    target.touch()
    return target
