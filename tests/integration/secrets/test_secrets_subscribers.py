"""The functions that post alerts do not show their secrets, at DEBUG and with answers that echo them."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.http.client import Timeouts
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.adapters.slack_webhook import SlackWebhook
from tests.integration.aws.wire import answered
from tests.integration.hostile.raw_server import RawServer, answer, says
from tests.integration.secrets.leaving import Leaving, load_handler
from tests.support.builders import PREFIX
from tests.support.canaries import SLACK_PATH, given_away
from tests.support.documents import crossed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.hostile.raw_server import Conversation

NAME = f"{PREFIX}/slack/webhook-url"
PATIENCE = Timeouts(attempt=0.5, connect=0.3, read=0.3)
NOTIFICATION = {
    "Subject": "workers at 82% of 50 USD",
    "Message": "the text for people",
    "Timestamp": "2026-11-22T10:00:00.000Z",
    "MessageAttributes": {"alert": {"Type": "String", "Value": json.dumps(crossed())}},
}
FROM_THE_TOPIC = {"Records": [{"EventSource": "aws:sns", "Sns": NOTIFICATION}]}
FROM_THE_QUEUE = {"Records": [{"eventSource": "aws:sqs", "body": json.dumps(NOTIFICATION)}]}


def address(base: str) -> str:
    return f"{base}/services/T0/B0/{SLACK_PATH}"


@pytest.fixture
def leaving(
    put_parameter: Callable[..., None], monkeypatch: pytest.MonkeyPatch, cold_start: Leaving
) -> Callable[[str], Leaving]:
    """Post an alert to the webhook that a parameter holds, and collect what leaves."""
    monkeypatch.setenv("PARAMETER_PREFIX", PREFIX)

    def post(value: str) -> Leaving:
        put_parameter(NAME, value)
        module = load_handler("post_to_slack")
        timing = Clock(sleep=lambda _: None, uniform=lambda low, _: low)
        monkeypatch.setattr(module, "SlackWebhook", lambda webhook: SlackWebhook(webhook, PATIENCE, timing))
        cold_start.run(module.lambda_handler, FROM_THE_QUEUE)
        return cold_start

    return post


def repeats(form: str) -> Conversation:
    """Answer with the address that was asked for, and hang up."""

    def conversation(connection: socket.socket, head: bytes) -> None:
        connection.settimeout(0.1)
        found = head.decode("latin-1").split()[1]
        connection.sendall(form.replace("<>", found).encode())
        connection.shutdown(socket.SHUT_RDWR)

    return conversation


CONVERSATIONS = {
    **{
        f"a body with status {status}": repeats(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\nno <> here")
        for status in ("200 OK", "302 Away", "400 Bad", "403 No", "404 No", "429 Slow", "500 Oh")
    },
    "a word of its own": says(answer(SLACK_PATH.encode(), status="400 Bad")),
    "a part of it as a word": says(answer(SLACK_PATH[:15].encode(), status="404 No")),
    "the status line": repeats("HTTP/1.1 404 <>\r\nContent-Length: 0\r\n\r\n"),
    "no status line": repeats("<>\r\n\r\n"),
    "a broken header": repeats("HTTP/1.1 404 No\r\nbroken <>\r\nX: <>\r\n\r\n"),
    "a wish to wait": repeats("HTTP/1.1 429 Slow\r\nRetry-After: <>\r\nContent-Length: 0\r\n\r\n"),
    "a redirection": repeats("HTTP/1.1 307 No\r\nLocation: <>/\r\nContent-Length: 0\r\n\r\n"),
    "silence": says(),
}


@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_an_echoed_webhook_url_is_not_shown(leaving: Callable[[str], Leaving], conversation: str) -> None:
    with RawServer(CONVERSATIONS[conversation]) as server:
        left = leaving(address(server.url))
        assert given_away(b"".join(server.requests).decode("latin-1")) == [SLACK_PATH]
    left.holds_no_secret()


def test_a_redirect_does_not_forward_an_alert(leaving: Callable[[str], Leaving]) -> None:
    with RawServer(says(answer())) as other:
        away = answer(b"", f"Location: {address(other.url)}", status="307 Away")
        with RawServer(says(away)) as server:
            leaving(address(server.url)).holds_no_secret()
        assert other.connections == 0


def test_an_unreachable_address_is_reported_without_the_address(leaving: Callable[[str], Leaving]) -> None:
    left = leaving(address("http://127.0.0.1:1"))
    assert "the connection to Slack fails" in left.all_of_it
    left.holds_no_secret()


@pytest.mark.parametrize(
    "value",
    [
        f'"{address("https://hooks.slack.com")}"',
        f"\u201c{address('https://hooks.slack.com')}\u201d",
        address("https://hooks.slack.com") + "\nX",
        address("https://hooks.slack.com") + "\x00",
        address("https://hooks.slack.com").replace("/T0", " /T0"),
        address("https://hooks.slack.com.example"),
        address("https://user:secret@hooks.slack.com"),
        address("http://hooks.slack.com"),
        address("https://hooks.slack.com:4430"),
    ],
)
def test_an_invalid_webhook_url_is_named_by_its_parameter(
    leaving: Callable[[str], Leaving], value: str
) -> None:
    left = leaving(value)
    assert f"the parameter {NAME} cannot be used" in left.all_of_it
    left.holds_no_secret()


@pytest.mark.usefixtures("aws")
def test_a_refusal_of_aws_is_logged_by_the_chat_function_with_its_code(
    cold_start: Leaving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHAT_TOPIC_ARN", "arn:aws:sns:eu-west-1:123456789012:chat")
    # AWS repeats all that was signed, the session's token included.
    refused: dict[str, Any] = {
        "Error": {"Code": "SignatureDoesNotMatch", "Message": f"x-amz-security-token:{SLACK_PATH}"}
    }
    with answered(aws_clients.sns(), "Publish", refused):
        cold_start.run(load_handler("post_to_chat").lambda_handler, FROM_THE_TOPIC)
    assert "SignatureDoesNotMatch" in cold_start.all_of_it
    cold_start.holds_no_secret()
