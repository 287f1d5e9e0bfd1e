"""Limits: entries of a folder, lines of a Python file, characters of a docstring's first line.

`docs/` is an exception: its pages stand in one folder, because alarms and messages link to their addresses.
"""

import ast
from pathlib import Path

ROOT = Path(__file__).parents[3]
PARTS = ("layers", "functions", "local", "cli", "tests", "benchmarks", "examples", "events")
MAX_ENTRIES = 12  # __init__.py is not counted
MAX_LINES = 250
MAX_DOCSTRING = 90

NOT_COUNTED = {"__init__.py", "__pycache__"}


def folders() -> list[Path]:
    return [
        folder
        for part in PARTS
        for folder in (ROOT / part, *(ROOT / part).rglob("*"))
        if folder.is_dir() and folder.name not in NOT_COUNTED
    ]


def test_every_part_of_the_repository_is_found() -> None:
    assert {folder.relative_to(ROOT).as_posix() for folder in folders()} >= set(PARTS)


def test_no_folder_has_more_than_12_entries() -> None:
    entries = {
        str(folder.relative_to(ROOT)): sum(entry.name not in NOT_COUNTED for entry in folder.iterdir())
        for folder in folders()
    }
    assert {name: count for name, count in entries.items() if count > MAX_ENTRIES} == {}


def test_no_python_file_has_more_than_250_lines() -> None:
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text().splitlines())
        for part in PARTS
        for path in sorted((ROOT / part).rglob("*.py"))
    }
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}


def test_first_line_of_a_docstring_has_at_most_90_characters() -> None:
    too_long = {
        f"{path.relative_to(ROOT)}: {text.splitlines()[0]}"
        for part in ("layers", "functions", "local", "cli")
        for path in sorted((ROOT / part).rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        if (text := ast.get_docstring(node)) and len(text.splitlines()[0]) > MAX_DOCSTRING
    }
    assert too_long == set()
