"""The AWS calls of every contender, each as often as in the product."""

import os
import time
import uuid
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_ssm import SSMClient

_LIMITS = Config(retries={"mode": "standard", "total_max_attempts": 3}, connect_timeout=2, read_timeout=5)

# Not the row of the product, which would be invalid.
_RUN: Mapping[str, "AttributeValueTypeDef"] = {"pk": {"S": "benchmark"}, "sk": {"S": "run"}}


@cache
def _ssm() -> "SSMClient":
    return boto3.client("ssm", config=_LIMITS)


@cache
def _dynamodb() -> "DynamoDBClient":
    return boto3.client("dynamodb", config=_LIMITS)


@cache
def _sns() -> "SNSClient":
    return boto3.client("sns", config=_LIMITS)


def parameters(folder: str) -> dict[str, str]:
    """Return the values of the parameters below `<prefix>/<folder>`, by name."""
    path = f"{os.environ['PARAMETER_PREFIX']}/{folder}"
    pages = _ssm().get_paginator("get_parameters_by_path")
    return {
        parameter["Name"].removeprefix(f"{path}/"): parameter["Value"]
        for page in pages.paginate(Path=path, Recursive=True, WithDecryption=True)
        for parameter in page["Parameters"]
    }


def query_pending_alerts() -> None:
    """Query the alerts that are not confirmed."""
    _dynamodb().query(
        TableName=os.environ["ALERT_TABLE_NAME"],
        IndexName="owed",
        KeyConditionExpression="owed = :owed AND lease_until < :now",
        ExpressionAttributeValues={":owed": {"S": "1"}, ":now": {"N": str(int(time.time()))}},
    )


def read_prices() -> str | None:
    """Read the parameter with own prices, which does not exist."""
    try:
        name = f"{os.environ['PARAMETER_PREFIX']}/prices"
        return _ssm().get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]
    except _ssm().exceptions.ParameterNotFound:
        return None


def read_run() -> None:
    """Read the state of the last run."""
    _dynamodb().get_item(TableName=os.environ["ALERT_TABLE_NAME"], Key=_RUN, ConsistentRead=True)


def write_run() -> None:
    """Write the state of this run."""
    _dynamodb().update_item(
        TableName=os.environ["ALERT_TABLE_NAME"],
        Key=_RUN,
        UpdateExpression="SET notes = :notes",
        ExpressionAttributeValues={":notes": {"S": "{}"}},
    )


def write_standings() -> None:
    """Write where the account and the run stand."""
    for who in ("account", "run"):
        _dynamodb().update_item(
            TableName=os.environ["ALERT_TABLE_NAME"],
            Key={"pk": {"S": "benchmark"}, "sk": {"S": f"standing {who}"}},
            UpdateExpression="SET standing = :standing",
            ExpressionAttributeValues={":standing": {"S": "{}"}},
        )


def read_account(account_id: str, before: str) -> int:
    """Read the state of an account and its days before `before`; return the number of days."""
    table, partition = os.environ["ALERT_TABLE_NAME"], {"S": f"ACCT#{account_id}"}
    _dynamodb().get_item(TableName=table, Key={"pk": partition, "sk": {"S": "NOTES"}}, ConsistentRead=True)
    pages = (
        _dynamodb()
        .get_paginator("query")
        .paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :first AND :last",
            ExpressionAttributeValues={
                ":pk": partition,
                ":first": {"S": "DAY#"},
                ":last": {"S": f"DAY#{before}"},
            },
            ConsistentRead=True,
        )
    )
    return sum(len(page["Items"]) for page in pages)


def send_once(alert: str, text: str) -> str:
    """Claim, publish and confirm an alert; return `sent` or `already_sent`."""
    topic = os.environ["ALERT_TOPIC_ARN"]
    _sns().list_subscriptions_by_topic(TopicArn=topic)
    try:
        _claim(alert, text)
    except _dynamodb().exceptions.ConditionalCheckFailedException:
        return "already_sent"
    answer = _sns().publish(TopicArn=topic, Subject=alert, Message=text)
    _confirm(alert, answer["MessageId"])
    return "sent"


def _claim(alert: str, text: str) -> None:
    now = int(time.time())
    _dynamodb().update_item(
        TableName=os.environ["ALERT_TABLE_NAME"],
        Key={"pk": {"S": "benchmark"}, "sk": {"S": alert}},
        UpdateExpression=(
            "SET #state = :claimed, #owner = :owner, lease_until = :until, owed = :owed, body = :body"
        ),
        ConditionExpression="attribute_not_exists(pk) OR (#state = :claimed AND lease_until < :now)",
        ExpressionAttributeNames={"#state": "state", "#owner": "owner"},
        ExpressionAttributeValues={
            ":claimed": {"S": "CLAIMED"},
            ":owner": {"S": uuid.uuid4().hex},
            ":now": {"N": str(now)},
            ":until": {"N": str(now + 150)},
            ":owed": {"S": "1"},
            ":body": {"S": text},
        },
    )


def _confirm(alert: str, message_id: str) -> None:
    _dynamodb().update_item(
        TableName=os.environ["ALERT_TABLE_NAME"],
        Key={"pk": {"S": "benchmark"}, "sk": {"S": alert}},
        UpdateExpression="SET #state = :sent, message_id = :message_id REMOVE owed",
        ExpressionAttributeNames={"#state": "state"},
        ExpressionAttributeValues={":sent": {"S": "SENT"}, ":message_id": {"S": message_id}},
    )
