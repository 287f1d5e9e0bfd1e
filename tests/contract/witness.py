"""The official SDK as a witness of what the wire says."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel


def assert_reads_the_same(sdk_value: BaseModel, raw: Mapping[str, Any]) -> None:
    """See that the SDK reads each column as it stands on the wire, and leaves none out."""
    columns = {(field.alias or name): name for name, field in type(sdk_value).model_fields.items()}
    assert raw.keys() <= columns.keys()
    for column, field in columns.items():
        read, wire = getattr(sdk_value, field), raw.get(column)
        if isinstance(read, datetime):
            assert wire == read.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        elif isinstance(wire, Decimal):
            assert read == float(wire)
        else:
            assert read == wire, column
