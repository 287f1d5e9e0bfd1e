"""Draws the packages of the layer as the import contracts in pyproject.toml order them."""

import ast
import html
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

_ROOT = "cloudflare_budgets"
_STYLE = Path(__file__).with_name("packages.css").read_text(encoding="utf-8")
_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><style>{style}</style></head>
<body><div class="packages">{layers}<p>A package imports only what is below it.</p></div></body></html>
"""


def packages_page(project: Path, layer: Path) -> str:
    """Render the packages as rows of boxes, each with the first line of its docstring.

    Args:
        project: the pyproject.toml with the contracts.
        layer: the folder that contains the package `cloudflare_budgets`.
    """
    contracts = tomllib.loads(project.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    layers = [contract for contract in contracts if contract["type"] == "layers"]
    inner = {name: contract["layers"] for contract in layers for name in contract.get("containers", ())}
    [outer] = [contract["layers"] for contract in layers if "containers" not in contract]
    return _PAGE.format(style=_STYLE, layers=_rows(outer, "", inner, layer))


def _rows(rows: Iterable[str], parent: str, inner: Mapping[str, Sequence[str]], layer: Path) -> str:
    parts = [[f"{parent}{name.strip()}" for name in row.split("|")] for row in rows]
    return "".join(
        f'<div class="row">{"".join(_box(name, inner, layer) for name in row)}</div>' for row in parts
    )


def _box(name: str, inner: Mapping[str, Sequence[str]], layer: Path) -> str:
    # Only the order of the domain matters to a reader who is new here.
    nested = _rows(inner[name], f"{name}.", inner, layer) if name == f"{_ROOT}.domain" else ""
    title, text = html.escape(name.rpartition(".")[2]), html.escape(_summary(name, layer))
    return f'<div class="box"><b>{title}</b><span>{text}</span>{nested}</div>'


def _summary(name: str, layer: Path) -> str:
    path = layer.joinpath(*name.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    docstring = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
    return docstring.partition("\n")[0]
