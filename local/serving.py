"""HTTP servers on the loopback address, in a thread of their own during a `with` block."""

from __future__ import annotations

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

_POLL_SECONDS = 0.02


class Served:
    """Runs a server during a `with` block.

    Args:
        server: The server, which listens already.
    """

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(_POLL_SECONDS,))

    def __enter__(self) -> Self:
        """Start to serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, and wait until no request is being handled."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self._server.server_port


class Response(Protocol):
    """The response to one message that was posted."""

    @property
    def status(self) -> int:
        """HTTP status."""

    @property
    def word(self) -> str:
        """The body."""

    @property
    def retry_after(self) -> int | None:
        """Value of the header `Retry-After`, in seconds."""

    @property
    def delay(self) -> float:
        """Seconds before the response is sent."""


class WebhookServer(ThreadingHTTPServer):
    """Passes each POST request to a function, and sends the response that the function returns.

    Args:
        take: Gets the target, the headers by their name in lower case, and the body.
        port: Port on 127.0.0.1; 0 selects a free one.
    """

    daemon_threads = False
    request_queue_size = 32

    def __init__(self, take: Callable[[str, Mapping[str, str], bytes], Response], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.take = take
        self.closing = threading.Event()

    def shutdown(self) -> None:
        """Stop; no response is delayed any more."""
        self.closing.set()
        super().shutdown()


class _Handler(BaseHTTPRequestHandler):
    server: WebhookServer

    def do_POST(self) -> None:
        """Handle one posted message."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        response = self.server.take(self.path, headers, body)
        self.server.closing.wait(response.delay)
        with contextlib.suppress(ConnectionError):
            self.send_response(response.status)
            self.send_header("Content-Type", "text/html")
            if response.retry_after is not None:
                self.send_header("Retry-After", str(response.retry_after))
            self.end_headers()
            self.wfile.write(response.word.encode())

    def log_message(self, *_: object) -> None:
        """Log nothing: what was posted is recorded."""
