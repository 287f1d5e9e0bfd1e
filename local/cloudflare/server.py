"""The local Cloudflare as an HTTP server, with control paths below `/_local/`."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from datetime import UTC, datetime
from email.utils import format_datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from local.cloudflare.accounts.examples import demo_accounts
from local.cloudflare.api import routes, v2
from local.cloudflare.faults.faults import Switchboard, faults_of_json
from local.cloudflare.faults.registry import broken
from local.cloudflare.http import Reply, Request, Wire, render, whole
from local.serving import Served

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from local.cloudflare.accounts.account import Account
    from local.cloudflare.faults.faults import Fault
    from local.cloudflare.http import Json
    from local.cloudflare.limit import RequestLimit


BASE_PATH = "/_local/"


def controlled(request: Request, cloudflare: LocalCloudflare) -> Reply:
    """Run the request to a control path."""
    match request.method, request.path.removeprefix(BASE_PATH):
        case "PUT", "faults":
            return _put_faults(request.body, cloudflare)
        case "DELETE", "faults":
            cloudflare.switch_off()
            return _said({"faults": []})
        case "GET", "requests":
            return _said({"requests": [_record(asked) for asked in cloudflare.requests]})
    return _said({"error": f"no such control: {request.method} {request.path}"}, HTTPStatus.NOT_FOUND)


def _put_faults(body: bytes, cloudflare: LocalCloudflare) -> Reply:
    try:
        faults = faults_of_json(body)
    except (KeyError, TypeError, ValueError) as error:
        return _said({"error": str(error)}, HTTPStatus.BAD_REQUEST)
    cloudflare.faults.replace(faults)
    return _said({"faults": [str(fault.kind) for fault in faults]})


def _record(request: Request) -> Json:
    return {
        "method": request.method,
        "path": request.path,
        "query": request.query,
        "headers": request.headers,
    }


def _said(document: Json, status: HTTPStatus = HTTPStatus.OK) -> Reply:
    return Reply(status, render(document).encode())


class LocalCloudflare(Served):
    """A Cloudflare to read usage from; runs between `with` and its end.

    Args:
        now: The moment it believes it is, an aware datetime; the real time when left out.
        accounts: Who lives there; `demo_accounts` when left out.
        port: On 127.0.0.1; 0 chooses a free one.
        limit: How many requests of a credential are answered; every one if `None`.
        certificate: The files of its certificate and key for https; http if `None`.
    """

    def __init__(
        self,
        *,
        now: datetime | None = None,
        accounts: Iterable[Account] | None = None,
        port: int = 0,
        limit: RequestLimit | None = None,
        certificate: tuple[Path, Path] | None = None,
    ) -> None:
        super().__init__(_Server(port, self, certificate))
        self.limit = limit
        self._scheme = "https" if certificate else "http"
        self._fixed_now = now
        self._accounts = {
            account.id: account for account in (demo_accounts(self.now) if accounts is None else accounts)
        }
        self._requests: list[Request] = []
        self.faults = Switchboard()

    @property
    def origin(self) -> str:
        """Scheme, address and port."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """What to put in the place of `https://api.cloudflare.com/client/v4`."""
        return self.origin + routes.BASE_PATH

    @property
    def now(self) -> datetime:
        """The moment the local Cloudflare believes it is."""
        return self._fixed_now or datetime.now(UTC)

    @property
    def accounts(self) -> tuple[Account, ...]:
        """Everybody who lives there."""
        return tuple(self._accounts.values())

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every request so far, without the secrets."""
        return tuple(self._requests)

    def register(self, account: Account) -> None:
        """Add or replace an account; a crowd of accounts needs seconds."""
        v2.prepare(account, self.now)
        self._accounts = self._accounts | {account.id: account}

    def travel_to(self, now: datetime) -> None:
        """Change the moment."""
        self._fixed_now = now

    def switch_on(self, *faults: Fault) -> None:
        """Apply these faults in order, each to its number of requests."""
        self.faults.switch_on(*faults)

    def switch_off(self) -> None:
        """Remove every fault."""
        self.faults.switch_off()

    def answer(self, request: Request) -> Reply:
        """Answer one request, faults included."""
        if request.path.startswith(BASE_PATH):
            return controlled(request, self)
        self._requests.append(request.redacted())
        if self.limit is None:
            return self._served(request)
        refusal = self.limit.refusal(request, self.now)
        return refusal or self.limit.announced(self._served(request), request, self.now)

    def _served(self, request: Request) -> Reply:
        fault = self.faults.take(routes.target_of(request))
        reply = routes.answer(request, self.accounts, self.now)
        return broken(reply, fault) if fault else reply


class _Server(ThreadingHTTPServer):
    """Tracks its connections to close them at its end, so that no thread remains."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, port: int, cloudflare: LocalCloudflare, certificate: tuple[Path, Path] | None) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            # Each thread does its own handshake, so that a slow client delays no other.
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.cloudflare = cloudflare
        self.closing = threading.Event()
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()

    def shutdown(self) -> None:
        self.closing.set()
        super().shutdown()
        with self._lock:
            connections = tuple(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        with self._lock:
            self._connections.add(connection)
        return connection, address

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        with self._lock:
            self._connections.discard(request)
        super().shutdown_request(request)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        request = Request.of(self.command, self.path, self.headers.items(), body)
        reply = self.server.cloudflare.answer(request)
        reply = reply.with_header("Date", format_datetime(self.server.cloudflare.now, usegmt=True))
        self.close_connection = self.close_connection or reply.deliver is not whole
        reply.deliver(Wire(self.connection, self.server.closing), reply)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - http.server looks for these names

    def log_message(self, *_: object) -> None:
        """Log nothing: requests are recorded."""
