"""No folder of the code has more than 12 entries, and no Python file more than 250 lines."""

from pathlib import Path

ROOT = Path(__file__).parents[3]
CODE = tuple(ROOT / name for name in ("layers", "functions", "local", "cli") if (ROOT / name).is_dir())
MAX_ENTRIES = 12  # __init__.py is not counted
MAX_LINES = 250

NOT_COUNTED = {"__init__.py", "__pycache__"}


def lines_of(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_the_folders_of_the_code_are_found() -> None:
    assert {folder.name for folder in CODE} >= {"layers", "functions", "local"}


def test_no_folder_has_more_than_12_entries() -> None:
    folders = [
        folder
        for root in CODE
        for folder in (root, *root.rglob("*"))
        if folder.is_dir() and folder.name not in NOT_COUNTED
    ]
    entries = {
        str(folder.relative_to(ROOT)): sum(entry.name not in NOT_COUNTED for entry in folder.iterdir())
        for folder in folders
    }
    assert {name: count for name, count in entries.items() if count > MAX_ENTRIES} == {}


def test_no_python_file_has_more_than_250_lines() -> None:
    lines = {
        str(path.relative_to(ROOT)): lines_of(path) for root in CODE for path in sorted(root.rglob("*.py"))
    }
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}
