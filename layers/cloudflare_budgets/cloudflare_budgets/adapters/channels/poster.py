"""Posts alerts to channels: one POST request per message, with retries."""

import time
from collections.abc import Callable
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.channels.channel import Channel, ChannelRequest
from cloudflare_budgets.adapters.channels.event_bridge import EVENT_BRIDGE, put_event
from cloudflare_budgets.adapters.http.client import Answer, HttpClient, Request, Timeouts
from cloudflare_budgets.adapters.http.retries import (
    Clock,
    HttpError,
    RetryPolicy,
    TransientError,
    is_transient,
)
from cloudflare_budgets.errors import MessageRefusedError, NonRetryableError, RetryableError
from cloudflare_budgets.messages.notification import Notification

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

MAX_REQUESTS = 5
TIMEOUTS = Timeouts(head=12.0, attempt=12.0)

_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
_MESSAGE_FAULTS = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


class ChannelPoster:
    """Posts an alert to a channel of any type.

    Args:
        timeouts: How long to wait for a channel.
        clock: Time and randomness, for tests.
        events: Returns the client for EventBridge.
    """

    def __init__(
        self,
        timeouts: Timeouts = TIMEOUTS,
        clock: Clock | None = None,
        events: "Callable[[], EventBridgeClient]" = aws_clients.events,
    ) -> None:
        self._timeouts = timeouts
        self._clock = clock or Clock(now=time.time)
        self._events = events

    def post(self, channel: Channel, notification: Notification, time_left: Callable[[], timedelta]) -> bool:
        """Post an alert in up to five requests; return whether the channel shows such alerts.

        If the channel refuses the message and its type has a simpler form of it, post that. If an answer is
        lost, the channel may show the message twice.

        Raises:
            RetryableError: it is unknown whether the channel accepted the message.
            MessageRefusedError: the channel refuses this message (400, 413, 422).
            NonRetryableError: the channel refuses every message, for example because its URL was revoked.
        """
        if channel.type is EVENT_BRIDGE:
            put_event(notification, self._events)
            return True
        requests = channel.type.requests(channel, notification, self._clock.now())
        for request in requests[:-1]:
            try:
                self._send(channel, request, time_left())
            except MessageRefusedError:
                continue
            return True
        for request in requests[-1:]:
            self._send(channel, request, time_left())
        return bool(requests)

    def _send(self, channel: Channel, request: ChannelRequest, time_left: timedelta) -> None:
        client = HttpClient(channel.type.peer, self._timeouts, RetryPolicy(MAX_REQUESTS), self._clock)
        whole = Request("POST", request.url, {**_HEADERS, **request.headers}, request.body)
        deadline = client.deadline(time_left.total_seconds())
        try:
            client.send(whole, lambda answer: _check(answer, channel), deadline)
        except HttpError as error:
            failure = str(error)
        else:
            return
        # Raised outside the handler, because errors of the network quote the URL.
        raise RetryableError(f"{failure} (channel {channel.parameter})")


def _check(answer: Answer, channel: Channel) -> None:
    """Accept any status 2xx; no answer is quoted, since it may contain the URL or a secret."""
    if HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return
    said = f"{channel.type.peer} answers {answer.status}"
    if is_transient(answer.status):
        raise TransientError(said, answer.retry_after)
    if answer.status in _MESSAGE_FAULTS:
        raise MessageRefusedError(f"{said}: it refuses the message (channel {channel.parameter})")
    raise NonRetryableError(
        f"{said}: it refuses every message. Check that the channel still exists, or store new settings in "
        f"the parameter {channel.parameter}"
    )
