"""Slack's incoming webhooks: one POST for each message, repeated where that can help."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPException
from typing import Any, Protocol

import urllib3
from urllib3.exceptions import HTTPError, SSLError

from cloudflare_budgets import VERSION
from cloudflare_budgets.adapters.http.connections import Connections
from cloudflare_budgets.adapters.http.deadline import DeadlinePassedError, run_within
from cloudflare_budgets.adapters.http.retries import Clock, is_temporary, retry_after
from cloudflare_budgets.domain.budgets.account import Secret
from cloudflare_budgets.errors import (
    CloudflareBudgetsError,
    SlackMessageRefusedError,
    SlackRefusedError,
    SlackUnavailableError,
)

MAX_REQUESTS = 5

_FIRST_BACKOFF = 1.0  # seconds; twice as long before each further request
_MAX_ANSWER = 64 * 1024  # bytes
_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "Accept-Encoding": "identity",
    "User-Agent": f"cloudflare-budgets/{VERSION}",
}
_SUCCESS = b"ok"
_FAULTS_OF_THE_MESSAGE = frozenset({HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE})
# Slack's own words are such as `invalid_payload`; nothing else of its answer is repeated.
_WORD = re.compile(r"[a-z][a-z0-9_]{1,60}")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long to wait for Slack, in seconds: for one answer, a connection, a piece of the answer."""

    answer: float = 12.0
    connect: float = 3.0
    read: float = 10.0


class Webhook(Protocol):
    """Where the webhook's URL, which is all that it takes to post, comes from."""

    @property
    def name(self) -> str:
        """The parameter's name, for whoever has to put another URL there."""

    def url(self) -> Secret:
        """Give the URL; raises `ConfigurationUnavailableError` or `SlackRefusedError`."""


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    body: bytes
    retry_after: float | None


class _SetbackError(Exception):
    """One request failed in a way that another one may mend."""

    def __init__(self, words: str, asked: float | None = None) -> None:
        super().__init__(words)
        self.asked = asked


class SlackWebhook:
    """The channel that an incoming webhook posts to.

    Args:
        webhook: Gives its URL.
        patience: How long to wait.
        timing: Time and chance, for tests.
    """

    def __init__(
        self, webhook: Webhook, timeouts: Timeouts | None = None, timing: Clock | None = None
    ) -> None:
        self._webhook = webhook
        self._patience = timeouts or Timeouts()
        self._timing = timing or Clock()
        self._connections = Connections()
        self._pool = self._connections.pool()

    def post(self, message: Mapping[str, Any], time_left: timedelta) -> None:
        """Post a message, up to five times where that can help, within a time.

        When an answer gets lost, the message may stand there twice.

        Raises:
            ConfigurationUnavailableError: the webhook's URL could not be read.
            SlackUnavailableError: it was not taken in time, or nobody knows whether it was.
            SlackMessageRefusedError: Slack finds fault with this message (400).
            SlackRefusedError: Slack takes nothing there (403, 404, 410), or there is no URL.
        """
        deadline = self._timing.clock() + time_left.total_seconds()
        url = self._webhook.url()
        body = json.dumps(message, ensure_ascii=False).encode()
        try:
            self._repeated(url, body, deadline)
        except CloudflareBudgetsError as error:
            # A new one: errors of the network lie behind this one, and they quote the URL.
            failure = type(error)(str(error))
        else:
            return
        raise failure

    def _repeated(self, url: Secret, body: bytes, deadline: float) -> None:
        requests = 0
        while True:
            requests += 1
            try:
                return self._judge(self._attempt(url, body, deadline), url)
            except _SetbackError as setback:
                wait = self._wait(setback, requests, deadline - self._timing.clock())
            self._timing.sleep(wait)

    def _wait(self, setback: _SetbackError, requests: int, time_left: float) -> float:
        if requests >= MAX_REQUESTS:
            raise SlackUnavailableError(f"{setback} ({requests} requests made)")
        backoff = _FIRST_BACKOFF * 2 ** (requests - 1)
        wait = self._timing.uniform(backoff / 2, backoff) if setback.asked is None else setback.asked
        if wait >= time_left:
            asked = f"; it asks to wait {wait:.0f} s, too long for this run" if setback.asked else ""
            raise SlackUnavailableError(f"{setback}{asked or ', and no time is left for another request'}")
        return wait

    def _judge(self, answer: _Answer, url: Secret) -> None:
        if answer.status == HTTPStatus.OK:
            if answer.body.strip() != _SUCCESS:
                # Not repeated here: the message is most likely in the channel.
                raise SlackUnavailableError(
                    "Slack answers 200 without saying ok: nobody knows whether it was posted"
                )
            return
        word = _word(answer.body, url)
        said = f"Slack answers {answer.status}" + (f" ({word})" if word else "")
        if is_temporary(answer.status):
            raise _SetbackError(said, answer.retry_after)
        if answer.status in _FAULTS_OF_THE_MESSAGE:
            raise SlackMessageRefusedError(f"{said}: it does not take the message")
        raise SlackRefusedError(
            f"{said}: it takes nothing at this webhook. See whether the channel and the app are still "
            f"there, or make a new webhook and store its URL in the parameter {self._webhook.name}"
        )

    def _attempt(self, url: Secret, body: bytes, deadline: float) -> _Answer:
        seconds = min(self._patience.answer, deadline - self._timing.clock())
        if seconds <= 0:
            raise _SetbackError("Slack was not asked")
        try:
            return run_within(seconds, lambda: self._send(url, body), self._connections.cut)
        except DeadlinePassedError:
            raise _SetbackError("Slack does not answer in time") from None
        except (HTTPError, HTTPException, OSError) as error:
            raise _SetbackError(f"the connection to Slack fails: {_name_of(error)}") from None

    def _send(self, url: Secret, body: bytes) -> _Answer:
        response = self._pool.request(
            "POST",
            url.reveal(),
            body=body,
            headers=_HEADERS,
            timeout=urllib3.Timeout(connect=self._patience.connect, read=self._patience.read),
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            found = response.read(_MAX_ANSWER, decode_content=False)
        finally:
            # Not kept: minutes lie between alerts, and Slack has hung up by then.
            response.close()
        asked = retry_after(response.status, response.headers.get("Retry-After"), self._timing.now())
        return _Answer(response.status, found, asked)


def _word(body: bytes, url: Secret) -> str:
    text = body.decode("ascii", "replace").strip()
    return text if _WORD.fullmatch(text) and text not in url.reveal() else ""


def _name_of(error: Exception) -> str:
    # By its kind alone: the texts of urllib3 quote the URL.
    if isinstance(error, SSLError):
        return "its certificate or its encryption is not accepted"
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(error).__name__).removesuffix("Error").strip().lower()
