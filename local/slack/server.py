"""The HTTP server of the local Slack, on loopback."""

from __future__ import annotations

import contextlib
import json
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

from local.slack.answers import NO_SERVICE, OK, Answer
from local.slack.rendering import rendered
from local.slack.rules import INVALID_PAYLOAD, refusal_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from types import TracebackType

CLOUDFLARE = "https://dash.cloudflare.com/?to=/:account/billing/billable-usage"

_PATH = "/services/T00000000/B00000000/local-slack-webhook-secret"
_POLL_SECONDS = 0.02


class LocalSlack:
    """A Slack with one channel and one incoming webhook; runs inside a `with` block.

    Args:
        links: the URLs that messages may link to.
        port: port on 127.0.0.1; 0 selects a free one.
    """

    def __init__(self, *, links: Collection[str] = (CLOUDFLARE,), port: int = 0) -> None:
        self._links = links
        self._lock = threading.Lock()
        self._answers: list[Answer] = []
        self._always: Answer | None = None
        self._posted: list[Mapping[str, Any]] = []
        self._server = _Server(port, self)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_SECONDS,))
        self.requests = 0
        self.reasons: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def webhook_url(self) -> str:
        """URL of the webhook."""
        return f"http://127.0.0.1:{self._server.server_port}{_PATH}"

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
        """Return these responses to the next requests, in order; later requests are validated as usual."""
        with self._lock:
            self._answers += answers

    def always_answer(self, answer: Answer | None) -> None:
        """Return this response to every request; after `None`, requests are validated as usual."""
        with self._lock:
            self._always = answer

    def take(self, path: str, body: bytes) -> Answer:
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


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 32

    def __init__(self, port: int, slack: LocalSlack) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.slack = slack
        self.closing = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        """Handle one posted message."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        answer = self.server.slack.take(self.path, body)
        self.server.closing.wait(answer.delay)
        with contextlib.suppress(ConnectionError):
            self._say(answer)

    def log_message(self, *_: object) -> None:
        """Log nothing: `posted` has every message."""

    def _say(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", "text/html")
        if answer.retry_after is not None:
            self.send_header("Retry-After", str(answer.retry_after))
        self.end_headers()
        self.wfile.write(answer.word.encode())
