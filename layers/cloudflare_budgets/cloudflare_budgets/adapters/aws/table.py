"""What every access to the alert table shares: values in DynamoDB's JSON, and the translation of errors."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.errors import StateUnavailableError

Value = dict[str, Any]  # a value in DynamoDB's JSON: {"S": "text"}
Item = Mapping[str, Any]


def string(value: str) -> Value:
    """Serialize a string."""
    return {"S": value}


def integer(value: int) -> Value:
    """Serialize an integer."""
    return {"N": str(value)}


def seconds(instant: datetime) -> Value:
    """Serialize an instant as whole seconds since 1970, rounded down."""
    return integer(int(instant.timestamp()))


def primary_key(partition: str, sort: str) -> dict[str, Value]:
    """Serialize the primary key of an item."""
    return {"pk": string(partition), "sk": string(sort)}


@contextmanager
def errors_translated(table: str) -> Iterator[None]:
    """Translate every error of a call to the table into `StateUnavailableError`."""
    try:
        yield
    except StateUnavailableError:
        raise
    except Exception as error:  # an invalid response can raise any exception
        raise StateUnavailableError(f"alert table {table}: {error_code(error)}") from error
