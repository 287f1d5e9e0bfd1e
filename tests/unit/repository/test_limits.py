"""No folder has more than 12 entries, and no Python file more than 250 lines.

`docs/` is an exception: its pages stand in one folder, because alarms and messages link to their addresses.
"""

from pathlib import Path

ROOT = Path(__file__).parents[3]
PARTS = ("layers", "functions", "local", "cli", "tests", "benchmarks", "examples", "events")
MAX_ENTRIES = 12  # __init__.py is not counted
MAX_LINES = 250

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
