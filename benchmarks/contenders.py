"""The contenders: the handler of each, the folders of its imports, and its budgets."""

import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import FLOOR, OURS, OURS_DEFAULT, OURS_TYPICAL, PARSING_FLOOR, SDK
from local.aws.stack import ROOT

_FOLDER = ROOT / ".local" / "bench"
_HERE = Path(__file__).parent
BUILD = _FOLDER / "build"
# Without packages: a handler imports its own files, the layer and the runtime client, as on Lambda.
PYTHON = _FOLDER / "python" / "bin" / "python"
AUTHORITIES = BUILD / "CloudflareBudgetsLayer" / "python" / "certifi" / "cacert.pem"

_REQUESTS = {"metric_id": ["workers_standard_requests"]}
QUANTITIES: Mapping[str, Mapping[str, object]] = {
    "loop": {"limit": "1000 Requests", "scope": _REQUESTS, "thresholds": ["100%"]},
    "plenty": {"limit": "900000000000000 Requests", "scope": _REQUESTS},
    "everything": {"limit": "900000000000000 Requests", "scope": {"metric_id": ["workers_*_requests"]}},
}
DEFAULT: Mapping[str, Mapping[str, object]] = {"spend": {"limit": "50 USD"}}
# The four typical budgets of docs/budgets.md, of which only the first has an alert: the benchmark's account
# exceeds each allowance, and a message for each would measure SNS.
TYPICAL: Mapping[str, Mapping[str, object]] = {
    **DEFAULT,
    "workers": {"limit": "900000000 USD", "scope": {"product_family": ["Workers*"]}},
    "day": {"limit": "900000000 USD", "period": "day", "thresholds": ["100%"]},
    "allowances": {"limit": "100% of allowance", "thresholds": ["900000000%"]},
}


@dataclass(frozen=True, slots=True)
class Contender:
    """An implementation of a check, and the budgets that it evaluates."""

    name: str
    handler: str
    folder: Path
    imports: tuple[Path, ...]
    budgets: Mapping[str, Mapping[str, object]]


def contenders() -> tuple[Contender, ...]:
    """Install the dependencies of each contender, and return all; they share the layer's boto3."""
    if not PYTHON.exists():
        # The runtime of the function, because the layer has bytecode for no other Python.
        found = shutil.which("python3.13") or sys.executable
        command = [found, "-m", "venv", "--without-pip", str(PYTHON.parent.parent)]
        subprocess.run(command, check=True)  # noqa: S603 - no shell, and no foreign arguments
    runtime = _install("runtime")
    sdk = _install("sdk", "--no-compile")  # as in the layer; on Lambda, bytecode cannot be written later
    layer = BUILD / "CloudflareBudgetsLayer" / "python"
    function = BUILD / "CheckBudgetsFunction"
    base, own = (layer, runtime), (layer, function, runtime)
    ours = "benchmarks.handlers.ours.lambda_handler"
    return (
        Contender(FLOOR, "benchmarks.handlers.floor.lambda_handler", ROOT, base, QUANTITIES),
        Contender(PARSING_FLOOR, "benchmarks.handlers.floor.parsing_handler", ROOT, base, QUANTITIES),
        Contender(OURS, ours, ROOT, own, QUANTITIES),
        Contender(OURS_DEFAULT, ours, ROOT, own, DEFAULT),
        Contender(OURS_TYPICAL, ours, ROOT, own, TYPICAL),
        Contender(SDK, "benchmarks.handlers.sdk.lambda_handler", ROOT, (layer, sdk, runtime), QUANTITIES),
    )


def _install(name: str, *options: str) -> Path:
    pins, target = _HERE / "requirements" / f"{name}.txt", _FOLDER / name
    if target.exists() and target.stat().st_mtime > pins.stat().st_mtime:
        return target
    subprocess.run(  # noqa: S603 - arguments are made here, and no shell reads them
        [
            *(sys.executable, "-m", "pip", "--python", str(PYTHON), "install", "-qq"),
            *("--disable-pip-version-check", "--upgrade"),
            *("--no-deps", "--require-hashes", "--only-binary=:all:", *options),
            *("--target", str(target), "--requirement", str(pins)),
        ],
        check=True,
    )
    target.touch()
    return target
