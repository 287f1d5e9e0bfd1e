"""Access to the alert table: values in DynamoDB's JSON, and the translation of errors."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.errors import StateUnavailableError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef, WriteRequestTypeDef

# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
BATCH_SIZE = 25
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
READ_BATCH_SIZE = 100
# How many more calls than batches are made for items and keys that DynamoDB returns as unprocessed.
SPARE_CALLS = 3

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


def get_items(
    client: "DynamoDBClient", table: str, keys: Sequence[Mapping[str, Any]], attributes: Sequence[str]
) -> list[Item]:
    """Read attributes of items in batches, consistently, without items that do not exist.

    Raises:
        StateUnavailableError: DynamoDB did not process all keys.
    """
    aliases = {f"#{name}": name for name in attributes}  # many names are reserved words
    pending, found = list(keys), list[Item]()
    for _ in range(-(-len(pending) // READ_BATCH_SIZE) + SPARE_CALLS):
        if not pending:
            break
        request: KeysAndAttributesTypeDef = {
            "Keys": pending[:READ_BATCH_SIZE],
            "ConsistentRead": True,
            "ProjectionExpression": ", ".join(aliases),
            "ExpressionAttributeNames": aliases,
        }
        answer = client.batch_get_item(RequestItems={table: request})
        found += answer["Responses"].get(table, ())
        unprocessed = answer.get("UnprocessedKeys", {}).get(table)
        pending = [*(unprocessed["Keys"] if unprocessed else ()), *pending[READ_BATCH_SIZE:]]
    if pending:
        raise StateUnavailableError(f"alert table {table}: {len(pending)} items were not read")
    return found


def query(client: "DynamoDBClient", table: str, **request: Any) -> list[Item]:  # noqa: ANN401 - botocore's
    """Read all items that a query finds, page by page; `request` is that of DynamoDB."""
    pages = client.get_paginator("query").paginate(TableName=table, **request)
    return [item for page in pages for item in page["Items"]]


def put_items(client: "DynamoDBClient", table: str, items: Sequence[dict[str, Value]]) -> int:
    """Write items in batches, and return how many DynamoDB did not accept."""
    pending: list[WriteRequestTypeDef] = [{"PutRequest": {"Item": item}} for item in items]
    for _ in range(-(-len(pending) // BATCH_SIZE) + SPARE_CALLS):
        if not pending:
            break
        answer = client.batch_write_item(RequestItems={table: pending[:BATCH_SIZE]})
        pending = [*answer.get("UnprocessedItems", {}).get(table, ()), *pending[BATCH_SIZE:]]
    return len(pending)
