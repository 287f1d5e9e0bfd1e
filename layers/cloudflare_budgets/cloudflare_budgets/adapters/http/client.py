"""HTTP client for one server: deadline, retries, verified TLS, no redirects or proxies."""

import contextlib
import math
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import TypeVar

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ReadTimeoutError,
    SSLError,
)

from cloudflare_budgets import VERSION
from cloudflare_budgets.adapters.http.connections import Connections
from cloudflare_budgets.adapters.http.deadline import DeadlinePassedError, run_within
from cloudflare_budgets.adapters.http.retries import (
    Clock,
    HttpError,
    RetryPolicy,
    TransientError,
    retried,
    retry_after,
)

T = TypeVar("T")

_HEADERS = {"Accept-Encoding": "identity", "User-Agent": f"cloudflare-budgets/{VERSION}"}
_PIECE = 64 * 1024  # bytes
# The first match counts: some are subclasses of later ones.
_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (NameResolutionError, "the host name is not found"),
    (NewConnectionError, "the host accepts no connection"),
    (ConnectTimeoutError, "the connection timed out"),
    (ReadTimeoutError, "no data came for too long"),
)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts in seconds.

    Attributes:
        connect: Until a connection is made.
        read: Between two pieces of an answer.
        head: Until the body of an answer begins.
        attempt: Until a whole answer was read.
    """

    connect: float = 3.0
    read: float = 10.0
    head: float = 15.0
    attempt: float = math.inf


@dataclass(frozen=True, slots=True, repr=False)
class Request:
    """A request; it has no `repr`, because the URL or a header may be secret."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


class Answer:
    """An answer whose body was not read yet.

    `retry_after` is the delay in seconds that the server requested, or `None`.
    """

    def __init__(self, peer: str, response: urllib3.BaseHTTPResponse, now: float) -> None:
        self._peer = peer
        self._response = response
        self._connection = response.connection
        self.status = int(response.status)
        self.encoding = response.headers.get("Content-Encoding", "").strip().lower()
        self.retry_after = retry_after(self.status, response.headers.get("Retry-After"), now)
        self.is_complete = False

    def header(self, name: str) -> str | None:
        """Return a header, `None` if the answer has none of this name."""
        return self._response.headers.get(name)

    def start(self, limit: int) -> bytes:
        """Return the first bytes of the body."""
        with network_errors_translated(self._peer):
            return self._response.read(limit, decode_content=False)

    def pieces(self) -> Iterator[bytes]:
        """Return the whole body, piece by piece."""
        while piece := self.start(_PIECE):
            yield piece
        self.is_complete = True

    def end(self) -> None:
        """Keep the connection for the next request if the body was read completely, else close it."""
        if self.is_complete:
            self._response.release_conn()
        else:
            self._response.close()
            if self._connection is not None:  # urllib3 holds it after the last byte that the length announces
                self._connection.close()


class HttpClient:
    """Sends requests to one server, which error texts call `peer`.

    Args:
        peer: Name of the server, for example `Slack`.
        timeouts: How long to wait.
        retries: How often to retry.
        clock: Time and randomness.
    """

    def __init__(
        self, peer: str, timeouts: Timeouts, retries: RetryPolicy, clock: Clock | None = None
    ) -> None:
        self._peer = peer
        self._timeouts = timeouts
        self._retries = retries
        self._clock = clock or Clock()
        self._connections = Connections()
        self._pool = self._connections.pool()

    def deadline(self, seconds: float) -> float:
        """Return the monotonic instant that is so many seconds from now."""
        return self._clock.clock() + seconds

    def send(self, request: Request, read: Callable[[Answer], T], deadline: float) -> T:
        """Send a request until `read` accepts an answer, and return what `read` makes of the answer.

        `read` raises `TransientError` if another request may succeed. It is called once per request.

        Raises:
            HttpError: no answer was accepted before the deadline.
            Exception: any other error of `read`.
        """
        return retried(lambda: self._attempt(request, read, deadline), self._retries, deadline, self._clock)

    def _attempt(self, request: Request, read: Callable[[Answer], T], deadline: float) -> T:
        ends = min(deadline, self.deadline(self._timeouts.attempt))
        answer = self._within(
            min(self._timeouts.head, ends - self._clock.clock()),
            lambda: self._open(request),
            f"{self._peer} does not answer in time",
        )
        return self._within(
            ends - self._clock.clock(),
            lambda: _read(answer, read),
            f"{self._peer} does not finish its answer in time",
        )

    def _within(self, seconds: float, call: Callable[[], T], late: str) -> T:
        if seconds <= 0:
            raise TransientError(f"{self._peer} was not asked")
        try:
            return run_within(seconds, call, self._connections.cut)
        except DeadlinePassedError:
            raise TransientError(late) from None

    def _open(self, request: Request) -> Answer:
        with network_errors_translated(self._peer):
            response = self._pool.request(
                request.method,
                request.url,
                body=request.body,
                headers={**_HEADERS, **request.headers},
                timeout=urllib3.Timeout(connect=self._timeouts.connect, read=self._timeouts.read),
                retries=False,
                redirect=False,
                preload_content=False,
            )
        return Answer(self._peer, response, self._clock.now())


def _read(answer: Answer, read: Callable[[Answer], T]) -> T:
    try:
        return read(answer)
    finally:
        answer.end()


@contextlib.contextmanager
def network_errors_translated(peer: str) -> Iterator[None]:
    """Translate network errors without their cause: urllib3's texts quote URL and server.

    Raises:
        TransientError: another request may succeed.
        HttpError: the server's certificate or its encryption is not accepted.
    """
    try:
        yield
    except SSLError as error:
        raise _tls_error(peer, error) from None
    except (HTTPError, HTTPException, OSError) as error:
        raise TransientError(f"the connection to {peer} fails: {_reason(error)}") from None


def _tls_error(peer: str, error: SSLError) -> HttpError:
    cause = error.args[0] if error.args else error
    if isinstance(cause, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        return TransientError(f"the connection to {peer} fails: it was closed")
    if isinstance(cause, ssl.SSLCertVerificationError):
        return HttpError(f"the certificate of {peer} is not accepted: {cause.verify_message}")
    return HttpError(
        f"no secure connection to {peer}: {getattr(cause, 'reason', None) or type(cause).__name__}"
    )


def _reason(error: Exception) -> str:
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    cause = error.args[-1] if error.args and isinstance(error.args[-1], Exception) else error
    return f"it was interrupted ({type(cause).__name__})"
