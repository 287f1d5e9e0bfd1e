"""The HTTP server of the local channels, on loopback."""

from __future__ import annotations

import json
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from local.channels.rules import discord_refusal, pagerduty_refusal, teams_refusal, webhook_refusal
from local.serving import Served, WebhookServer
from local.slack.answers import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_PATHS = {
    "teams": "/powerautomate/automations/direct/workflows/local/triggers/manual/paths/invoke",
    "discord": "/api/webhooks/1234567890/local-discord-webhook-secret",
    "pagerduty": "/v2/enqueue",
    "webhook": "/hook",
}
_QUERIES = {"teams": "?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sig=local-teams-webhook-secret"}
_REFUSALS: Mapping[str, Callable[[Any], str | None]] = {
    "teams": teams_refusal,
    "discord": discord_refusal,
    "pagerduty": pagerduty_refusal,
}
_SUCCESS = {"teams": HTTPStatus.ACCEPTED, "pagerduty": HTTPStatus.ACCEPTED}


class LocalChannels(Served):
    """One channel of each type; runs inside a `with` block.

    `posted` has the accepted messages of each channel, `reasons` why others were refused.

    Args:
        secrets: The secrets of the receiver of the webhook.
    """

    def __init__(self, secrets: tuple[str, ...] = ()) -> None:
        super().__init__(WebhookServer(self._take))
        self.secrets = secrets
        self.posted: dict[str, list[Any]] = {name: [] for name in _PATHS}
        self.reasons: list[str] = []
        self.requests = dict.fromkeys(_PATHS, 0)
        self._answers: dict[str, list[Answer]] = {name: [] for name in _PATHS}
        self._always: dict[str, Answer] = {}
        self._lock = threading.Lock()

    def url(self, name: str) -> str:
        """Return the URL of a channel: `teams`, `discord`, `pagerduty` or `webhook`."""
        return f"http://127.0.0.1:{self.port}{_PATHS[name]}{_QUERIES.get(name, '')}"

    def will_answer(self, name: str, *answers: Answer) -> None:
        """Return these responses to the next requests to a channel, in order."""
        with self._lock:
            self._answers[name] += answers

    def always_answer(self, name: str, answer: Answer | None) -> None:
        """Return this response to every request to a channel; after `None`, validate requests again."""
        with self._lock:
            self._always.pop(name, None)
            if answer is not None:
                self._always[name] = answer

    def _take(self, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Handle one request."""
        path, _, query = target.partition("?")
        name = next((each for each, known in _PATHS.items() if known == path), None)
        if name is None or (name == "teams" and f"?{query}" != _QUERIES["teams"]):
            return Answer(HTTPStatus.NOT_FOUND)
        with self._lock:
            self.requests[name] += 1
            prepared = self._always.get(name) or (self._answers[name].pop(0) if self._answers[name] else None)
            if prepared is not None and not prepared.keeps:
                return prepared
            return self._post(name, headers, body) or prepared or Answer(_SUCCESS.get(name, HTTPStatus.OK))

    def _post(self, name: str, headers: Mapping[str, str], body: bytes) -> Answer | None:
        try:
            message = json.loads(body)
        except ValueError:
            message = {}
        if name == "webhook":
            reason = webhook_refusal(headers, body, self.secrets, time.time())
            status = HTTPStatus.UNAUTHORIZED
        else:
            reason, status = _REFUSALS[name](message), HTTPStatus.BAD_REQUEST
        if reason:
            self.reasons.append(f"{name}: {reason}")
            return Answer(status)
        self.posted[name].append(message)
        return None
