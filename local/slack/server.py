"""The HTTP server of the local Slack, on loopback."""

from __future__ import annotations

import json
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from local.serving import Served, WebhookServer
from local.slack.answers import NO_SERVICE, OK, Answer
from local.slack.rendering import rendered
from local.slack.rules import INVALID_PAYLOAD, refusal_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

CLOUDFLARE = "https://dash.cloudflare.com/?to=/:account/billing/billable-usage"

_PATH = "/services/T00000000/B00000000/local-slack-webhook-secret"


class LocalSlack(Served):
    """A Slack with one channel and one incoming webhook; runs inside a `with` block.

    Args:
        links: the URLs that messages may link to.
        port: port on 127.0.0.1; 0 selects a free one.
    """

    def __init__(self, *, links: Collection[str] = (CLOUDFLARE,), port: int = 0) -> None:
        super().__init__(WebhookServer(self._take, port))
        self._links = links
        self._lock = threading.Lock()
        self._answers: list[Answer] = []
        self._always: Answer | None = None
        self._posted: list[Mapping[str, Any]] = []
        self.requests = 0
        self.reasons: list[str] = []

    @property
    def webhook_url(self) -> str:
        """URL of the webhook."""
        return f"http://127.0.0.1:{self.port}{_PATH}"

    @property
    def posted(self) -> tuple[Mapping[str, Any], ...]:
        """Messages in the channel, oldest first."""
        with self._lock:
            return tuple(self._posted)

    @property
    def shown(self) -> tuple[str, ...]:
        """The messages as plain text."""
        return tuple(rendered(message) for message in self.posted)

    def will_answer(self, *answers: Answer) -> None:
        """Return these responses to the next requests, in order; then validate as usual."""
        with self._lock:
            self._answers += answers

    def always_answer(self, answer: Answer | None) -> None:
        """Return this response to every request; after `None`, requests are validated as usual."""
        with self._lock:
            self._always = answer

    def _take(self, path: str, _headers: Mapping[str, str], body: bytes) -> Answer:
        """Handle one request; a rejected message adds its reason to `reasons`."""
        with self._lock:
            self.requests += 1
            if path != _PATH:
                return NO_SERVICE
            prepared = self._always or (self._answers.pop(0) if self._answers else None)
            if prepared is not None and not prepared.keeps:
                return prepared
            return self._post(body) or prepared or OK

    def _post(self, body: bytes) -> Answer | None:
        try:
            message = json.loads(body)
        except ValueError:
            return self._refused(INVALID_PAYLOAD, "the body is not valid JSON")
        if refusal := refusal_of(message, self._links):
            return self._refused(*refusal)
        self._posted.append(message)
        return None

    def _refused(self, word: str, reason: str) -> Answer:
        self.reasons.append(reason)
        return Answer(HTTPStatus.BAD_REQUEST, word)
