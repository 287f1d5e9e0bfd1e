"""The wheel, installed into a bare environment with nothing but what it declares."""

import json
import os
import shutil
import subprocess
import sys
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.integration.cli.conftest import Run

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the repository."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("layers/cloudflare_budgets/cloudflare_budgets", "cli"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    _run(
        sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", target, source
    )
    [found] = target.glob("*.whl")
    return found


@pytest.fixture(scope="session")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command, in an environment with the wheel and the distributions that it declares."""
    home = tmp_path_factory.mktemp("bare")
    venv.create(home, symlinks=True)
    [packages] = home.glob("lib/python*/site-packages")
    _run(sys.executable, "-m", "pip", "--python", home / "bin" / "python", "install", "-q",
         "--no-index", "--no-deps", wheel)  # fmt: skip
    for name in _closure("cloudflare-budgets", packages):
        _link(metadata.distribution(name), packages)
    return home / "bin" / "cloudflare-budgets"


def _closure(name: str, packages: Path) -> set[str]:
    """Find what a distribution needs, and what that needs."""
    found: set[str] = set()
    [own] = metadata.distributions(name=name, path=[str(packages)])
    waiting = _needed(own)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting |= _needed(metadata.distribution(each))
    return found


def _needed(distribution: metadata.Distribution) -> set[str]:
    needed = [Requirement(each) for each in distribution.requires or ()]
    return {each.name for each in needed if each.marker is None or each.marker.evaluate({"extra": ""})}


def _link(distribution: metadata.Distribution, packages: Path) -> None:
    for name in {file.parts[0] for file in distribution.files or () if file.parts[0] != ".."}:
        target = Path(str(distribution.locate_file(name)))
        if name != "__pycache__" and target.exists() and not (packages / name).exists():
            (packages / name).symlink_to(target)


def _run(*command: object, **environment: str) -> str:
    names = ("PATH", "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_URL")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    done = subprocess.run(  # noqa: S603 - our own commands
        list(map(str, command)), capture_output=True, text=True, check=False, env=kept | environment
    )
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


def test_the_wheel_has_the_packages_and_their_data_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert "cloudflare_budgets/prices/cloudflare.csv" in names
    assert "cloudflare_budgets/schemas/budget.schema.json" in names
    assert "cloudflare_budgets/messages/report/report.css" in names
    tops = {name.partition("/")[0] for name in names}
    assert {each for each in tops if not each.endswith(".dist-info")} == {
        "cloudflare_budgets",
        "cloudflare_budgets_cli",
    }


def test_the_installed_command_reads_usage(bare: Path, run: Run) -> None:
    in_process = run("-o", "json", "usage")
    assert _run(bare, "--as-of", "2026-11-22T10:00:00Z", "-o", "json", "usage") == in_process.stdout


def test_the_installed_command_checks_and_previews_budgets(bare: Path, run: Run, tmp_path: Path) -> None:
    budgets = tmp_path / "budgets.yaml"
    budgets.write_text('budgets: {spend: {limit: 150 USD, thresholds: ["80%", "100%"]}}')
    at = ("--as-of", "2026-11-22T10:00:00Z", "-o", "json")
    checked = json.loads(_run(bare, *at, "check", budgets))
    assert checked == json.loads(run("-o", "json", "check", str(budgets)).stdout)
    previewed = json.loads(_run(bare, *at, "preview", budgets, "--from", "2026-11-20"))
    assert [each["budget"] for each in previewed["alerts"] if each["type"] == "threshold_crossed"]


@pytest.mark.parametrize("arguments", [("--demo", "usage"), ("deploy",), ("init",)])
def test_the_installed_command_says_what_needs_a_checkout(
    bare: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    done = subprocess.run([bare, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path)  # noqa: S603
    assert done.returncode == 2
    assert "needs a checkout" in done.stderr


def test_the_demo_runs_in_a_checkout_with_nothing_but_what_the_wheel_declares(
    bare: Path, tmp_path: Path
) -> None:
    budgets = tmp_path / "budgets.yaml"
    budgets.write_text("budgets: {spend: {limit: 150 USD}}")
    at = ("--as-of", "2026-11-22T10:00:00Z", "-o", "json", "--demo")
    found = {
        command: subprocess.run(  # noqa: S603 - our own command
            [bare, *at, command, *arguments], capture_output=True, text=True, check=False, cwd=ROOT, env={}
        )
        for command, arguments in {
            "usage": (),
            "check": (str(budgets),),
            "preview": (str(budgets), "--from", "2026-11-20"),
        }.items()
    }
    assert {name: done.returncode for name, done in found.items()} == {"usage": 0, "check": 1, "preview": 0}
    [account] = json.loads(found["check"].stdout)["accounts"]
    assert [each["level"] for each in account["budgets"]] == ["over_limit"]
