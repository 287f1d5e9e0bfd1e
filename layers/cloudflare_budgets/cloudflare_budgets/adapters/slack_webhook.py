"""Slack's incoming webhooks: one POST request per message, with retries.

https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
"""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any

from cloudflare_budgets.adapters.http.client import Answer, HttpClient, Request, Timeouts
from cloudflare_budgets.adapters.http.retries import (
    Clock,
    HttpError,
    RetryPolicy,
    TransientError,
    is_transient,
)
from cloudflare_budgets.adapters.http.urls import SecretUrl, UrlRule
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.errors import MessageRefusedError, NonRetryableError, RetryableError

PARAMETER = "slack/webhook-url"  # below the prefix of all parameters
# The second host is GovSlack's: https://docs.slack.dev/govslack. The URL of a workflow has another path. It
# accepts a message too, but its answer is different, so the message would be posted repeatedly.
URLS = UrlRule(
    "the URL of a Slack incoming webhook, https://hooks.slack.com/services/...",
    frozenset({"hooks.slack.com", "hooks.slack-gov.com"}),
    "/services/",
)
MAX_REQUESTS = 5
TIMEOUTS = Timeouts(head=12.0, attempt=12.0)

_MAX_ANSWER = 64 * 1024  # bytes
_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
_SUCCESS = b"ok"
_MESSAGE_FAULTS = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
# Slack's error codes, such as `invalid_payload`. Nothing else of an answer is quoted.
_CODE = re.compile(r"[a-z][a-z0-9_]{1,60}")


class SlackWebhook:
    """The channel of an incoming webhook.

    Args:
        url: The secret URL of the webhook.
        timeouts: How long to wait for Slack.
        clock: Time and randomness, for tests.
    """

    def __init__(self, url: SecretUrl, timeouts: Timeouts = TIMEOUTS, clock: Clock | None = None) -> None:
        self._url = url
        self._client = HttpClient("Slack", timeouts, RetryPolicy(MAX_REQUESTS), clock)

    def post(self, message: Mapping[str, Any], time_left: timedelta) -> None:
        """Post a message, with up to five requests.

        If an answer is lost, the channel may show the message twice.

        Raises:
            RetryableError: the URL could not be read, or it is unknown whether Slack accepted the message.
            MessageRefusedError: Slack refuses this message (400, 413).
            NonRetryableError: Slack refuses every message (403, 404, 410), or there is no valid URL.
        """
        deadline = self._client.deadline(time_left.total_seconds())
        url = self._url.read()
        body = json.dumps(message, ensure_ascii=False).encode()
        request = Request("POST", url.reveal(), _HEADERS, body)
        try:
            self._client.send(request, lambda answer: self._check(answer, url), deadline)
        except HttpError as error:
            failure = str(error)
        else:
            return
        # Raised outside the handler, because errors of the network quote the URL.
        raise RetryableError(failure)

    def _check(self, answer: Answer, url: Secret) -> None:
        body = answer.start(_MAX_ANSWER)
        if answer.status == HTTPStatus.OK:
            if body.strip() != _SUCCESS:
                # Not retried within this run, because the channel most likely shows the message.
                raise HttpError('Slack answers 200 without "ok": it is unknown whether it posted the message')
            return
        code = _code(body, url)
        said = f"Slack answers {answer.status}" + (f" ({code})" if code else "")
        if is_transient(answer.status):
            raise TransientError(said, answer.retry_after)
        if answer.status in _MESSAGE_FAULTS:
            raise MessageRefusedError(f"{said}: it refuses the message")
        raise NonRetryableError(
            f"{said}: it refuses every message to this webhook. Check that the channel and the app still "
            f"exist, or create a new webhook and store its URL in the parameter {self._url.name}"
        )


def _code(body: bytes, url: Secret) -> str:
    text = body.decode("ascii", "replace").strip()
    return text if _CODE.fullmatch(text) and text not in url.reveal() else ""
