"""Use case: an alert from the topic is posted to each channel beside mail and Slack.

One message per channel: an alert from the topic is put back into the queue once for each channel, and each of
these messages is posted, retried and stored as undelivered by itself. One message for all channels would post
an alert again to those that accepted it, each time another one fails; and what was posted would have to be
stored. Names are all that the first step needs, so a channel that is invalid or cannot be decrypted affects
no other one.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from cloudflare_budgets.errors import NonRetryableError
from cloudflare_budgets.messages.channels.alert_filter import AlertFilter
from cloudflare_budgets.messages.notification import Notification


class Outcome(StrEnum):
    """What became of an alert for one channel."""

    POSTED = "posted"
    FILTERED = "filtered"  # by the filter of the channel
    MENTIONED = "mentioned"  # by the message of another alert of the same check
    NOT_SHOWN = "not_shown"  # channels of this type do not show such an alert
    DELETED = "deleted"  # the channel no longer exists


class Filtered(Protocol):
    """A channel."""

    @property
    def filter(self) -> AlertFilter:
        """Which alerts the channel gets."""

    @property
    def joins_alerts(self) -> bool:
        """Whether all that one check finds about an account is one message."""


C = TypeVar("C", bound=Filtered)


def distribute(names: Sequence[str], send: Callable[[str], None]) -> None:
    """Send an alert to each channel.

    Raises:
        NonRetryableError: there is no channel, so that the alert would reach none of them.
        RetryableError: a message was not accepted; the ones before it may be sent again.
    """
    if not names:
        raise NonRetryableError(
            "no channel is stored: store one below <prefix>/channels, or set ChannelsEnabled to false"
        )
    for name in names:
        send(name)


def deliver(
    notification: Notification,
    channel: C | None,
    post: Callable[[C, Notification, Callable[[], timedelta]], bool],
    time_left: Callable[[], timedelta],
) -> Outcome:
    """Post an alert to one channel, unless its filter excludes the alert.

    In a channel that joins alerts, an alert that another one of the same check mentions is not posted.

    Raises:
        CloudflareBudgetsError: the alert was not posted; the error of `post`.
    """
    if channel is None:
        return Outcome.DELETED
    if not channel.filter.matches(notification.document):
        return Outcome.FILTERED
    if channel.joins_alerts and notification.mentioned_in:
        return Outcome.MENTIONED
    if not channel.joins_alerts:
        notification = replace(notification, mentions=())
    return Outcome.POSTED if post(channel, notification, time_left) else Outcome.NOT_SHOWN
