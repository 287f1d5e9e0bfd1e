"""Calls of the local Cloudflare that see more than a client of HTTP."""

from __future__ import annotations

import http.client
import socket
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from local.cloudflare.accounts.examples import RATED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from local.cloudflare.accounts.account import Account
    from local.cloudflare.server import LocalCloudflare


_PATIENCE_SECONDS = 10


def _connect(origin: str) -> http.client.HTTPConnection:
    parts = urlsplit(origin)
    return http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=_PATIENCE_SECONDS)


def _call(
    origin: str, method: str, path: str, headers: Mapping[str, str] | None = None, body: str | None = None
) -> tuple[int, bytes, http.client.HTTPMessage]:
    with closing(_connect(origin)) as connection:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read(), response.headers


def _path(account: Account) -> str:
    return f"/client/v4/accounts/{account.id}/billable/usage?from=2026-11-20&to=2026-11-20"


def _get(cloudflare: LocalCloudflare, account: Account = RATED) -> tuple[int, bytes, http.client.HTTPMessage]:
    headers = {"Authorization": f"Bearer {account.credentials.token}"}
    return _call(cloudflare.origin, "GET", _path(account), headers)


def _bytes_until_the_end(cloudflare: LocalCloudflare, account: Account = RATED) -> Iterator[bytes]:
    parts = urlsplit(cloudflare.origin)
    with socket.create_connection((parts.hostname, parts.port), timeout=_PATIENCE_SECONDS) as plug:
        request = (
            f"GET {_path(account)} HTTP/1.1\r\nAuthorization: Bearer {account.credentials.token}\r\n\r\n"
        )
        plug.sendall(request.encode())
        while received := plug.recv(65536):
            yield received
