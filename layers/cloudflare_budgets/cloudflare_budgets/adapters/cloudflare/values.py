"""Validates the values in Cloudflare's rows: texts, instants and numbers."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

from cloudflare_budgets.domain.primitives.amount import MAX_NUMBER, is_bounded
from cloudflare_budgets.domain.primitives.text import sanitize

MAX_TEXT = 1024  # characters
MAX_CACHED = 8192

_NUMBER = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,3})?")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# RFC 3339, or only a date. Python accepts many other forms of ISO 8601.
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?"
)
_WHOLE_LIMIT = int(MAX_NUMBER)
_SHOWN = 60

V = TypeVar("V")


class WrongValueError(Exception):
    """Raised when a value is invalid; the text says what it must be."""


def text_of(value: object) -> str:
    """Validate a text.

    Raises:
        WrongValueError: it is not a text, too long, or contains a lone surrogate, which UTF-8 cannot encode.
    """
    if type(value) is not str:
        raise WrongValueError("a text")
    if len(value) > MAX_TEXT:
        raise WrongValueError(f"a text of at most {MAX_TEXT} characters")
    if _SURROGATE.search(value):
        raise WrongValueError("a text without lone surrogates")
    return value


def instant_of(value: object) -> datetime:
    """Parse an RFC 3339 timestamp, or a date as its first instant, in UTC.

    Raises:
        WrongValueError: it is neither.
    """
    if type(value) is not str or not _INSTANT.fullmatch(value):
        raise WrongValueError("a timestamp such as 2026-11-01T00:00:00Z")
    try:
        instant = datetime.fromisoformat(value.upper())
        return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise WrongValueError("a timestamp that exists") from None


def number_of(value: object) -> Decimal:
    """Parse a number, or a text that contains one.

    Raises:
        WrongValueError: it is not a number, or it has too many digits to be added exactly.
    """
    if type(value) is int and -_WHOLE_LIMIT < value < _WHOLE_LIMIT:
        return Decimal(value)
    if type(value) is str and _NUMBER.fullmatch(value):
        value = Decimal(value)
    if type(value) is not Decimal and type(value) is not int:
        raise WrongValueError("a number")
    number = Decimal(value)
    if not is_bounded(number):
        raise WrongValueError("a number below 1e24 in size, with at most 60 digits")
    return number


class Cached(dict[object, V]):
    """A bounded cache of what `parse` returns, because most values are the same in every row.

    Look values up with `[value]`. Values that are equal must have the same result.
    """

    def __init__(self, parse: Callable[[Any], V]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, value: object) -> V:
        parsed = self._parse(value)
        if len(self) >= MAX_CACHED:
            self.clear()
        self[value] = parsed
        return parsed


class Numbers:
    """Parses numbers with a cache; negative ones are valid only if `signed`."""

    def __init__(self, *, signed: bool) -> None:
        self._cached = Cached(self._parse)
        self._signed = signed

    def read(self, value: object) -> Decimal:
        """Parse a number."""
        # `True` is equal to 1, so it must not be looked up.
        return self._parse(value) if type(value) is bool else self._cached[value]

    def _parse(self, value: object) -> Decimal:
        number = number_of(value)
        if number < 0 and not self._signed:
            raise WrongValueError("at least 0, because the row is not a correction")
        return number


def shown(value: object) -> str:
    """Return a value as short JSON that is safe to show."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case str():
            return f'"{sanitize(value, _SHOWN)}"'
        case int() | Decimal():
            return sanitize(str(value), _SHOWN)
        case dict():
            return "an object"
        case _:
            return "a list"
