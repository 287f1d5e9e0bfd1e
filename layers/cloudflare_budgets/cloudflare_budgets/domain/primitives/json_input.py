"""Strict JSON input (no duplicate keys, no NaN, Decimal numbers), and errors with hints."""

import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from cloudflare_budgets.domain.primitives.nearest import nearest

# Not allowed in a line of text: control characters, lone surrogates, and marks that reorder the text.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PLAIN = re.compile(r"[A-Za-z0-9_.$-]{1,64}")

_Item = TypeVar("_Item")
_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True, slots=True)
class FieldError:
    """Why one field is invalid: what was found, what was expected, and suggestions."""

    field: str
    found: str
    expected: str
    suggestions: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"{self.field}: found {self.found}, expected {self.expected}"
        meant = " or ".join(f'"{suggestion}"' for suggestion in self.suggestions)
        return f"{text}; did you mean {meant}?" if meant else text


class InvalidFieldError(Exception):
    """Raised when a field is invalid; `errors` holds every reason."""

    errors: tuple[FieldError, ...]

    def __init__(self, field: str, found: object, expected: str, *suggestions: str) -> None:
        super().__init__(field)
        self.errors = (FieldError(field, shown(found), expected, suggestions),)


class UnknownKeyError(InvalidFieldError):
    """Raised when an object has an unknown key; `field` is empty for the whole document."""

    def __init__(self, field: str, key: str, known: Collection[str]) -> None:
        super().__init__(field, None, f"one of {', '.join(known)}", *nearest(key, known, 2))
        name = key if _PLAIN.fullmatch(key) else shown(key)
        (error,) = self.errors
        self.errors = (replace(error, field=f"{field}.{name}" if field else name, found="an unknown key"),)


class InvalidFieldsError(InvalidFieldError):
    """Raised when several fields are invalid."""

    def __init__(self, errors: Iterable[FieldError]) -> None:
        self.errors = tuple(errors)
        Exception.__init__(self, ", ".join(error.field for error in self.errors))


def parse_each(parse: Callable[[_Item], _Parsed], items: Iterable[_Item]) -> list[_Parsed]:
    """Parse every item.

    Raises:
        InvalidFieldsError: some items are invalid; the error has the reasons of all of them.
    """
    parsed, errors = list[_Parsed](), list[FieldError]()
    for item in items:
        try:
            parsed.append(parse(item))
        except InvalidFieldError as error:
            errors += error.errors
    if errors:
        raise InvalidFieldsError(errors)
    return parsed


def shown(found: object) -> str:
    """Return a value as JSON, cut to one short line."""
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
    """Return a value as JSON, but no string: a secret may have been entered by mistake."""
    return "a text" if isinstance(found, str) else shown(found)


def parse_object(text: str, example: str) -> dict[str, Any]:
    """Parse a document that must be one JSON object.

    Raises:
        InvalidFieldError: it is another document, or not valid JSON; `example` says what is expected.
    """
    try:
        document = loads(text)
    except (ValueError, RecursionError) as error:
        found = f"invalid JSON ({shown(str(error) or 'nested too deeply')})"
        raise InvalidFieldsError([FieldError("the document", found, "one JSON object")]) from None
    if not isinstance(document, dict):
        raise InvalidFieldsError([FieldError("the document", shown_unless_text(document), example)])
    return document


MAX_INTEGER_DIGITS = 60


def _refuse_constant(text: str) -> NoReturn:
    message = f"{text} is not a number in JSON"
    raise ValueError(message)


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        message = f"the key {twice[:80]!r} occurs twice in one object"
        raise ValueError(message)
    return members


def _bounded_int(text: str) -> int:
    # Python's own limit is 4300 digits, and parsing them costs time.
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


def loads(text: str) -> Any:  # noqa: ANN401 - a JSON document has any type
    """Decode one JSON document; a byte order mark, which some editors write, is ignored.

    Raises:
        ValueError: the text is not valid JSON, or has duplicate keys, NaN or a number of too many digits.
        RecursionError: it is nested too deeply.
    """
    return DECODER.decode(text.removeprefix("\ufeff"))
