"""HTTP client for Cloudflare's API: one deadline per call, retries where they can help, no redirects.

The base URL is validated first, since the credential is sent there.
"""

import contextlib
import json
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import SplitResult, urlencode, urlsplit

import urllib3

from cloudflare_budgets import VERSION
from cloudflare_budgets.adapters.cloudflare.credentials import headers_of, masked, refuse_secret
from cloudflare_budgets.adapters.cloudflare.refusals import refusal
from cloudflare_budgets.adapters.cloudflare.values import shown
from cloudflare_budgets.adapters.http.connections import Connections, network_faults_translated
from cloudflare_budgets.adapters.http.deadline import DeadlinePassedError, run_within
from cloudflare_budgets.adapters.http.retries import Clock, TransientError, retry_after, wait_before_next
from cloudflare_budgets.adapters.http.urls import is_loopback
from cloudflare_budgets.domain.budgets.account import Credential
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.errors import AccountUnknownError, CloudflareBudgetsError, UsageUnreadableError

_ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")
_USER = re.compile(r"//.*@", re.DOTALL)
_RIGHT = "write https://api.cloudflare.com/client/v4; plain http is accepted for loopback addresses alone"


def checked_address(base_url: str) -> str:
    """Give an address back, without a slash at its end, if a credential may be sent there.

    Raises:
        ValueError: it is no https address of a host, nor an http address on the loopback.
    """
    try:
        parts = urlsplit(base_url)
        port_is_valid = parts.port != 0
    except ValueError:
        port_is_valid = False
    if not port_is_valid or not _is_plain(base_url, parts) or not _is_safe(parts):
        shown = sanitize(_USER.sub("//***@", base_url))
        raise ValueError(f'"{shown}" is no address of Cloudflare\'s API: {_RIGHT}')
    return base_url.rstrip("/")


def account_path(account_id: str, endpoint: str) -> str:
    """Give the path of an account's endpoint.

    Raises:
        AccountUnknownError: no account can have such an id.
    """
    if not _ACCOUNT_ID.fullmatch(account_id):
        raise AccountUnknownError(
            f"{shown(account_id)} is no account id: it has 32 digits and letters from a to f"
        )
    return f"/accounts/{account_id}/{endpoint}"


def _is_plain(base_url: str, parts: SplitResult) -> bool:
    return (
        base_url.isascii()
        and base_url.isprintable()
        and not any(character in base_url for character in "@?#\\ %")
        and bool(parts.hostname)
    )


def _is_safe(parts: SplitResult) -> bool:
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))


_PIECE = 64 * 1024  # bytes
_ROW = 1100  # bytes
_MAX_REFUSAL = 64 * 1024  # bytes
_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "identity",
    "User-Agent": f"cloudflare-budgets/{VERSION}",
}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait for Cloudflare, in seconds, and how much to take from it, in bytes.

    `deadline` is for everything that a caller asks at once, repetitions included; `head` for one
    request until its answer begins, `read` between two pieces of it. `body` is for one answer: with
    costs a row takes some 1,100 bytes, so the default serves accounts with 120,000 rows in a month.
    """

    deadline: float = 45.0
    head: float = 15.0
    connect: float = 3.0
    read: float = 10.0
    body: int = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes | None = None


class CloudflareApi:
    """Cloudflare's API at one address.

    Args:
        base_url: https, without a slash at its end; plain http for loopback addresses alone.
        limits: How long to wait, how much to take.
        timing: Time and chance, for tests.

    Raises:
        ValueError: the address is not one of these.
    """

    def __init__(self, base_url: str, limits: Limits | None = None, timing: Clock | None = None) -> None:
        self.limits = limits or Limits()
        self._base_url = checked_address(base_url)
        self._timing = timing or Clock()
        self._connections = Connections()
        self._pool = self._connections.pool()

    def deadline(self) -> float:
        """Begin a deadline: the instant, on the steady clock, by which everything must be over."""
        return self._timing.clock() + self.limits.deadline

    def get(
        self,
        credential: Credential,
        path: str,
        query: Mapping[str, str],
        read: Callable[[Iterator[bytes]], T],
        deadline: float,
    ) -> T:
        """Get what `read` makes of the body, piece by piece, of an answer with status 200.

        `read` is called anew for each request.

        Raises:
            UsageUnavailableError: no such answer came in time.
            NonRetryableError: Cloudflare refuses, or `read` does.
        """
        url = f"{self._base_url}{path}" + (f"?{urlencode(query)}" if query else "")
        return self._ask(credential, _Request("GET", url, _HEADERS), read, deadline)

    def post(
        self,
        credential: Credential,
        path: str,
        document: Mapping[str, object],
        read: Callable[[Iterator[bytes]], T],
        deadline: float,
    ) -> T:
        """Send a question that is a JSON document, and get what `get` does; it may be sent again.

        Raises:
            UsageUnavailableError: no such answer came in time.
            NonRetryableError: Cloudflare refuses, or `read` does.
        """
        headers = _HEADERS | {"Content-Type": "application/json"}
        request = _Request("POST", f"{self._base_url}{path}", headers, json.dumps(document).encode())
        return self._ask(credential, request, read, deadline)

    def _ask(
        self,
        credential: Credential,
        request: _Request,
        read: Callable[[Iterator[bytes]], T],
        deadline: float,
    ) -> T:
        try:
            asking = replace(request, headers={**request.headers, **headers_of(credential)})
            return self._repeated(asking, lambda pieces: read(refuse_secret(pieces, credential)), deadline)
        except CloudflareBudgetsError as error:
            # A new one, for what Cloudflare sent may quote the secret, here or further up in the chain.
            failure: Exception = type(error)(masked(str(error), credential))
        except Exception as error:  # noqa: BLE001 - a surprise may quote it just as well
            failure = RuntimeError(masked("".join(traceback.format_exception(error)), credential))
        raise failure

    def _repeated(self, request: _Request, read: Callable[[Iterator[bytes]], T], deadline: float) -> T:
        requests = 0
        while True:
            try:
                requests += 1
                return self._attempt(request, read, deadline)
            except TransientError as setback:
                time_left = deadline - self._timing.clock()
                wait = wait_before_next(setback, requests, time_left, self._timing.uniform)
            self._timing.sleep(wait)

    def _attempt(self, request: _Request, read: Callable[[Iterator[bytes]], T], deadline: float) -> T:
        response = self._within(
            min(self.limits.head, deadline - self._timing.clock()),
            lambda: self._send(request),
            "Cloudflare does not answer in time",
        )
        return self._within(
            deadline - self._timing.clock(),
            lambda: self._receive(response, read),
            "Cloudflare does not finish its answer in time",
        )

    def _within(self, seconds: float, call: Callable[[], T], late: str) -> T:
        try:
            return run_within(seconds, call, self._connections.cut)
        except DeadlinePassedError:
            raise TransientError(late) from None

    def _send(self, request: _Request) -> urllib3.BaseHTTPResponse:
        timeout = urllib3.Timeout(connect=self.limits.connect, read=self.limits.read)
        with network_faults_translated():
            return self._pool.request(
                request.method,
                request.url,
                body=request.body,
                headers=request.headers,
                timeout=timeout,
                retries=False,
                redirect=False,
                preload_content=False,
            )

    def _receive(self, response: urllib3.BaseHTTPResponse, read: Callable[[Iterator[bytes]], T]) -> T:
        try:
            result = self._answer(response, read)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return result

    def _answer(self, response: urllib3.BaseHTTPResponse, read: Callable[[Iterator[bytes]], T]) -> T:
        if response.status != HTTPStatus.OK:
            raise self._refusal(response)
        if response.headers.get("Content-Encoding", "").strip().lower() not in {"", "identity"}:
            raise TransientError("Cloudflare's answer is compressed, though that was declined")
        return read(self._pieces(response))

    def _refusal(self, response: urllib3.BaseHTTPResponse) -> CloudflareBudgetsError:
        body = b""
        with contextlib.suppress(TransientError), network_faults_translated():
            body = response.read(_MAX_REFUSAL, decode_content=False)
        wait = retry_after(response.status, response.headers.get("Retry-After"), self._timing.now())
        return refusal(response.status, body, wait)

    def _pieces(self, response: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
        size = 0
        while True:
            with network_faults_translated():
                piece = response.read(_PIECE, decode_content=False)
            if not piece:
                return
            size += len(piece)
            if size > self.limits.body:
                raise UsageUnreadableError(
                    f"Cloudflare's answer is larger than {self.limits.body} bytes, the most that is taken: "
                    f"an account is expected to have at most some {self.limits.body // _ROW} rows in a month"
                )
            yield piece
