"""Whatever is installed is what was looked at: each pin has its hashes, and names no registry."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PINS = [
    "requirements-dev.txt",
    "requirements-audit.txt",
    "layers/cloudflare_budgets/requirements.txt",
    "benchmarks/requirements/runtime.txt",
    "benchmarks/requirements/sdk.txt",
    "benchmarks/requirements/statsforecast.txt",
]


def pins(path: str) -> dict[str, str]:
    """Read a file's pins: each package's line with all that belongs to it."""
    text = (ROOT / path).read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return {re.split(r"[=\[ ;@]", line)[0]: line for line in lines}


@pytest.mark.parametrize("path", PINS)
def test_every_pin_is_one_version_with_its_hashes(path: str) -> None:
    assert pins(path)
    for line in pins(path).values():
        assert re.match(r"[a-z0-9._-]+==\S+ ", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize("path", PINS)
def test_no_pin_names_a_registry(path: str) -> None:
    assert not re.search(r"://|--(extra-)?index|--find", (ROOT / path).read_text())


@pytest.mark.parametrize(
    "path",
    [
        "requirements-dev",
        "requirements-audit",
        "layers/cloudflare_budgets/requirements",
        "benchmarks/requirements/statsforecast",
    ],
)
def test_every_requirement_is_pinned(path: str) -> None:
    asked = re.findall(r"^([a-z][\w.-]*)", (ROOT / f"{path}.in").read_text(), re.MULTILINE | re.IGNORECASE)
    found = {name.lower().replace("_", "-") for name in pins(f"{path}.txt")}
    assert {name.lower().replace("_", "-") for name in asked} <= found


def test_what_ships_is_what_is_tested() -> None:
    shipped = pins("layers/cloudflare_budgets/requirements.txt")
    tested = pins("requirements-dev.txt")
    for name, line in shipped.items():
        assert line.split()[0] == tested[name].split()[0]
