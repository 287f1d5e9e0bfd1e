"""Posting over a real socket, to a Slack that has bad days."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.adapters.http.client import Timeouts
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.adapters.slack_webhook import SlackWebhook
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.errors import (
    CloudflareBudgetsError,
    MessageRefusedError,
    NonRetryableError,
    RetryableError,
)
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.slack.message import slack_message
from local.slack import LocalSlack
from local.slack.answers import (
    Answer,
    action_prohibited,
    channel_is_archived,
    channel_not_found,
    out_of_order,
    rate_limited,
    slow,
)
from tests.integration.hostile.deadlines import keeps_quiet
from tests.integration.hostile.raw_server import RawServer, answer, says
from tests.support import documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.integration.hostile.raw_server import Conversation

NAME = "/cloudflare-budgets/slack/webhook-url"
CANARY = "canaryxsn3lzjtbx6kkg7odc"
MESSAGE = slack_message(Notification("workers at 82%", "a text", documents.crossed()))
PATIENCE = Timeouts(attempt=0.5, connect=0.3, read=0.3)


@dataclass
class Poster:
    """Posts to a URL; impatient, and only pretending to sleep."""

    address: str
    waits: list[float] = field(default_factory=list)
    name: str = NAME

    def read(self) -> Secret:
        return Secret(self.address)

    def post(self, message: Any = MESSAGE, seconds: float = 50) -> None:  # noqa: ANN401 - any JSON
        timing = Clock(sleep=self.waits.append, uniform=lambda _, high: high)
        SlackWebhook(self, PATIENCE, timing).post(message, timedelta(seconds=seconds))

    def is_refused(self, error: type[CloudflareBudgetsError], words: str, seconds: float = 50) -> None:
        with pytest.raises(error, match=words) as refusal:
            self.post(seconds=seconds)
        assert type(refusal.value) is error
        keeps_quiet(refusal.value, self.address.rpartition("/")[2])


@pytest.fixture
def slack() -> Iterator[LocalSlack]:
    with LocalSlack() as running:
        yield running


@pytest.fixture
def poster(slack: LocalSlack) -> Poster:
    return Poster(slack.webhook_url)


def test_a_message_arrives_as_it_is(slack: LocalSlack, poster: Poster) -> None:
    poster.post()
    assert slack.posted == (MESSAGE,)
    assert poster.waits == []


def test_a_wish_to_wait_is_obeyed_to_the_second(slack: LocalSlack, poster: Poster) -> None:
    slack.will_answer(rate_limited(7), rate_limited(30))
    poster.post()
    assert poster.waits == [7, 30]
    assert len(slack.posted) == 1


def test_a_wish_that_is_too_long_is_left_to_lambda(slack: LocalSlack, poster: Poster) -> None:
    slack.will_answer(rate_limited(60))
    poster.is_refused(RetryableError, r"429 \(rate_limited\); it requests a delay of 60 s, too long")
    assert slack.requests == 1


def test_a_slack_that_recovers_gets_the_message_once(slack: LocalSlack, poster: Poster) -> None:
    slack.will_answer(out_of_order(), Answer(503), out_of_order())
    poster.post()
    assert poster.waits == [1, 2, 4]
    assert len(slack.posted) == 1


def test_a_slack_that_stays_out_of_order_is_tried_five_times(slack: LocalSlack, poster: Poster) -> None:
    slack.always_answer(out_of_order())
    poster.is_refused(RetryableError, r"Slack answers 500 \(rollup_error\) \(5 requests made\)")
    assert slack.requests == 5


def test_no_request_is_begun_without_time_for_it(slack: LocalSlack, poster: Poster) -> None:
    slack.always_answer(out_of_order())
    poster.is_refused(RetryableError, "no time is left for another request", seconds=2)
    assert slack.requests == 2


def test_without_time_nothing_is_requested(slack: LocalSlack, poster: Poster) -> None:
    poster.is_refused(RetryableError, "Slack was not asked, and no time is left", seconds=0)
    assert slack.requests == 0


def test_an_answer_that_arrives_too_late_means_a_second_copy_and_no_loss(
    slack: LocalSlack, poster: Poster
) -> None:
    slack.will_answer(slow(0.8))
    poster.post()
    assert len(slack.posted) == 2


@pytest.mark.parametrize(
    ("told", "word"),
    [
        (action_prohibited(), "403 (action_prohibited)"),
        (channel_not_found(), "404 (channel_not_found)"),
        (channel_is_archived(), "410 (channel_is_archived)"),
        (Answer(302), "302"),
    ],
)
def test_what_no_retry_fixes_is_reported_with_slacks_word_and_the_parameter(
    slack: LocalSlack, poster: Poster, told: Answer, word: str
) -> None:
    slack.always_answer(told)
    with pytest.raises(NonRetryableError) as refusal:
        poster.post()
    assert str(refusal.value).startswith(f"Slack answers {word}: it refuses every message to this webhook.")
    assert NAME in str(refusal.value)
    assert slack.requests == 1


def test_a_success_without_slacks_ok_is_no_success_and_not_repeated_at_once(
    slack: LocalSlack, poster: Poster
) -> None:
    slack.always_answer(Answer(200, "<html>a portal</html>"))
    poster.is_refused(RetryableError, '200 without "ok"')
    assert slack.requests == 1


def test_a_fault_of_the_message_is_distinguished(slack: LocalSlack, poster: Poster) -> None:
    with pytest.raises(MessageRefusedError, match=r"400 \(no_text\)"):
        poster.post({"text": ""})
    with pytest.raises(MessageRefusedError, match=r"400 \(invalid_payload\)"):
        poster.post({"text": "<!channel>"})
    assert slack.posted == ()


def test_a_revoked_webhook_is_reported(slack: LocalSlack) -> None:
    Poster(slack.webhook_url + "x").is_refused(NonRetryableError, r"404 \(no_service\)")


_HOSTILE: dict[str, Conversation] = {
    "hangs up": says(),
    "sends a status line of its own": says(f"{CANARY} {CANARY}\r\n\r\n".encode()),
    "sends a header that is too long": says(f"HTTP/1.1 200 OK\r\nX: {CANARY * 5000}\r\n\r\n".encode()),
    "cuts its answer off": says(f"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{CANARY}".encode()),
    "says nothing more": says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\no", then_closes=False),
    "repeats the secret in an error": says(answer(CANARY.encode(), status=f"500 {CANARY}")),
}


@pytest.mark.parametrize("what", _HOSTILE)
def test_a_server_that_misbehaves_is_left_to_lambda_and_reveals_nothing(what: str) -> None:
    with RawServer(_HOSTILE[what]) as server:
        begun = time.monotonic()
        Poster(f"{server.url}/services/{CANARY}").is_refused(RetryableError, "Slack")
        assert time.monotonic() - begun < 5


@pytest.mark.parametrize("status", ["400 No", "404 No", "418 No"])
def test_a_secret_that_is_sent_back_is_not_read_as_slacks_word(status: str) -> None:
    with RawServer(says(answer(CANARY.encode(), status=status))) as server:
        Poster(f"{server.url}/services/{CANARY}").is_refused(
            MessageRefusedError if status.startswith("400") else NonRetryableError,
            f"answers {status[:3]}:",
        )


def test_a_redirection_is_not_followed() -> None:
    with (
        RawServer(says(answer(b"ok"))) as other,
        RawServer(says(answer(b"", f"Location: {other.url}/x", status="302 Found"))) as server,
    ):
        Poster(f"{server.url}/services/{CANARY}").is_refused(NonRetryableError, "302")
        assert other.connections == 0


def test_proxies_of_the_environment_are_ignored(slack: LocalSlack, monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(says(answer(b"ok"))) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        Poster(slack.webhook_url).post()
        assert proxy.connections == 0
    assert len(slack.posted) == 1


def test_a_refused_connection_is_left_to_lambda() -> None:
    with LocalSlack() as gone:
        url = gone.webhook_url
    Poster(url).is_refused(RetryableError, "the connection to Slack fails: the host accepts no connection")
