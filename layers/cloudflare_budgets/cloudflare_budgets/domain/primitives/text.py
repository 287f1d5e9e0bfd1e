"""Makes text of unknown origin safe to display."""

import re

MAX_NAME = 120

# What separates words, or changes the order of the text around it: controls and line separators.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")
# What is invisible within a word: format characters, fillers, tags, lone surrogates, variation selectors
# except those of emoji.
_INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164\ud800-\udfff"
    r"\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)
# The end of a text that was cut.
CUT = "..."


def sanitize(text: str, limit: int = MAX_NAME) -> str:
    """Return text as one line without invisible characters, cut to a length."""
    line = " ".join(_INVISIBLE.sub("", _CONTROL.sub(" ", text)).split())
    return line if len(line) <= limit else line[: limit - len(CUT)] + CUT
