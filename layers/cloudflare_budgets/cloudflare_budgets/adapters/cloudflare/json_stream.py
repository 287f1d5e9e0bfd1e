"""Parses a long JSON answer piece by piece, so that memory holds one row at a time."""

import codecs
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from cloudflare_budgets.adapters.http.retries import TransientError
from cloudflare_budgets.domain.primitives.json_input import DECODER
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.errors import UsageUnreadableError

MAX_VALUE = 64 * 1024  # characters of one row, or of one other member of the envelope
MAX_MEMBERS = 64  # of the envelope; Cloudflare's has four

_BLANKS = re.compile(r"[ \t\n\r]*")
_ENDS_A_NUMBER = frozenset(" \t\n\r,]}")
_SHOWN = 40
_ENDS_EARLY = "Cloudflare's answer ends too early"
_BYTE_ORDER_MARK = "\ufeff"
# In a truncated text, the decoder may report a fault this far before its end: `-Infinit`, `\ud83d\ude0`.
_CUT_TOKEN = 16


@dataclass(frozen=True, slots=True)
class Streamed:
    """Replaces a list whose elements were passed on one by one."""

    count: int


# Parses whole elements of a list from a text and a position in it, as far as it can; returns how many, and
# the end of the last one.
Scan = Callable[[str, int], tuple[int, int]]


def read_envelope(
    pieces: Iterator[bytes], take: Callable[[object], None], scan: Scan | None = None
) -> dict[str, object]:
    """Parse one JSON object and pass each element of its list `result` to `take` as it arrives.

    Returns all members, in any order, with `Streamed` instead of that list. Elements that `scan` parses are
    not passed to `take`.

    Raises:
        TransientError: the body is empty, truncated, or not a JSON object in UTF-8.
        UsageUnreadableError: a key is repeated, a number is NaN or infinite, or a value is too large.
    """
    text = _Text(pieces)
    text.skip("{")
    members: dict[str, object] = {}
    while text.peek() != "}":
        if members:
            text.skip(",")
        name = _new_name(text, members)
        streamed = name == "result" and text.peek() == "["
        members[name] = (
            _elements(text, take, scan) if streamed else text.value(f"the member {sanitize(name, 40)}")
        )
    text.skip("}")
    if text.peek():
        raise text.broken()
    return members


def _new_name(text: "_Text", members: dict[str, object]) -> str:
    if text.peek() != '"':
        raise text.broken()
    name = str(text.value("the name of a member"))
    if name in members:
        raise UsageUnreadableError(f"Cloudflare's answer has the member {sanitize(name, 40)} twice")
    if len(members) == MAX_MEMBERS:
        raise UsageUnreadableError(f"Cloudflare's answer has more than {MAX_MEMBERS} members")
    text.skip(":")
    return name


def _elements(text: "_Text", take: Callable[[object], None], scan: Scan | None) -> Streamed:
    count = 0
    text.skip("[")
    while text.peek() != "]":
        if count:
            text.skip(",")
        if scan and (scanned := text.scanned(scan)):
            count += scanned
            continue
        for value in text.whole_objects() or [text.value(f"row {count + 1}")]:
            count += 1
            take(value)
    text.skip("]")
    return Streamed(count)


class _Text:
    """The text that has arrived and was not parsed yet."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._text = ""
        self._at = 0
        self._read = 0  # characters parsed and dropped
        self._singly_until = 0  # where the text ends that could not be parsed all at once
        self._ended = False

    def peek(self) -> str:
        """Return the next character that is not blank, or an empty string at the end."""
        while True:
            blanks = _BLANKS.match(self._text, self._at)
            self._at = blanks.end() if blanks else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more(1):
                return ""

    def skip(self, character: str) -> None:
        """Parse a character that must come next."""
        if self.peek() != character:
            raise self.broken()
        self._at += 1

    def value(self, what: str) -> object:
        """Parse a value, which errors call `what`."""
        self.peek()
        while True:
            value, end, fault = self._decode(what)
            if fault is None and self._is_whole(value, end):
                break
            # If the text doubles, the work stays proportional to its length, however small the pieces are.
            if self._beyond_limit(len(self._text)) or not self._more(max(1, len(self._text) - self._at)):
                raise self._unreadable(what, fault)
        if self._beyond_limit(end):
            raise _too_large(what)
        self._at = end
        return value

    def scanned(self, scan: Scan) -> int:
        """Let a function parse elements of a list from the text; return how many it parsed."""
        count, self._at = scan(self._text, self._at)
        return count

    def whole_objects(self) -> list[object]:
        """Parse the objects of a list that have arrived, except the last one, all at once.

        One by one would take twice as long. The list is empty if an object is invalid, or if a text contains
        the end of an object: then `value` must parse them one by one. The same text is not tried again.
        """
        if self._read + self._at < self._singly_until:
            return []
        end = self._text.rfind("},", self._at, self._at + MAX_VALUE) + 1
        if not end:
            return []
        try:
            values: list[object] = DECODER.decode(f"[{self._text[self._at : end]}]")
        except (ValueError, ArithmeticError, RecursionError):
            self._singly_until = self._read + end
            return []
        self._at = end
        return values

    def broken(self) -> TransientError:
        """Return the error for text that is not JSON, with the text at the fault."""
        if self._at == len(self._text):
            return TransientError(_ENDS_EARLY if self._read else "Cloudflare's answer is empty")
        if self._text.startswith(_BYTE_ORDER_MARK):
            return TransientError("Cloudflare's answer starts with a byte order mark, so it is not JSON")
        seen = sanitize(self._text[self._at : self._at + _SHOWN])
        return TransientError(f"Cloudflare's answer is not JSON from here on: {seen}")

    def _decode(self, what: str) -> tuple[object, int, json.JSONDecodeError | None]:
        try:
            value, end = DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            return None, self._at, error
        except (ValueError, ArithmeticError, RecursionError) as error:
            raise UsageUnreadableError(f"{what} of Cloudflare's answer: {_invalid(error)}") from None
        return value, end, None

    def _is_whole(self, value: object, end: int) -> bool:
        # `12` may be the start of `12.5e3`; every other value marks its own end.
        is_number = type(value) in {int, Decimal}
        return self._ended or not is_number or self._text[end : end + 1] in _ENDS_A_NUMBER

    def _beyond_limit(self, end: int) -> bool:
        return end - self._at > MAX_VALUE

    def _unreadable(
        self, what: str, fault: json.JSONDecodeError | None
    ) -> "TransientError | UsageUnreadableError":
        edge = len(self._text) - (1 if self._ended else _CUT_TOKEN)
        if fault is None or fault.msg.startswith("Unterminated") or fault.pos > edge:
            return TransientError(_ENDS_EARLY) if self._ended else _too_large(what)
        self._at = fault.pos
        return self.broken()

    def _more(self, wanted: int) -> bool:
        """Receive at least this many more characters if there are any; `False` at the end."""
        if self._ended:
            return False
        self._read += self._at
        parts = [self._text[self._at :]]
        while wanted > 0 and not self._ended:
            piece = next(self._pieces, None)
            self._ended = piece is None
            parts.append(self._decoded(piece or b""))
            wanted -= len(parts[-1])
        self._text = "".join(parts)
        self._at = 0
        return True

    def _decoded(self, piece: bytes) -> str:
        try:
            return self._decoder.decode(piece, final=self._ended)
        except UnicodeDecodeError:
            raise TransientError("Cloudflare's answer is not UTF-8, so it is not JSON") from None


def _too_large(what: str) -> UsageUnreadableError:
    return UsageUnreadableError(f"{what} of Cloudflare's answer is larger than {MAX_VALUE} characters")


def _invalid(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, ArithmeticError):
        return "the exponent of a number is out of bounds"
    return sanitize(str(error))
