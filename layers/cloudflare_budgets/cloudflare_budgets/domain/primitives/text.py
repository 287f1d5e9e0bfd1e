"""Make text of unknown origin safe to show."""

import re

MAX_NAME = 120

# Control characters, lone surrogates, and what reorders or hides the text around it.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")
# What ends a text that was cut.
CUT = "..."


def sanitize(text: str, limit: int = MAX_NAME) -> str:
    """Make text of unknown origin safe to show: one line, nothing invisible, cut to a length."""
    line = " ".join(_UNSAFE.sub(" ", text).split())
    return line if len(line) <= limit else line[: limit - len(CUT)] + CUT
