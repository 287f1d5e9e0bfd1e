"""An update of a stack whose table has no index of sent alerts adds the index, and no alert is repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml

from local.aws import deploy
from local.cloudflare.accounts.examples import RUNAWAY_ID

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.local.conftest import Deployment

NEW_KEYS = ("account_id", "sent_at")


@pytest.fixture
def earlier(artifact: Path) -> Iterator[Path]:
    """The template without the index."""
    template = yaml.safe_load((artifact / "template.yaml").read_text())
    table = template["Resources"]["AlertTable"]["Properties"]
    table["AttributeDefinitions"] = [
        each for each in table["AttributeDefinitions"] if each["AttributeName"] not in NEW_KEYS
    ]
    table["GlobalSecondaryIndexes"] = [
        each for each in table["GlobalSecondaryIndexes"] if each["IndexName"] != "sent"
    ]
    file = artifact / "earlier.yaml"
    file.write_text(yaml.safe_dump(template, sort_keys=False))
    yield file
    file.unlink()


def test_an_update_adds_the_index_and_keeps_the_rows(
    deployment: Deployment, artifact: Path, earlier: Path
) -> None:
    settings = {"CloudflareApiUrl": deployment.cloudflare.url}
    dynamodb = boto3.client("dynamodb", **deployment.aws.connection)
    stack = deploy(deployment.aws, earlier, settings, "earlier")
    table = stack.outputs["AlertTableName"]
    assert index_names(dynamodb, table) == {"owed"}
    row = {"pk": {"S": "a"}, "sk": {"S": "b"}, "account_id": {"S": RUNAWAY_ID}, "sent_at": {"N": "1"}}
    dynamodb.put_item(TableName=table, Item=row)

    after = deploy(deployment.aws, artifact / "template.yaml", settings, "earlier")
    assert after.outputs["AlertTableName"] == table
    assert index_names(dynamodb, table) == {"owed", "sent"}
    found = dynamodb.query(
        TableName=table,
        IndexName="sent",
        KeyConditionExpression="account_id = :account_id",
        ExpressionAttributeValues={":account_id": {"S": RUNAWAY_ID}},
    )
    assert [item["sk"]["S"] for item in found["Items"]] == ["b"]


def index_names(dynamodb: Any, table: str) -> set[str]:  # noqa: ANN401 - boto3 gives no type
    described: Mapping[str, Any] = dynamodb.describe_table(TableName=table)["Table"]
    return {each["IndexName"] for each in described["GlobalSecondaryIndexes"]}
