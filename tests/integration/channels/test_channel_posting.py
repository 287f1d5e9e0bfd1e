"""Posting over a real socket, to channels that refuse, limit the rate, fail, or are slow."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.channels.poster import ChannelPoster
from cloudflare_budgets.adapters.channels.settings import parse_channel
from cloudflare_budgets.adapters.http.client import Timeouts
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.errors import MessageRefusedError, NonRetryableError, RetryableError
from cloudflare_budgets.messages.notification import Notification
from local.channels import LocalChannels
from local.slack.answers import Answer, rate_limited, slow
from tests.integration.aws.wire import answered, error
from tests.integration.channels.given import NEW_SECRET, OLD_SECRET, ROUTING_KEY, parameter
from tests.integration.hostile.deadlines import keeps_quiet
from tests.support import documents

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudflare_budgets.adapters.channels.channel import Channel

ALERT = Notification("workers at 82%", "a text", documents.crossed())
PATIENCE = Timeouts(attempt=0.5, connect=0.3, read=0.3)
KINDS = ("teams", "discord", "pagerduty", "webhook")
SECRETS = {
    "teams": "local-teams-webhook-secret",
    "discord": "local-discord-webhook-secret",
    "pagerduty": ROUTING_KEY,
    "webhook": NEW_SECRET,
}
KEYS: dict[str, dict[str, Any]] = {
    "pagerduty": {"routing_key": ROUTING_KEY},
    "webhook": {"secret": [NEW_SECRET, OLD_SECRET]},
}


@pytest.fixture
def local() -> Iterator[LocalChannels]:
    with LocalChannels((OLD_SECRET,)) as running:
        yield running


def channel(local: LocalChannels, kind: str, **settings: object) -> Channel:
    found = {"type": kind, "url": local.url(kind), **KEYS.get(kind, {}), **settings}
    return parse_channel(parameter(kind), "SecureString", json.dumps(found))


def post(
    to: Channel,
    notification: Notification = ALERT,
    waits: list[float] | None = None,
    **clock: Any,  # noqa: ANN401
) -> bool:
    sleep = (waits if waits is not None else []).append
    timing = Clock(sleep=sleep, uniform=lambda _, high: high, **clock)
    return ChannelPoster(PATIENCE, timing).post(to, notification, lambda: timedelta(seconds=50))


@pytest.mark.parametrize("kind", KINDS)
def test_an_alert_arrives_once(local: LocalChannels, kind: str) -> None:
    assert post(channel(local, kind))
    assert len(local.posted[kind]) == 1
    assert local.requests[kind] == 1
    assert local.reasons == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_rate_limit_is_obeyed_and_failures_are_retried(local: LocalChannels, kind: str) -> None:
    waits: list[float] = []
    local.will_answer(kind, rate_limited(7), Answer(503), Answer(500))
    post(channel(local, kind), waits=waits)
    assert waits == [7, 2, 4]
    assert len(local.posted[kind]) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_that_stays_down_is_left_to_the_queue(local: LocalChannels, kind: str) -> None:
    local.always_answer(kind, Answer(502))
    to = channel(local, kind)
    with pytest.raises(RetryableError, match=r"answers 502 \(5 requests made\)") as failure:
        post(to)
    assert parameter(kind) in str(failure.value)
    keeps_quiet(failure.value, SECRETS[kind])


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_that_is_gone_is_named_with_what_to_do(local: LocalChannels, kind: str) -> None:
    local.always_answer(kind, Answer(404, "the channel is gone"))
    to = channel(local, kind)
    with pytest.raises(
        NonRetryableError, match=r"404: it refuses every message.*store new settings"
    ) as failure:
        post(to)
    assert local.requests[kind] == 1
    keeps_quiet(failure.value, SECRETS[kind])
    keeps_quiet(failure.value, "the channel is gone")


def test_a_slow_channel_is_retried(local: LocalChannels) -> None:
    local.will_answer("discord", slow(0.8))
    post(channel(local, "discord"))
    assert len(local.posted["discord"]) == 2


def test_an_embed_that_discord_refuses_is_posted_as_text(local: LocalChannels) -> None:
    local.will_answer("discord", Answer(400))
    assert post(channel(local, "discord"))
    [message] = local.posted["discord"]
    assert message["content"].startswith("⚠️ workers at 82%")


def test_a_message_that_has_no_simpler_form_is_refused(local: LocalChannels) -> None:
    local.will_answer("teams", Answer(413))
    with pytest.raises(MessageRefusedError, match="Microsoft Teams answers 413"):
        post(channel(local, "teams"))


def test_an_alert_without_incident_is_not_sent_to_pagerduty(local: LocalChannels) -> None:
    digest = Notification("digest", "a text", documents.crossed(type="digest"))
    assert not post(channel(local, "pagerduty"), digest)
    assert local.requests["pagerduty"] == 0


def test_a_repeat_has_the_same_key_and_the_end_ends_it(local: LocalChannels) -> None:
    to = channel(local, "pagerduty")
    post(to)
    post(to)
    standing = {name: ALERT.document[name] for name in ("budget", "period")}
    resolved = documents.resolved(standing=standing)
    post(to, Notification("over", "a text", resolved))
    key = f"cf/{ALERT.document['account']['id']}/workers/2026-11-01T00:00:00Z"
    keys = {(event["event_action"], event["dedup_key"]) for event in local.posted["pagerduty"]}
    assert keys == {("trigger", key), ("resolve", key)}


@pytest.mark.parametrize("known", [OLD_SECRET, NEW_SECRET])
def test_a_secret_is_replaced_without_a_gap(known: str) -> None:
    with LocalChannels((known,)) as local:
        post(channel(local, "webhook"))
        assert local.posted["webhook"] == [ALERT.document]
        with pytest.raises(NonRetryableError, match="the webhook answers 401"):
            post(channel(local, "webhook", secret="whsec_" + "A" * 32))
    assert local.reasons == ["webhook: no signature is valid"]


def test_a_signature_of_another_time_is_refused(local: LocalChannels) -> None:
    with pytest.raises(NonRetryableError):
        post(channel(local, "webhook"), now=lambda: 1_700_000_000.0)
    assert local.reasons == ["webhook: webhook-id is missing, or webhook-timestamp is too old"]


@pytest.mark.usefixtures("aws")
def test_an_event_has_the_alerts_type_and_json() -> None:
    bus = parse_channel(parameter("events"), "SecureString", '{"type": "eventbridge"}')
    sent: list[Any] = []

    def keep(params: dict[str, Any], **_: object) -> None:
        sent.extend(params["Entries"])

    events = aws_clients.events().meta.events
    events.register("provide-client-params.*.*", keep)
    try:
        assert post(bus)
    finally:
        events.unregister("provide-client-params.*.*", keep)
    [entry] = sent
    assert (entry["Source"], entry["DetailType"]) == ("cloudflare-budgets", "threshold_crossed")
    assert json.loads(entry["Detail"]) == ALERT.document


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (error("AccessDeniedException"), "AccessDeniedException"),
        ({"FailedEntryCount": 1, "Entries": [{"ErrorCode": "InternalFailure"}]}, "InternalFailure"),
        ({"Entries": []}, "ValueError"),
    ],
)
def test_an_event_that_is_not_accepted_is_left_to_the_queue(answer: dict[str, Any], code: str) -> None:
    bus = parse_channel(parameter("events"), "SecureString", '{"type": "eventbridge"}')
    with (
        answered(aws_clients.events(), "PutEvents", answer),
        pytest.raises(RetryableError, match=f"EventBridge did not accept the event: {code}"),
    ):
        post(bus)
