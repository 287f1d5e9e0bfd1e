"""JSON read without the liberties Python takes: no duplicate keys, no NaN, numbers as Decimal."""

import json
from decimal import Decimal
from typing import Any, NoReturn

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
