"""The commands `test` and `logs`."""

import json
import time
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from cloudflare_budgets.adapters import slack_webhook
from cloudflare_budgets.adapters.aws.secret_url import SecretUrlParameter
from cloudflare_budgets.adapters.channels.poster import ChannelPoster
from cloudflare_budgets.adapters.channels.settings import ChannelParameters
from cloudflare_budgets.adapters.slack_webhook import SlackWebhook
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.post_to_slack import post
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import ExitCode, Settings, UsageError
from cloudflare_budgets_cli.stack.session import Aws, errors_explained

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

_POLL_SECONDS = 2
_POST_TIME = timedelta(seconds=30)
_SUBJECT = "Cloudflare Budgets: test"
_TEXT = (
    "This is a test of Cloudflare Budgets: alerts reach you on this channel.\n\n"
    "Nothing has happened to your account."
)


def send_test(settings: Settings) -> ExitCode:
    """Publish a test message to the alert topic, for every subscriber."""
    aws = Aws(settings)
    topic = aws.outputs["AlertTopicArn"]
    with errors_explained():
        answer = aws.sns().publish(
            TopicArn=topic,
            Subject=_SUBJECT,
            Message=_TEXT,
            MessageAttributes={"type": {"DataType": "String", "StringValue": "test"}},
        )
    name = topic.rpartition(":")[2]
    Screen(settings).advise(
        f"Sent a test message to every subscriber of {name}: message {answer['MessageId']}"
    )
    return ExitCode.OK


def post_test(settings: Settings, name: str) -> ExitCode:
    """Post a test message to one channel with its stored settings, from this machine.

    Raises:
        UsageError: there is no such channel.
        CloudflareBudgetsError: the channel refuses the message, or its settings are invalid.
    """
    aws, screen = Aws(settings), Screen(settings)
    notification = Notification(_SUBJECT, _TEXT, {})
    with screen.progress(f"Posting to {name}"):
        if name == "slack":
            parameter = f"{settings.prefix}/{slack_webhook.PARAMETER}"
            webhook = SlackWebhook(SecretUrlParameter(parameter, slack_webhook.URLS, aws.ssm))
            post(notification, webhook, lambda: _POST_TIME)
        else:
            channel = ChannelParameters(settings.prefix, aws.ssm).read(name)
            if channel is None:
                raise UsageError(f"there is no channel {name}; see cloudflare-budgets notify list")
            poster = ChannelPoster(events=lambda: cast("EventBridgeClient", aws.client("events")))
            poster.post(channel, notification, lambda: _POST_TIME)
    screen.advise(f"{name} accepted a test message")
    return ExitCode.OK


def logs(settings: Settings, *, minutes: int, follows: bool) -> ExitCode:
    """Print the log of the check, and with `follows` what is added to it."""
    aws = Aws(settings)
    group = f"/aws/lambda/{settings.stack}/check-budgets"
    since = settings.now - timedelta(minutes=minutes)
    start, seen = int(since.timestamp() * 1000), set[str]()
    while True:
        with errors_explained():
            pages = aws.logs().get_paginator("filter_log_events")
            for page in pages.paginate(logGroupName=group, startTime=start):
                for event in page["events"]:
                    if event["eventId"] not in seen:
                        seen.add(event["eventId"])
                        print(_line(event["message"]), flush=True)
        if not follows:
            break
        time.sleep(_POLL_SECONDS)
    if not seen:
        Screen(settings).advise(f"{group} has no lines since {utc_text(since)}")
    return ExitCode.OK


def _line(message: str) -> str:
    """Shorten a structured line to its time, level and text; others are printed as they are."""
    try:
        found = json.loads(message)
        return f"{found['timestamp']} {found['level']} {found['message']}"
    except (LookupError, TypeError, ValueError):
        return message.rstrip()
