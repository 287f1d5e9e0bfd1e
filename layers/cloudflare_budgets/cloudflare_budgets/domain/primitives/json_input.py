"""Strict JSON input (no duplicate keys, no NaN, Decimal numbers) and field errors that say what is right."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NoReturn

# What no line of text may hold: control characters, lone surrogates, what reorders the text around it.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PLAIN = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why one field was refused: what stood there, and what would be right."""

    field: str
    found: str
    expected: str

    def __str__(self) -> str:
        return f"{self.field}: found {self.found}, expected {self.expected}"


class InvalidFieldError(Exception):
    """Ends the reading of one field."""

    def __init__(self, field: str, found: object, expected: str) -> None:
        super().__init__(field)
        self.refusal = FieldError(field, shown(found), expected)


class UnknownKeyError(InvalidFieldError):
    """Ends the reading of one field: it has a key that there is not."""

    def __init__(self, field: str, key: str, known: Iterable[str]) -> None:
        name = key if _PLAIN.fullmatch(key) else shown(key)
        super().__init__(f"{field}.{name}", None, f"one of {', '.join(known)}")
        self.refusal = replace(self.refusal, found="an unknown key")


def shown(found: object) -> str:
    """Show what was found as JSON would spell it, cut to one short line."""
    match found:
        case None:
            return "nothing"
        case bool():
            return str(found).lower()
        case str():
            text = '"' + CONTROL.sub("?", found) + '"'
        case _:
            text = CONTROL.sub("?", str(found))
    return text if len(text) <= 80 else text[:77] + "..."  # noqa: PLR2004 - one line of a terminal


def shown_unless_text(found: object) -> str:
    """Show what stands where no text belongs, but not a text: a secret may have been put there by mistake."""
    return "a text" if isinstance(found, str) else shown(found)


MAX_INTEGER_DIGITS = 60


def _refuse_constant(text: str) -> NoReturn:
    message = f"{text} is not a number in JSON"
    raise ValueError(message)


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        message = f"the key {twice[:80]!r} stands twice in one object"
        raise ValueError(message)
    return members


def _bounded_int(text: str) -> int:
    # Python's own limit is 4300 digits, and each digit costs time before it is refused.
    if len(text) > MAX_INTEGER_DIGITS:
        message = f"a whole number of {len(text)} digits"
        raise ValueError(message)
    return int(text)


DECODER = json.JSONDecoder(
    parse_float=Decimal,
    parse_int=_bounded_int,
    parse_constant=_refuse_constant,
    object_pairs_hook=_object_without_duplicates,
)


def loads(text: str) -> Any:  # noqa: ANN401 - JSON is any value until it is parsed
    """Decode one JSON document.

    Raises:
        ValueError: the text is no JSON, or takes a liberty.
        RecursionError: it nests too deeply.
    """
    return DECODER.decode(text)
