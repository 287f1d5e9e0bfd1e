"""Screens of commands as they were looked at; UPDATE_DOCS=1 writes them anew."""

import os
from pathlib import Path

_SCREENS = Path(__file__).parent / "screens"


def is_golden(name: str, screen: str) -> bool:
    """Return whether a screen is the stored one, such as `status/80`, whatever blanks end its lines."""
    file = _SCREENS / f"{name}.txt"
    text = "".join(f"{line.rstrip()}\n" for line in screen.splitlines())
    if os.environ.get("UPDATE_DOCS"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return file.read_text() == text
