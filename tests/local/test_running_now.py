"""A check of the present time stores usage for later checks and emits the heartbeat metric."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.local.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.local.conftest import Deployment


@pytest.fixture(scope="module")
def live(deployment: Deployment) -> Iterator[Mapping[str, Any]]:
    """The reply of a check at the real time, for which the local Cloudflare has usage."""
    deployment.cloudflare.travel_to(datetime.now(UTC))
    yield deployment.watcher.check()
    deployment.cloudflare.travel_to(NOW)
    deployment.watcher.mailbox.read()  # so that no other test reads these messages


def test_the_days_of_usage_are_stored_for_later_runs(deployment: Deployment, live: Mapping[str, Any]) -> None:
    dynamodb = boto3.client("dynamodb", **deployment.aws.connection)
    account_id = live["accounts"][0]["account_id"]
    days = dynamodb.query(
        TableName=deployment.stack.outputs["AlertTableName"],
        KeyConditionExpression="pk = :pk AND begins_with(sk, :day)",
        ExpressionAttributeValues={":pk": {"S": f"ACCT#{account_id}"}, ":day": {"S": "DAY#"}},
    )["Items"]
    known = {item["sk"]["S"] for item in days}

    now = datetime.fromisoformat(live["as_of"])
    assert {f"DAY#{now - timedelta(days=ago):%Y-%m-%d}" for ago in (2, 30)} <= known


@pytest.mark.usefixtures("live")
def test_the_heartbeat_alarm_watches_what_the_function_emits(deployment: Deployment) -> None:
    cloudwatch = boto3.client("cloudwatch", **deployment.aws.connection)
    [alarm] = [
        alarm
        for alarm in cloudwatch.describe_alarms()["MetricAlarms"]
        if alarm["MetricName"] == "ChecksCompleted"
    ]
    [emitted] = [json.loads(line) for line in deployment.watcher.log() if '"ChecksCompleted"' in line][:1]
    [embedded] = emitted["_aws"]["CloudWatchMetrics"]

    assert emitted["ChecksCompleted"] == [1.0]
    assert embedded["Namespace"] == alarm["Namespace"]
    assert embedded["Dimensions"] == [[dimension["Name"] for dimension in alarm["Dimensions"]]]
    for dimension in alarm["Dimensions"]:
        assert emitted[dimension["Name"]] == dimension["Value"]
