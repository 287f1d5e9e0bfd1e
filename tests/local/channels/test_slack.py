"""Alerts are posted to a Slack channel through the topic and the deployed function."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import boto3
import pytest

from local.slack.answers import channel_is_archived, rate_limited
from tests.local.conftest import NOW
from tests.local.queue import Queue
from tests.local.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.local.conftest import Deployment


def test_a_crossed_threshold_reaches_the_channel(deployment: Deployment) -> None:
    slack = deployment.slack
    assert eventually(lambda: any(is_about_spend(text) for text in slack.shown))

    crossed = next(text for text in slack.shown if is_about_spend(text))
    assert crossed.startswith("\N{POLICE CARS REVOLVING LIGHT} spend over limit: ")
    assert "██████████" in crossed
    assert slack.reasons == []


@pytest.mark.usefixtures("live")
def test_a_problem_reaches_the_channel(deployment: Deployment) -> None:
    slack = deployment.slack

    assert eventually(lambda: any("Problem: budget mistaken is invalid" in text for text in slack.shown))
    assert slack.reasons == []


@pytest.mark.usefixtures("live")
def test_what_one_check_finds_in_an_account_is_one_message(deployment: Deployment) -> None:
    """Two budgets of different metrics cross in one check: two mails, and one message in Slack."""
    slack, watcher = deployment.slack, deployment.watcher
    deployment.watcher.mailbox.read()
    for name, metric in (("stores", "kv_read_operations"), ("databases", "d1_rows_written")):
        watcher.store(f"budgets/{name}", json.dumps({"limit": "1 Count", "scope": {"metric_id": [metric]}}))
    before = len(slack.shown)
    try:
        watcher.check(as_of=NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))
        mails = [mail.subject for mail in watcher.mailbox.read(wait_seconds=5)]
    finally:
        forget(deployment, "stores", "databases")
    assert eventually(lambda: len(slack.shown) > before)
    [text] = slack.shown[before:]
    assert len(mails) == 2
    assert all(any(f"{name} " in subject for subject in mails) for name in ("stores", "databases"))
    assert all(f"{name} over limit: " in text for name in ("stores", "databases"))
    assert "The same check also found" in text
    assert slack.reasons == []


def forget(deployment: Deployment, *names: str) -> None:
    ssm = boto3.client("ssm", **deployment.aws.connection)
    for name in names:
        ssm.delete_parameter(Name=f"/cloudflare-budgets/budgets/{name}")


def is_about_spend(text: str) -> bool:
    return "spend over limit: " in text.partition("\n")[0] and " of 50 USD" in text.partition("\n")[0]


def test_the_webhook_url_is_not_logged(deployment: Deployment) -> None:
    secret = deployment.slack.webhook_url.rpartition("/")[2]

    def posted() -> list[str]:
        lines = [line for line in deployment.watcher.log("post-to-slack") if '"posted to Slack"' in line]
        return [json.loads(line)["alert"]["posted"] for line in lines]

    assert eventually(lambda: posted()[:1] == ["whole"])
    assert secret not in log(deployment)


@pytest.fixture
def hurried(deployment: Deployment) -> Iterator[Queue]:
    """The queue for Slack, with a visibility timeout of seconds instead of minutes."""
    queue = Queue.of(deployment, "SlackQueue")
    before = queue.read(["VisibilityTimeout", "RedrivePolicy"])
    queue.set(VisibilityTimeout="3")
    yield queue
    deployment.slack.always_answer(None)
    queue.set(**before)
    deployment.watcher.mailbox.read()  # so that no other test reads these messages
    deployment.chat.read()


def log(deployment: Deployment) -> str:
    return "\n".join(deployment.watcher.log("post-to-slack"))


def publish(deployment: Deployment, subject: str, text: str) -> None:
    boto3.client("sns", **deployment.aws.connection).publish(
        TopicArn=deployment.stack.outputs["AlertTopicArn"], Subject=subject, Message=text
    )


@pytest.mark.usefixtures("hurried")
def test_an_alert_that_slack_delays_too_long_is_posted_by_a_later_run(deployment: Deployment) -> None:
    slack = deployment.slack
    slack.will_answer(rate_limited(3600))
    publish(deployment, "in a burst", "later")

    assert eventually(lambda: any("in a burst" in text for text in slack.shown))
    assert eventually(lambda: "it requests a delay of 3600 s" in log(deployment))


def test_an_alert_that_slack_rejects_is_stored_and_posted_after_a_redrive(
    deployment: Deployment, hurried: Queue
) -> None:
    slack = deployment.slack
    slack.always_answer(channel_is_archived())
    hurried.give_up_after(2)
    publish(deployment, "by hand", "hello")
    kept = Queue.of(deployment, "UndeliveredSlackQueue").take()

    assert (json.loads(kept)["Subject"], json.loads(kept)["Message"]) == ("by hand", "hello")
    assert eventually(lambda: "410 (channel_is_archived)" in log(deployment))
    assert "/cloudflare-budgets/slack/webhook-url" in log(deployment)
    assert slack.webhook_url not in log(deployment)
    assert not any("by hand" in text for text in slack.shown)

    slack.always_answer(None)
    hurried.give_up_after(120)
    hurried.put(kept)  # as a redrive does, which MiniStack does not support
    assert eventually(lambda: any("by hand" in text and "hello" in text for text in slack.shown))
