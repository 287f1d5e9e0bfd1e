"""The function: one message per channel, so that a channel that fails affects no other one."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.channels import poster
from cloudflare_budgets.adapters.http.client import Timeouts
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.errors import NonRetryableError
from local.channels import LocalChannels
from local.slack.answers import Answer
from tests.integration.aws.wire import answered
from tests.integration.channels.given import parameter, record
from tests.integration.secrets.leaving import Leaving, load_handler
from tests.support.builders import PREFIX
from tests.support.canaries import SLACK_PATH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_sqs import SQSClient

ALERT_ID = "5b6e6c46dc6b5b2d4f4e4e2ba6e9d0b1"


@pytest.fixture
def local() -> Iterator[LocalChannels]:
    with LocalChannels() as running:
        yield running


@pytest.fixture
def queue(aws: None, monkeypatch: pytest.MonkeyPatch) -> str:  # noqa: ARG001
    url = aws_clients.sqs().create_queue(QueueName="channels")["QueueUrl"]
    monkeypatch.setenv("CHANNEL_QUEUE_URL", url)
    monkeypatch.setenv("PARAMETER_PREFIX", PREFIX)
    return url


def run(*records: dict[str, Any]) -> list[dict[str, Any]]:
    leaving_context = type("Context", (), {"get_remaining_time_in_millis": lambda _: 60_000})()
    reply = load_handler("post_to_channels").lambda_handler({"Records": list(records)}, leaving_context)
    alerts: list[dict[str, Any]] = reply["alerts"]
    return alerts


def waiting(sqs: SQSClient, url: str) -> list[dict[str, Any]]:
    """Take the messages out of the queue, as Lambda's event source passes them on."""
    found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
    return [
        {
            "body": message["Body"],
            "messageAttributes": {
                name: {"stringValue": each["StringValue"]}
                for name, each in message["MessageAttributes"].items()
            },
        }
        for message in found.get("Messages", [])
    ]


def test_an_alert_becomes_one_message_per_channel(queue: str, put_parameter: Callable[..., None]) -> None:
    for name in ("team", "broken", "on-call"):
        put_parameter(parameter(name), "x")
    assert run(record()) == [{"alert_id": ALERT_ID, "channels": ["broken", "on-call", "team"]}]
    messages = waiting(aws_clients.sqs(), queue)
    assert sorted(one["messageAttributes"]["channel"]["stringValue"] for one in messages) == [
        "broken",
        "on-call",
        "team",
    ]
    assert {one["body"] for one in messages} == {record()["body"]}


def test_a_dead_channel_and_an_invalid_one_do_not_stop_the_others(
    queue: str, local: LocalChannels, put_parameter: Callable[..., None]
) -> None:
    local.always_answer("teams", Answer(410))
    put_parameter(parameter("dead"), json.dumps({"type": "teams", "url": local.url("teams")}))
    put_parameter(parameter("invalid"), "not JSON")
    for name in ("alive", "alive-too"):
        put_parameter(parameter(name), json.dumps({"type": "discord", "url": local.url("discord")}))
    run(record())
    outcomes = {}
    for message in waiting(aws_clients.sqs(), queue):
        name = message["messageAttributes"]["channel"]["stringValue"]
        try:
            [outcome] = run(message)
            outcomes[name] = outcome["outcome"]
        except NonRetryableError as failure:
            outcomes[name] = str(failure)
    assert outcomes["alive"] == outcomes["alive-too"] == "posted"
    assert parameter("dead") in outcomes["dead"]
    assert parameter("invalid") in outcomes["invalid"]
    assert len(local.posted["discord"]) == 2


@pytest.mark.usefixtures("queue")
def test_a_filter_excludes_an_alert_and_a_deleted_channel_ends_its_messages(
    local: LocalChannels, put_parameter: Callable[..., None]
) -> None:
    settings = {"type": "discord", "url": local.url("discord"), "filter": {"severity": ["critical"]}}
    put_parameter(parameter("critical"), json.dumps(settings))
    excluded, gone, accepted = run(
        record("critical"), record("gone"), record("critical", severity="critical")
    )
    assert excluded["outcome"] == "filtered"
    assert gone["outcome"] == "deleted"
    assert accepted["outcome"] == "posted"
    assert len(local.posted["discord"]) == 1


@pytest.mark.usefixtures("queue")
def test_an_alert_for_no_channel_fails_instead_of_being_lost() -> None:
    with pytest.raises(NonRetryableError, match="no channel is stored"):
        run(record())


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("kind", ["teams", "discord", "pagerduty", "webhook"])
@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 429, 500])
def test_no_secret_of_a_channel_leaves_the_function(
    cold_start: Leaving,
    put_parameter: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    status: int,
) -> None:
    quick = Clock(sleep=lambda _: None, uniform=lambda low, _: low)
    monkeypatch.setattr(poster, "TIMEOUTS", Timeouts(attempt=0.5, connect=0.3, read=0.3))
    key = {
        "pagerduty": {"routing_key": (SLACK_PATH * 2)[:32]},
        "webhook": {"secret": f"whsec_{SLACK_PATH}AAAAAAAAAA=="},
    }
    with LocalChannels() as local:
        local.always_answer(kind, Answer(status, f"{SLACK_PATH} {local.url(kind)}"))
        mark = "&" if kind == "teams" else "?"
        url = local.url(kind) + (f"{mark}{SLACK_PATH}" if kind in {"teams", "webhook"} else "")
        put_parameter(parameter("secret"), json.dumps({"type": kind, "url": url, **key.get(kind, {})}))
        module = load_handler("post_to_channels")
        monkeypatch.setattr(module, "_poster", lambda: poster.ChannelPoster(poster.TIMEOUTS, quick))
        cold_start.run(module.lambda_handler, {"Records": [record("secret")]})
    cold_start.holds_no_secret()


@pytest.mark.usefixtures("queue")
def test_what_aws_refuses_is_logged_by_its_code(
    cold_start: Leaving, put_parameter: Callable[..., None]
) -> None:
    put_parameter(parameter("team"), "x")
    refused: dict[str, Any] = {
        "Error": {"Code": "SignatureDoesNotMatch", "Message": f"x-amz-security-token:{SLACK_PATH}"}
    }
    with answered(aws_clients.sqs(), "SendMessage", refused):
        cold_start.run(load_handler("post_to_channels").lambda_handler, {"Records": [record()]})
    assert "SignatureDoesNotMatch" in cold_start.all_of_it
    cold_start.holds_no_secret()
