"""The use case of a chat channel: an alert from the topic becomes a message in Slack."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any, Protocol

from cloudflare_budgets.errors import MessageRefusedError
from cloudflare_budgets.messages.notification import Notification
from cloudflare_budgets.messages.slack.message import plain_message, slack_message


class PostResult(StrEnum):
    """How an alert reached the channel."""

    WHOLE = "whole"
    PLAIN = "plain"  # its message was refused, its text was accepted
    MENTIONED = "mentioned"  # by the message of another alert of the same check


class Channel(Protocol):
    """Where messages are posted."""

    def post(self, message: Mapping[str, Any], time_left: timedelta) -> None:
        """Post a message within a time; failed posts are retried where a retry can help.

        Raises:
            RetryableError: the webhook's URL could not be read, or the message was not accepted in time; the
                message may have arrived.
            MessageRefusedError: this message is refused; another one may be accepted.
            NonRetryableError: Slack refuses every message until the webhook is corrected.
        """


def post(notification: Notification, channel: Channel, time_left: Callable[[], timedelta]) -> PostResult:
    """Post an alert; if its message is refused, post its plain text.

    An alert that is mentioned in another alert of the same check is not posted.

    Args:
        notification: the alert.
        channel: where it is posted.
        time_left: returns how much time is left, since a refused post needs time too.

    Raises:
        CloudflareBudgetsError: the alert was not posted; the channel's own error.
    """
    if notification.mentioned_in:
        return PostResult.MENTIONED
    try:
        channel.post(slack_message(notification), time_left())
    except MessageRefusedError:
        channel.post(plain_message(notification), time_left())
        return PostResult.PLAIN
    return PostResult.WHOLE
