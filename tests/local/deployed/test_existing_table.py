"""A stack that is deployed with the table of another one repeats none of its alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from local.aws import deploy
from local.cloudflare.accounts.examples import RUNAWAY_ID
from local.demo.watcher import Watcher
from tests.local.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.local.conftest import Deployment

AS_OF = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
RESTORED = "restored-alerts"


@pytest.fixture(scope="module")
def successor(deployment: Deployment, artifact: Path) -> Iterator[Watcher]:
    """A second stack that reads the same budgets, with a copy of the first stack's table."""
    deployment.watcher.check(as_of=AS_OF, account_id=RUNAWAY_ID)
    copy_table(deployment)
    settings = {"ExistingTable": RESTORED, "CloudflareApiUrl": deployment.cloudflare.url}
    yield Watcher(deployment.aws, deploy(deployment.aws, artifact / "template.yaml", settings, "successor"))
    deployment.watcher.mailbox.read()  # so that no other test reads these messages


def copy_table(deployment: Deployment) -> None:
    """Create what DynamoDB restores from a backup: keys, index and rows, under another name."""
    dynamodb = boto3.client("dynamodb", **deployment.aws.connection)
    name = deployment.stack.outputs["AlertTableName"]
    source = dynamodb.describe_table(TableName=name)["Table"]
    dynamodb.create_table(
        TableName=RESTORED,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=source["AttributeDefinitions"],
        KeySchema=source["KeySchema"],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index["IndexName"],
                "KeySchema": index["KeySchema"],
                "Projection": index["Projection"],
            }
            for index in source["GlobalSecondaryIndexes"]
        ],
    )
    for page in dynamodb.get_paginator("scan").paginate(TableName=name):
        for item in page["Items"]:
            dynamodb.put_item(TableName=RESTORED, Item=item)


def test_a_stack_with_an_existing_table_creates_no_table(deployment: Deployment, successor: Watcher) -> None:
    resources = boto3.client("cloudformation", **deployment.aws.connection).describe_stack_resources(
        StackName="successor"
    )["StackResources"]

    assert successor.stack.outputs["AlertTableName"] == RESTORED
    assert "AWS::DynamoDB::Table" not in {resource["ResourceType"] for resource in resources}


def test_a_stack_with_a_restored_table_repeats_no_alert(successor: Watcher) -> None:
    reply = successor.check(as_of=AS_OF, account_id=RUNAWAY_ID)

    [account] = reply["accounts"]
    assert {budget["name"]: budget["status"] for budget in account["budgets"]}["spend"] == "breached"
    assert {alert["state"] for alert in account["alerts"]} == {"already_sent"}
    assert successor.mailbox.read() == []
