"""Checks the pinned packages of the layer and of the tools for known vulnerabilities.

Without network access to the data, the check is skipped and does not fail.
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
TIMEOUT = 300  # seconds


def main() -> int:
    """Check each requirements file; return 1 if a package of the layer has a known vulnerability."""
    found = [_vulnerabilities(pins) for pins in PINS]
    return int(bool(found[0]))


def _vulnerabilities(pins: str) -> list[str]:
    """Print and return the known vulnerabilities of a requirements file."""
    packages = _looked_up(pins)
    known = [package for package in packages if "skip_reason" not in package]
    if not known:
        print(f"{pins}: skipped, because the vulnerability data is not reachable")
        return []
    found = [
        f"{package['name']} {package['version']}: {vulnerability['id']}"
        for package in known
        for vulnerability in package["vulns"]
    ]
    print(f"{pins}: {len(found)} known vulnerabilities in {len(known)} of {len(packages)} packages")
    for line in found:
        print(f"  {line}")
    return found


def _looked_up(pins: str) -> list[dict[str, Any]]:
    command = [str(PIP_AUDIT), *OPTIONS, "--requirement", str(ROOT / pins)]
    try:
        run = subprocess.run(  # noqa: S603 - a tool and a file of this repository
            command, capture_output=True, text=True, check=False, timeout=TIMEOUT
        )
        packages: list[dict[str, Any]] = json.loads(run.stdout)["dependencies"]
    except (subprocess.TimeoutExpired, ValueError):
        return []
    return packages


if __name__ == "__main__":
    sys.exit(main())
