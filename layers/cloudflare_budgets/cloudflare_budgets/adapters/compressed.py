"""JSON as the table keeps it: compressed, for a row holds 400 KB and a reader pays for its size."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

# Beside a document stand its row's key and dates.
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
MAX_PACKED = 380_000

Value = dict[str, Any]  # DynamoDB's spelling: {"B": b"..."}


def packed(document: Mapping[str, Any]) -> Value:
    """Spell a document."""
    # With escapes: they keep the lone halves of characters, which UTF-8 does not.
    return {"B": zlib.compress(json.dumps(document, separators=(",", ":")).encode())}


def unpacked(value: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """Read a document back; earlier versions kept some as plain text.

    Raises:
        LookupError, TypeError, ValueError, zlib.error: somebody else wrote it.
    """
    return json.loads(value["S"] if "S" in value else zlib.decompress(value["B"]))
