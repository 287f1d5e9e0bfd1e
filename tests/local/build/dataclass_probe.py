"""Imports all modules of a copy of the package, and describes its dataclasses.

Usage: python dataclass_probe.py FOLDER

Writes a JSON object: `compiled`, the number of texts that were compiled, and `classes`, which describes the
generated methods of each class.
"""

from __future__ import annotations

import builtins
import dataclasses
import importlib
import inspect
import json
import pkgutil
import re
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FunctionType

_GENERATED = ("__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__", "__lt__")


def main(folder: str) -> None:
    """Import the package from a folder, and print what was compiled and generated."""
    compiled = []
    compile_text = builtins.compile

    def counting(source: Any, *others: Any, **options: Any) -> Any:  # noqa: ANN401
        if "__create_fn__" in str(source):
            compiled.append(source)
        return compile_text(source, *others, **options)

    execute = builtins.exec

    def executing(source: Any, *others: Any) -> None:  # noqa: ANN401
        is_text = isinstance(source, str) and "__create_fn__" in source
        execute(counting(source, "<string>", "exec", dont_inherit=True) if is_text else source, *others)

    builtins.compile, builtins.exec = counting, executing  # type: ignore[assignment]
    sys.path.insert(0, folder)
    package = importlib.import_module("cloudflare_budgets")
    classes = {}
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            if inspect.isclass(value) and dataclasses.is_dataclass(value) and value.__module__ == found.name:
                classes[f"{found.name}.{name}"] = _described(value)
    json.dump({"compiled": len(compiled), "classes": classes}, sys.stdout)


def _described(kind: type) -> dict[str, str]:
    generated = {
        name: _code(inspect.unwrap(vars(kind)[name]))  # __repr__ is wrapped against recursion
        for name in _GENERATED
        if inspect.isfunction(vars(kind).get(name))
    }
    return {
        **generated,
        "signature": re.sub(r" at 0x\w+", "", str(inspect.signature(kind))),
        "fields": str([field.name for field in dataclasses.fields(kind)]),
        "parameters": str(vars(kind)["__dataclass_params__"]),
        "slots": str(vars(kind).get("__slots__")),
    }


def _code(method: FunctionType) -> str:
    code = method.__code__
    # The order of a set differs between processes.
    constants = [sorted(each) if isinstance(each, frozenset) else each for each in code.co_consts]
    parts = (code.co_code.hex(), code.co_names, code.co_varnames, code.co_freevars, constants)
    return f"{method.__module__} {method.__qualname__} {parts}"


if __name__ == "__main__":
    main(sys.argv[1])
