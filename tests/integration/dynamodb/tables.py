"""Tables like the one that the template describes."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_NEEDED = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")


def create_table(client: "DynamoDBClient", name: str, properties: Mapping[str, Any]) -> None:
    """Create a table with the properties that the template gives to the alert table."""
    client.create_table(TableName=name, **{each: properties[each] for each in _NEEDED})
