"""Cloudflare's API for Workers on this machine, with routes and workers.dev addresses."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.serving import Served

TOKEN = "local-workers-token-of-the-switch"  # noqa: S105 - it opens nothing
_SUBDOMAIN = re.compile(r"/accounts/([0-9a-f]{32})/workers/scripts/([\w-]+)/subdomain")
_ROUTES = re.compile(r"/zones/([0-9a-f]{32})/workers/routes(?:/([0-9a-f]{32}))?")


class LocalWorkers(Served):
    """Runs inside a `with` block.

    `subdomains` has what is enabled of each Worker, `routes` pattern and script of each route by zone and id,
    and `requests` every request as method and path.
    """

    def __init__(
        self, subdomains: dict[str, dict[str, bool]], routes: dict[tuple[str, str], dict[str, Any]]
    ) -> None:
        super().__init__(ThreadingHTTPServer(("127.0.0.1", 0), _handler(self)))
        self.subdomains = subdomains
        self.routes = routes
        self.requests: list[str] = []
        self.fails_at: int | None = None

    @property
    def url(self) -> str:
        """Base URL of the API."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, path: str, token: str, body: Any) -> tuple[int, Any]:  # noqa: ANN401 - any JSON
        """Handle one request; return the status and the result."""
        self.requests.append(f"{method} {path}")
        if token != f"Bearer {TOKEN}":
            return HTTPStatus.FORBIDDEN, None
        if self.fails_at == len(self.requests):
            return HTTPStatus.INTERNAL_SERVER_ERROR, None
        if found := _SUBDOMAIN.fullmatch(path):
            return self._subdomain(method, found[2], body)
        if found := _ROUTES.fullmatch(path):
            return self._route(method, found[1], found[2], body)
        return HTTPStatus.NOT_FOUND, None

    def _subdomain(self, method: str, worker: str, body: Any) -> tuple[int, Any]:  # noqa: ANN401
        if worker not in self.subdomains:
            return HTTPStatus.NOT_FOUND, None
        if method == "POST":
            self.subdomains[worker] = {**self.subdomains[worker], **body}
        return HTTPStatus.OK, self.subdomains[worker]

    def _route(self, method: str, zone: str, route: str | None, body: Any) -> tuple[int, Any]:  # noqa: ANN401
        if route is None:
            found = [{"id": each, **one} for (where, each), one in self.routes.items() if where == zone]
            return HTTPStatus.OK, found
        if (zone, route) not in self.routes:
            return HTTPStatus.NOT_FOUND, None
        if method == "PUT":
            if "pattern" not in body:
                return HTTPStatus.BAD_REQUEST, None
            self.routes[zone, route] = {"pattern": body["pattern"], "script": body.get("script")}
        return HTTPStatus.OK, {"id": route, **self.routes[zone, route]}


def _handler(workers: LocalWorkers) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"null")
            token = self.headers.get("Authorization", "")
            status, result = workers.answer(self.command, self.path, token, body)
            answer = {"success": status == HTTPStatus.OK, "errors": [], "messages": [], "result": result}
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        do_GET = do_PUT = do_POST = _answer  # noqa: N815 - names of the standard library

        def log_message(self, *_: object) -> None:
            """Log nothing: `requests` has every request."""

    return Handler
