from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from local.aws import LocalAws, Mailbox, Stack, build, deploy
from local.channels import LocalChannels
from local.cloudflare.accounts.examples import RUNAWAY_ID
from local.cloudflare.server import LocalCloudflare
from local.demo.watcher import Watcher
from local.slack import LocalSlack
from tests.schemas.chat import checked_notification

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from local.aws import Delivery

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
WEBHOOK_SECRET = "whsec_" + "local+webhook+secret" + "0" * 12
ROUTING_KEY = "5e" * 16  # unlike the id of any alert that a test publishes


@dataclass(frozen=True, slots=True)
class Check:
    """A check: its reply, the messages that people got, and the notifications of the chat by type."""

    reply: Mapping[str, Any]
    mails: tuple[Delivery, ...]
    notifications: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Deployment:
    """The real template on a local AWS that enforces IAM, between a local Cloudflare and a local Slack.

    `first` is the first check, as of `NOW`. Only it sends alerts, and all other tests find them sent.
    """

    aws: LocalAws
    cloudflare: LocalCloudflare
    stack: Stack
    watcher: Watcher
    slack: LocalSlack
    chat: Mailbox
    channels: LocalChannels
    first: Check


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `sam build` writes: functions, layer and template. It is built once for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "artifact"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            build(folder)
    return folder


@pytest.fixture(scope="session")
def deployment(artifact: Path) -> Iterator[Deployment]:
    with (
        LocalCloudflare(now=NOW) as cloudflare,
        LocalSlack() as slack,
        LocalChannels((WEBHOOK_SECRET,)) as channels,
        LocalAws() as aws,
    ):
        settings = {
            "AlertEmail": "you@example.com",
            "CloudflareApiUrl": cloudflare.url,
            "SlackWorkspaceId": "T07EA123LEP",
            "SlackChannelId": "C07EZ1ABC23",
            "SlackWebhookEnabled": "true",
            "ChannelsEnabled": "true",
        }
        stack = deploy(aws, artifact / "template.yaml", settings)
        watcher = Watcher(aws, stack)
        [account] = [one for one in cloudflare.accounts if one.id == RUNAWAY_ID]
        watcher.store(f"accounts/{account.id}/api-token", account.credentials.token, secret=True)
        watcher.store("slack/webhook-url", slack.webhook_url, secret=True)
        for name, found in channel_settings(channels).items():
            watcher.store(f"channels/{name}", json.dumps(found), secret=True)
        watcher.store("budgets/spend", json.dumps({"limit": "50 USD"}))
        watcher.store("budgets/mistaken", json.dumps({"limit": "50 USD", "treshold": ["80%"]}))
        chat = Mailbox(aws, chat_topic(aws))
        first = _check(watcher, chat, "threshold_crossed", as_of=f"{NOW:%Y-%m-%dT%H:%M:%SZ}")
        yield Deployment(aws, cloudflare, stack, watcher, slack, chat, channels, first)


def channel_settings(channels: LocalChannels) -> dict[str, dict[str, object]]:
    """Return the settings of one channel of each type, and of two that do not work."""
    return {
        "teams": {"type": "teams", "url": channels.url("teams")},
        "discord": {"type": "discord", "url": channels.url("discord"), "filter": {"severity": ["critical"]}},
        "on-call": {"type": "pagerduty", "url": channels.url("pagerduty"), "routing_key": ROUTING_KEY},
        "hook": {"type": "webhook", "url": channels.url("webhook"), "secret": WEBHOOK_SECRET},
        "events": {"type": "eventbridge"},
        "revoked": {"type": "discord", "url": channels.url("discord") + "-of-a-deleted-channel"},
        "invalid": {"type": "carrier pigeon"},
    }


@pytest.fixture(scope="session")
def live(deployment: Deployment) -> Check:
    """The first check of the present day; only such a check sends problems."""
    deployment.watcher.mailbox.read()
    deployment.cloudflare.travel_to(datetime.now(UTC))
    found = _check(deployment.watcher, deployment.chat, "problem")
    deployment.cloudflare.travel_to(NOW)
    return found


def _check(watcher: Watcher, chat: Mailbox, expected: str, **arguments: str) -> Check:
    """Check, and wait until the chat has the expected type of notification, at most a minute."""
    reply = watcher.check(**arguments)
    found: dict[str, Mapping[str, Any]] = {}
    deadline = time.monotonic() + 60
    while expected not in found and time.monotonic() < deadline:
        for delivery in chat.read(wait_seconds=5):
            notification = checked_notification(json.loads(delivery.body))
            found[notification["metadata"]["additionalContext"]["type"]] = notification
    return Check(reply, tuple(watcher.mailbox.read(wait_seconds=5)), found)


def chat_topic(aws: LocalAws) -> str:
    """Return the ARN of the topic that Amazon Q Developer subscribes to."""
    topics = boto3.client("sns", **aws.connection).list_topics()["Topics"]
    [arn] = [topic["TopicArn"] for topic in topics if "-ChatTopic-" in topic["TopicArn"]]
    return arn
