"""Screens of commands as they were looked at; UPDATE_DOCS=1 writes them anew."""

import os
from pathlib import Path

_SCREENS = Path(__file__).parent / "screens"


def is_golden(name: str, screen: str) -> bool:
    """Return whether a screen is the stored one; blanks at the ends of lines do not count."""
    file = _SCREENS / f"{name}.txt"
    text = "".join(f"{line.rstrip()}\n" for line in screen.splitlines())
    if os.environ.get("UPDATE_DOCS"):
        file.write_text(text)
    return file.read_text() == text
