"""Units of usage: which spellings are one unit."""

import re
from functools import lru_cache

# Without a plural's s, in lower case.
_WORDS = {
    "mo": "month",
    "mth": "month",
    "s": "second",
    "sec": "second",
    "h": "hour",
    "hr": "hour",
    "min": "minute",
    "d": "day",
    "ms": "millisecond",
    "msec": "millisecond",
    "b": "byte",
    "req": "request",
    "op": "operation",
    "ops": "operation",
}
_SEPARATORS = re.compile(r"[\s_-]+")


@lru_cache(maxsize=256)
def canonical_unit(unit: str) -> str:
    """Return one spelling for all of a unit: `GB-mo`, `GB-month` and `gb months` are `gb month`."""
    return " ".join(_canonical_word(word) for word in _SEPARATORS.split(unit.strip().lower()))


def is_same_unit(one: str, other: str) -> bool:
    """Return whether two spellings are one unit; case, plural and abbreviation do not matter."""
    return one == other or canonical_unit(one) == canonical_unit(other)


def _canonical_word(word: str) -> str:
    if word in _WORDS:
        return _WORDS[word]
    if word.endswith("ies"):
        word = f"{word[:-3]}y"
    elif word.endswith("sses"):
        word = word[:-2]
    elif word.endswith("s") and not word.endswith("ss") and len(word) > 2:  # noqa: PLR2004 - GB, ms
        word = word[:-1]
    return _WORDS.get(word, word)
