"""A check of the present time stores usage for later checks and emits the heartbeat metric."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.schemas.alert import checked

if TYPE_CHECKING:
    from tests.local.conftest import Check, Deployment


def test_a_problem_is_delivered_as_text_and_as_json(live: Check) -> None:
    [problem] = [mail for mail in live.mails if mail.attributes["type"] == "problem"]

    assert checked(problem.alert)
    assert "treshold" in problem.body
    assert problem.alert["problem"]["kind"] == "invalid_budget"


def test_the_days_of_usage_are_stored_for_later_runs(deployment: Deployment, live: Check) -> None:
    dynamodb = boto3.client("dynamodb", **deployment.aws.connection)
    account_id = live.reply["accounts"][0]["account_id"]
    days = dynamodb.query(
        TableName=deployment.stack.outputs["AlertTableName"],
        KeyConditionExpression="pk = :pk AND begins_with(sk, :day)",
        ExpressionAttributeValues={":pk": {"S": f"ACCT#{account_id}"}, ":day": {"S": "DAY#"}},
    )["Items"]
    known = {item["sk"]["S"] for item in days}

    now = datetime.fromisoformat(live.reply["as_of"])
    assert {f"DAY#{now - timedelta(days=ago):%Y-%m-%d}" for ago in (2, 30)} <= known


@pytest.mark.usefixtures("live")
def test_the_heartbeat_alarm_watches_what_the_function_emits(deployment: Deployment) -> None:
    cloudwatch = boto3.client("cloudwatch", **deployment.aws.connection)
    [alarm] = [
        alarm
        for alarm in cloudwatch.describe_alarms()["MetricAlarms"]
        if alarm["MetricName"] == "ChecksCompleted"
        and deployment.stack.name in [dimension["Value"] for dimension in alarm["Dimensions"]]
    ]
    [emitted] = [json.loads(line) for line in deployment.watcher.log() if '"ChecksCompleted"' in line][:1]
    [embedded] = emitted["_aws"]["CloudWatchMetrics"]

    assert emitted["ChecksCompleted"] == [1.0]
    assert embedded["Namespace"] == alarm["Namespace"]
    assert embedded["Dimensions"] == [[dimension["Name"] for dimension in alarm["Dimensions"]]]
    for dimension in alarm["Dimensions"]:
        assert emitted[dimension["Name"]] == dimension["Value"]
