"""The use case of a chat channel: an alert comes in from the topic, a message goes out."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

from cloudflare_budgets.errors import SlackMessageRefusedError
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.slack.message import plain_message, slack_message


class PostResult(StrEnum):
    """How an alert reached the channel."""

    WHOLE = "whole"
    PLAIN = "plain"  # the message as it should be was refused


class Channel(Protocol):
    """Where messages are posted."""

    def post(self, message: Mapping[str, Any], time_left: timedelta) -> None:
        """Post a message, again where that can help, within a time.

        Raises:
            RetryableError: where to post to could not be read.
            RetryableError: it was not taken in time; it may have been taken unseen.
            SlackMessageRefusedError: this message is not taken; another one may be.
            NonRetryableError: nothing is taken until somebody mends it.
        """


def post(notification: Notification, channel: Channel, time_left: Callable[[], timedelta]) -> PostResult:
    """Post an alert; where its message is refused, its bare text, for an ugly alert is better than none.

    Args:
        notification: The alert.
        channel: Where to.
        time_left: Tells how much time is left, each time it is asked: a refusal takes of it too.

    Raises:
        CloudflareBudgetsError: it was not posted; the channel's own error.
    """
    subject, body = notification.subject, notification.body
    try:
        channel.post(slack_message(notification.document, subject, body, notification.sent), time_left())
    except SlackMessageRefusedError:
        channel.post(plain_message(subject, body), time_left())
        return PostResult.PLAIN
    return PostResult.WHOLE
