"""Compiles the methods of all dataclasses of the package, so that no cold start does.

Usage: python3.13 compile_dataclasses.py FOLDER_OF_THE_LAYER'S_PACKAGES

The file is valid for the version of Python that runs this. `cloudflare_budgets/__init__.py` reads it.
"""

import builtins
import dataclasses
import importlib
import marshal
import pkgutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import CodeType


def main(packages: Path) -> None:
    """Import all modules of the package, and store the code of each text of `dataclasses`."""
    codes: dict[str, CodeType] = {}

    def record(source: str, namespace: dict[str, Any], found: dict[str, Any]) -> None:
        codes[source] = compile(source, "<string>", "exec", dont_inherit=True)
        builtins.exec(codes[source], namespace, found)  # noqa: S102

    sys.path.insert(0, str(packages))
    package = importlib.import_module("cloudflare_budgets")
    vars(dataclasses)["exec"] = record  # after the import, which uses the code of an earlier build
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        importlib.import_module(module.name)
    stored: Path = package.DATACLASS_CODE
    stored.parent.mkdir(exist_ok=True)
    stored.write_bytes(marshal.dumps(codes))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
