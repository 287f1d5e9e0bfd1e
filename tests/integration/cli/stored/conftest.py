"""A table after a live check, as commands find it."""

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.alert_table.outbox import DynamoDbOutbox
from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore
from cloudflare_budgets.adapters.aws.state_store import DynamoDbStateStore
from cloudflare_budgets.check.delivery import Delivery
from cloudflare_budgets.check.run import check
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets_cli.checking.topics import ListTopic
from cloudflare_budgets_cli.checking.wiring import dependencies
from cloudflare_budgets_cli.cloudflare.access import cloudflare
from cloudflare_budgets_cli.settings import Settings
from cloudflare_budgets_cli.sqlite.database import SqliteDatabase
from cloudflare_budgets_cli.stack.session import Aws
from cloudflare_budgets_cli.stack.stored import status as status_commands
from local.cloudflare.accounts.self_serve import SELF_SERVE_RUNAWAY_ID
from tests.integration.cli.conftest import AS_OF, Run

ROOT = "/cloudflare-budgets"
BUDGETS = {
    "spend": '{"limit": "150 USD", "thresholds": ["50%", "100%", "200%", "100% forecast"]}',
    "requests": '{"limit": "9000000000 Requests", "scope": {"metric_id": ["workers_standard_requests"]},'
    ' "alert_on": ["spike"]}',
    "included": '{"limit": "100% of allowance"}',
}
CHECKED = AS_OF - timedelta(minutes=12)


@pytest.fixture(autouse=True)
def _stack(
    run: Run,  # noqa: ARG001 - it sets the token that is moved into a parameter
    table_name: str,
    topic_arn: str,
    put_parameter: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A stack in moto, whose CloudFormation needs more than is installed, with one unconfirmed subscriber."""
    monkeypatch.setattr(Aws, "stack", {})
    monkeypatch.setattr(Aws, "outputs", {"AlertTableName": table_name, "AlertTopicArn": topic_arn})
    token = os.environ["CLOUDFLARE_API_TOKEN"]
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    aws_clients.sns().subscribe(TopicArn=topic_arn, Protocol="email", Endpoint="you@example.com")
    put_parameter(f"{ROOT}/accounts/{SELF_SERVE_RUNAWAY_ID}/api-token", token)
    for name, text in BUDGETS.items():
        put_parameter(f"{ROOT}/budgets/{name}", text, "String")


def stored_token() -> str:
    name = f"{ROOT}/accounts/{SELF_SERVE_RUNAWAY_ID}/api-token"
    return aws_clients.ssm().get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


@pytest.fixture(scope="session")
def stored_rows() -> list[Mapping[str, Any]]:
    """The rows that the live check of `checked` wrote; empty before its first use."""
    return []


@pytest.fixture
def checked(table_name: str, stored_rows: list[Mapping[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    """A live check, twelve minutes ago. It runs once; later tests get a copy of its rows."""
    for row in stored_rows:
        aws_clients.dynamodb().put_item(TableName=table_name, Item=row)
    if not stored_rows:
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", stored_token())
        check_twelve_minutes_ago(table_name)
        monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
        stored_rows += aws_clients.dynamodb().scan(TableName=table_name)["Items"]


def check_twelve_minutes_ago(table_name: str) -> None:
    with cloudflare(Settings()) as access:
        state = DynamoDbStateStore(table_name, lambda: CHECKED, aws_clients.dynamodb)
        outbox = DynamoDbOutbox(table_name, timedelta(minutes=9), aws_clients.dynamodb)
        topic = ListTopic(lambda: CHECKED)
        source = ParameterStore(ROOT, aws_clients.ssm)
        deps = dependencies(source, access.usage, topic, SqliteDatabase(), lambda: CHECKED)
        delivery = Delivery(outbox, topic, "a-check", lambda: CHECKED, deps.time_left, lambda _: None)
        deps = replace(deps, accounts=state, runs=state, standings=state, delivery=delivery, prefix=ROOT)
        report = check(Request(CHECKED), deps)
    assert report.failures == ()


@pytest.fixture
def no_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that must not be invoked."""

    def invoked(_aws: Aws) -> None:
        raise AssertionError("the function was invoked")

    monkeypatch.setattr(status_commands, "dry_check", invoked)
