"""The values in Cloudflare's rows, taken strictly: texts, instants and numbers."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import TypeVar

from cloudflare_budgets.domain.primitives.amount import MAX_NUMBER, is_bounded
from cloudflare_budgets.domain.primitives.text import sanitize

MAX_TEXT = 1024  # characters
MAX_KEPT = 8192

_NUMBER = re.compile(r"-?[0-9]{1,60}(\.[0-9]{1,60})?([eE][+-]?[0-9]{1,3})?")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# RFC 3339, or the day alone. Python would take much else that ISO 8601 allows.
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2}))?"
)
_WHOLE_LIMIT = int(MAX_NUMBER)
_SHOWN = 60

V = TypeVar("V")


class WrongValueError(Exception):
    """A value breaks a rule; the text says what it must be."""


def text_of(value: object) -> str:
    """Take a text.

    Raises:
        WrongValueError: it is none, too long, or holds half a character, which nothing can send on.
    """
    if type(value) is not str:
        raise WrongValueError("a text")
    if len(value) > MAX_TEXT:
        raise WrongValueError(f"a text of at most {MAX_TEXT} characters")
    if _SURROGATE.search(value):
        raise WrongValueError("a text without lone surrogates")
    return value


def instant_of(value: object) -> datetime:
    """Take an RFC 3339 timestamp, or a date for its first instant; in UTC.

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
    """Take a number, or a text that is one.

    Raises:
        WrongValueError: it is none, or has more digits or a larger exponent than can be summed exactly.
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


class Kept(dict[object, V]):
    """What `take` makes of a value, made once for each: rows repeat each other in nearly everything.

    Ask with `[value]`, for values that are equal only if they are the same to `take`. It forgets what
    it has before it grows too large.
    """

    def __init__(self, take: Callable[[object], V]) -> None:
        super().__init__()
        self._take = take

    def __missing__(self, value: object) -> V:
        taken = self._take(value)
        if len(self) >= MAX_KEPT:
            self.clear()
        self[value] = taken
        return taken


class Numbers:
    """Takes numbers as `number_of` does, negative ones only if `signed`, and keeps each once."""

    def __init__(self, *, signed: bool) -> None:
        self._kept = Kept(self._take)
        self._signed = signed

    def read(self, value: object) -> Decimal:
        """Take a number."""
        # `true` is equal to 1, so it must not be looked up.
        return self._take(value) if type(value) is bool else self._kept[value]

    def _take(self, value: object) -> Decimal:
        number = number_of(value)
        if number < 0 and not self._signed:
            raise WrongValueError("at least 0, for the row is no correction")
        return number


def shown(value: object) -> str:
    """Show a value as JSON has it, shortened; what came from outside is made safe to show."""
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
