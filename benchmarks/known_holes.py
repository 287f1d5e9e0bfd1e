"""Look the pins of what ships and of the tools up among known holes, where that can be done.

The data is on the network: out of its reach nothing is said about the pins, and nothing fails for that.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PIP_AUDIT = ROOT / ".venv-audit" / "bin" / "pip-audit"
OPTIONS = ("--disable-pip", "--require-hashes", "--format=json", "--progress-spinner=off")
PINS = ("layers/cloudflare_budgets/requirements.txt", "requirements-dev.txt", "requirements-audit.txt")
PATIENCE = 300  # seconds


def main() -> int:
    """Look up each file of pins; 1 if anything that ships is known to have a hole."""
    holes = [_holes(pins) for pins in PINS]
    return int(bool(holes[0]))


def _holes(pins: str) -> list[str]:
    """Find the known holes of a file of pins, and say what is not known."""
    packages = _looked_up(pins)
    known = [package for package in packages if "skip_reason" not in package]
    if not known:
        print(f"{pins}: skipped, for the data on known holes cannot be reached")
        return []
    holes = [
        f"{package['name']} {package['version']}: {hole['id']}"
        for package in known
        for hole in package["vulns"]
    ]
    print(f"{pins}: {len(holes)} known holes in {len(known)} of {len(packages)} packages")
    for hole in holes:
        print(f"  {hole}")
    return holes


def _looked_up(pins: str) -> list[dict[str, Any]]:
    command = [str(PIP_AUDIT), *OPTIONS, "--requirement", str(ROOT / pins)]
    try:
        run = subprocess.run(  # noqa: S603 - a tool of ours on a file of ours
            command, capture_output=True, text=True, check=False, timeout=PATIENCE
        )
        packages: list[dict[str, Any]] = json.loads(run.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return []
    return packages


if __name__ == "__main__":
    sys.exit(main())
