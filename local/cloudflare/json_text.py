"""JSON text that keeps every digit, which the standard encoder cannot do for a Decimal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from json.encoder import encode_basestring
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | Decimal | bool | None"
Row: TypeAlias = "Mapping[str, Json]"


def render(value: Json) -> str:
    """Write `value` as compact JSON; a Decimal appears digit for digit, and not-a-number as the word NaN."""
    match value:
        case str():
            return encode_basestring(value)
        case bool() | None:
            return json.dumps(value)
        case int() | Decimal():
            return str(value)
        case Mapping():
            return "{" + ",".join([f"{encode_basestring(key)}:{render(value[key])}" for key in value]) + "}"
        case _:
            return "[" + ",".join(map(render, value)) + "]"


def render_rows(rows: Iterable[Row]) -> bytes:
    """Write rows as a JSON list, one at a time, so that a long list never stands in memory as objects."""
    text = bytearray()
    for row in rows:
        text += b"," if text else b"["
        text += render(row).encode()
    return bytes(text or b"[") + b"]"


def parse(body: bytes) -> Json:
    """Read JSON, numbers with a point as Decimal."""
    parsed: Json = json.loads(body, parse_float=Decimal)
    return parsed
