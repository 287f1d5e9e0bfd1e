"""Each function's role allows what its calls to AWS need, and nothing else: recorded from real runs."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws import clients as aws_clients
from local.cloudflare.accounts.examples import RUNAWAY_ID
from local.cloudflare.server import LocalCloudflare
from local.slack import LocalSlack
from tests.integration.aws.granted import BUDGETS, NOW, PREFIX, granted, handler_of, recorded
from tests.integration.hostile.raw_server import RawServer, answer, says
from tests.support import documents

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


LAST_MONTH = datetime(2026, 10, 30, 10, tzinfo=UTC)
BUCKET = "reports-of-roles"


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, table_name: str, topic_arn: str) -> pytest.MonkeyPatch:
    """Set what the template sets for every function, to what is there in the test."""
    for name, value in {
        "PARAMETER_PREFIX": PREFIX,
        "ALERT_TOPIC_ARN": topic_arn,
        "OPERATIONS_TOPIC_ARN": aws_clients.sns().create_topic(Name="operations")["TopicArn"],
        "ALERT_TABLE_NAME": table_name,
        "USAGE_API": "auto",
        "FRESH_USAGE": "auto",
        "STALE_AFTER_HOURS": "54",
        "REPORT_BUCKET_NAME": BUCKET,
        "PING_ENABLED": "true",
        "POWERTOOLS_SERVICE_NAME": "roles",
        "POWERTOOLS_METRICS_NAMESPACE": "CloudflareBudgets",
    }.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_the_role_of_the_check_allows_exactly_its_calls(
    environment: pytest.MonkeyPatch, put_parameter: Callable[..., None]
) -> None:
    region = {"LocationConstraint": "eu-west-1"}
    aws_clients.s3().create_bucket(Bucket=BUCKET, CreateBucketConfiguration=region)  # type: ignore[arg-type]
    aws_clients.s3().create_bucket(Bucket=BUDGETS, CreateBucketConfiguration=region)  # type: ignore[arg-type]
    aws_clients.s3().put_object(Bucket=BUDGETS, Key="budgets.json", Body=b'{"budgets": {}}')
    environment.setenv("BUDGETS_OBJECT", f"s3://{BUDGETS}/budgets.json")
    with LocalCloudflare(now=LAST_MONTH) as cloudflare, RawServer(says(answer(b"ok"))) as deps:
        [account] = [one for one in cloudflare.accounts if one.id == RUNAWAY_ID]
        put_parameter(f"{PREFIX}/accounts/{account.id}/api-token", account.credentials.token)
        shared = {"token": account.credentials.token, "accounts": ["*"]}
        put_parameter(f"{PREFIX}/tokens/shared", json.dumps(shared))
        put_parameter(f"{PREFIX}/ping-url", f"{deps.url}/ping")
        put_parameter(f"{PREFIX}/prices", json.dumps({}), "String")
        put_parameter(f"{PREFIX}/budgets/spend", json.dumps({"limit": "50 USD"}), "String")
        environment.setenv("CLOUDFLARE_API_URL", cloudflare.url)
        with handler_of("check_budgets", LAST_MONTH) as check, _with_a_subscriber():
            check({"action": "check"})  # so that there are days to recall
        cloudflare.travel_to(NOW)
        with handler_of("check_budgets") as check, _with_a_subscriber(), recorded() as calls:
            check({"action": "check"})
            check({"action": "digest"})
            check({"action": "check", "dry_run": True})
            with _one_token_cannot_be_decrypted():
                check({"action": "check", "dry_run": True})
    assert len(deps.requests) == 3
    assert calls == granted("CheckBudgetsRole")


def test_the_role_that_posts_to_slack_allows_exactly_its_calls(
    environment: pytest.MonkeyPatch,  # noqa: ARG001
    put_parameter: Callable[..., None],
) -> None:
    with LocalSlack() as slack:
        put_parameter(f"{PREFIX}/slack/webhook-url", slack.webhook_url)
        with handler_of("post_to_slack") as post, recorded() as calls:
            post({"Records": [{"eventSource": "aws:sqs", "body": json.dumps(_notification())}]})
    assert calls == granted("PostToSlackRole")


def test_the_role_that_posts_to_channels_is_what_its_calls_need(
    environment: pytest.MonkeyPatch, put_parameter: Callable[..., None]
) -> None:
    environment.setenv("CHANNEL_QUEUE_URL", aws_clients.sqs().create_queue(QueueName="channels")["QueueUrl"])
    put_parameter(f"{PREFIX}/channels/events", json.dumps({"type": "eventbridge"}))
    from_the_topic = {"eventSource": "aws:sqs", "body": json.dumps(_notification())}
    for_one = {**from_the_topic, "messageAttributes": {"channel": {"stringValue": "events"}}}
    with handler_of("post_to_channels") as post, recorded() as calls:
        post({"Records": [from_the_topic]})
        post({"Records": [for_one]})
    assert calls == granted("PostToChannelsRole")


@pytest.mark.usefixtures("aws")
def test_the_role_that_posts_to_the_chat_allows_exactly_its_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAT_TOPIC_ARN", aws_clients.sns().create_topic(Name="chat")["TopicArn"])
    with handler_of("post_to_chat") as post, recorded() as calls:
        post({"Records": [{"EventSource": "aws:sns", "Sns": _notification()}]})
    assert calls == granted("PostToChatRole")


def _notification() -> dict[str, Any]:
    alert = json.dumps(documents.crossed())
    return {
        "Message": "a text",
        "Subject": "workers at 82%",
        "MessageId": "message-1",
        "Timestamp": "2026-11-22T10:00:00.000Z",
        "MessageAttributes": {"alert": {"Type": "String", "Value": alert}},
    }


@contextmanager
def _one_token_cannot_be_decrypted() -> Iterator[None]:
    def refuse(params: dict[str, Any], **_: object) -> None:
        if params["WithDecryption"] and params["Path"].endswith("/accounts"):
            raise ClientError({"Error": {"Code": "InvalidKeyId", "Message": "no"}}, "GetParametersByPath")

    events = aws_clients.ssm().meta.events
    events.register("before-parameter-build.ssm.GetParametersByPath", refuse)
    yield
    events.unregister("before-parameter-build.ssm.GetParametersByPath", refuse)


@contextmanager
def _with_a_subscriber() -> Iterator[None]:
    def say(parsed: dict[str, Any], **_: object) -> None:
        parsed["Subscriptions"] = [
            {"Protocol": "email", "Endpoint": "a@example.com", "SubscriptionArn": "arn:aws:sns:x"}
        ]

    events = aws_clients.sns().meta.events
    events.register("after-call.sns.ListSubscriptionsByTopic", say)
    yield
    events.unregister("after-call.sns.ListSubscriptionsByTopic", say)
