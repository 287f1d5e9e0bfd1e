"""With the stored code of dataclasses, nothing is compiled at a cold start, and each class is the same."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

LAYER = Path(__file__).parents[3] / "layers" / "cloudflare_budgets"
PROBE = Path(__file__).with_name("dataclass_probe.py")

Probed: TypeAlias = Mapping[str, Any]


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package, in which the build stored the code for the Python that runs the tests."""
    folder = tmp_path_factory.mktemp("packages")
    shutil.copytree(
        LAYER / "cloudflare_budgets",
        folder / "cloudflare_budgets",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    _python(LAYER / "compile_dataclasses.py", folder)
    return folder


@pytest.fixture(scope="module")
def with_code(packages: Path) -> Probed:
    return _probed(packages)


@pytest.fixture(scope="module")
def without_code(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Probed:
    folder = tmp_path_factory.mktemp("without") / "packages"
    shutil.copytree(packages, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return _probed(folder)


def test_no_method_of_a_dataclass_is_compiled_at_a_cold_start(
    with_code: Probed, without_code: Probed
) -> None:
    assert without_code["compiled"] > 100
    assert with_code["compiled"] == 0


def test_each_dataclass_has_the_same_methods_fields_and_parameters(
    with_code: Probed, without_code: Probed
) -> None:
    assert len(with_code["classes"]) > 100
    assert with_code["classes"] == without_code["classes"]


def test_the_code_is_the_same_in_each_build(packages: Path) -> None:
    [stored] = (packages / "cloudflare_budgets" / "__pycache__").iterdir()
    before = stored.read_bytes()
    _python(LAYER / "compile_dataclasses.py", packages)
    assert stored.read_bytes() == before


def test_the_code_of_another_version_of_python_is_ignored(packages: Path, tmp_path: Path) -> None:
    copy = tmp_path / "packages"
    shutil.copytree(packages, copy)
    [stored] = (copy / "cloudflare_budgets" / "__pycache__").iterdir()
    stored.rename(stored.with_name(stored.name.replace(sys.implementation.cache_tag, "cpython-99")))
    assert _probed(copy)["compiled"] > 100


def test_a_class_that_was_changed_after_the_build_is_compiled(packages: Path, tmp_path: Path) -> None:
    copy = tmp_path / "packages"
    shutil.copytree(packages, copy)
    module = copy / "cloudflare_budgets" / "domain" / "usage" / "subscription.py"
    module.write_text(
        f"{module.read_text()}\n\n@dataclass(frozen=True, slots=True)\nclass New:\n    new: str\n"
    )
    assert 0 < _probed(copy)["compiled"] < 10


def _probed(folder: Path) -> Probed:
    probed: Probed = json.loads(_python(PROBE, folder))
    return probed


def _python(script: Path, folder: Path) -> str:
    command = [sys.executable, "-I", "-B", str(script), str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - the arguments are constants
