"""Alerts reach each channel through the topic, the queue and the deployed function, with its own role."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.local.conftest import NOW, ROUTING_KEY, WEBHOOK_SECRET
from tests.local.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local.conftest import Deployment

PATIENCE = 120.0  # seconds; one message becomes eight runs of the function


@pytest.fixture(scope="module")
def bus(deployment: Deployment) -> str:
    """The URL of a queue that gets every event of this project from the default bus."""
    sqs = boto3.client("sqs", **deployment.aws.connection)
    events = boto3.client("events", **deployment.aws.connection)
    url: str = sqs.create_queue(QueueName="events-of-alerts")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="alerts", EventPattern=json.dumps({"source": ["cloudflare-budgets"]}))
    events.put_targets(Rule="alerts", Targets=[{"Id": "queue", "Arn": arn}])
    return url


@pytest.fixture(scope="module")
def _published(deployment: Deployment, bus: str) -> Iterator[None]:  # noqa: ARG001
    boto3.client("sns", **deployment.aws.connection).publish(
        TopicArn=deployment.stack.outputs["AlertTopicArn"], Subject="for channels", Message="to each channel"
    )
    yield
    deployment.watcher.mailbox.read()  # so that no other test reads these messages
    deployment.chat.read()


def log(deployment: Deployment) -> str:
    return "\n".join(deployment.watcher.log("post-to-channels"))


@pytest.mark.usefixtures("_published")
@pytest.mark.parametrize("name", ["teams", "discord", "pagerduty", "webhook"])
def test_a_message_reaches_each_channel(deployment: Deployment, name: str) -> None:
    channels = deployment.channels
    arrived = eventually(
        lambda: any("for channels" in json.dumps(message) for message in channels.posted[name]), PATIENCE
    )
    assert arrived, log(deployment)
    assert channels.reasons == []


@pytest.mark.parametrize("name", ["teams", "discord", "pagerduty", "webhook"])
def test_a_crossing_that_a_check_found_reaches_each_channel_in_the_same_words(
    deployment: Deployment, name: str
) -> None:
    [mail] = [mail for mail in deployment.first.mails if mail.alert["type"] == "threshold_crossed"]
    figures = mail.body.partition(" of ")[0]  # up to the amount; channels escape what follows
    assert figures.startswith("spend over limit: ")
    found = eventually(
        lambda: any(
            figures in json.dumps(message, ensure_ascii=False)
            or mail.alert["alert_id"] in json.dumps(message)
            for message in deployment.channels.posted[name]
        ),
        PATIENCE,
    )
    assert found, log(deployment)


def test_what_one_check_finds_is_one_message_in_teams_and_discord(deployment: Deployment) -> None:
    """Two budgets of different metrics cross in one check; a channel with a filter gets each alert."""
    watcher, posted = deployment.watcher, deployment.channels.posted
    # No other text contains these names.
    names = {"firstofpair": "r2_storage_class_a_operations", "secondofpair": "d1_rows_written"}
    without_filter = {"type": "discord", "url": deployment.channels.url("discord")}
    watcher.store("channels/everything", json.dumps(without_filter), secret=True)
    for name, metric in names.items():
        watcher.store(f"budgets/{name}", json.dumps({"limit": "1 Count", "scope": {"metric_id": [metric]}}))

    def about(channel: str) -> list[str]:
        texts = [json.dumps(message, ensure_ascii=False) for message in posted[channel]]
        return [text for text in texts if any(name in text for name in names)]

    def outcomes() -> set[tuple[str, str]]:
        """The channels and outcomes of the log lines about the two alerts."""
        ids = {json.loads(text)["alert_id"] for text in about("webhook")}
        lines = [line for line in watcher.log("post-to-channels") if '"outcome":' in line]
        found = [json.loads(line)["alert"] for line in lines]
        return {(each["channel"], each["outcome"]) for each in found if each["alert_id"] in ids}

    wanted = {(name, outcome) for name in ("teams", "everything") for outcome in ("posted", "mentioned")}
    try:
        watcher.check(as_of=f"{NOW:%Y-%m-%dT%H:%M:%SZ}")
        assert eventually(lambda: len(about("webhook")) == 2, PATIENCE), log(deployment)
        assert eventually(lambda: wanted <= outcomes(), PATIENCE), log(deployment)
        assert eventually(lambda: len(about("discord")) == 3, PATIENCE), log(deployment)
    finally:
        forget(deployment, "channels/everything", *(f"budgets/{name}" for name in names))
        deployment.watcher.mailbox.read()
        deployment.chat.read()
    joined = [text for text in about("discord") if "The same check also found" in text]
    for text in (*about("teams"), *joined):
        assert "The same check also found" in text
        assert all(name in text for name in names), text
    assert (len(about("teams")), len(joined)) == (1, 1)
    assert deployment.channels.reasons == []


def forget(deployment: Deployment, *names: str) -> None:
    ssm = boto3.client("ssm", **deployment.aws.connection)
    for name in names:
        ssm.delete_parameter(Name=f"/cloudflare-budgets/{name}")


@pytest.mark.usefixtures("_published")
def test_an_alert_becomes_an_event(deployment: Deployment, bus: str) -> None:
    sqs = boto3.client("sqs", **deployment.aws.connection)
    kinds = set()

    def received() -> bool:
        for message in sqs.receive_message(QueueUrl=bus, MaxNumberOfMessages=10).get("Messages", []):
            event = json.loads(message["Body"])
            assert event["source"] == "cloudflare-budgets"
            assert event["detail"]["type"] == event["detail-type"]
            kinds.add(event["detail-type"])
        return "message" in kinds

    assert eventually(received, PATIENCE), log(deployment)


@pytest.mark.usefixtures("_published")
def test_a_revoked_and_an_invalid_channel_are_named_and_stop_no_other(deployment: Deployment) -> None:
    assert eventually(lambda: "/cloudflare-budgets/channels/revoked" in log(deployment), PATIENCE)
    assert eventually(
        lambda: "/cloudflare-budgets/channels/invalid contains no valid" in log(deployment), PATIENCE
    )


@pytest.mark.usefixtures("_published")
def test_no_secret_of_a_channel_is_logged(deployment: Deployment) -> None:
    written = log(deployment)
    assert '"outcome"' in written
    for secret in ("local-teams-webhook-secret", "local-discord-webhook-secret", WEBHOOK_SECRET, ROUTING_KEY):
        assert secret not in written
