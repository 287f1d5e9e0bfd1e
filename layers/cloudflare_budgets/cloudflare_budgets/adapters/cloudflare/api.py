"""Cloudflare's API: authentication, a deadline for all requests, and a size limit.

The base URL is validated first, because the credential is sent to it.
"""

import contextlib
import json
import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import urlencode

from cloudflare_budgets.adapters.cloudflare.credentials import headers_of, masked, refuse_secret
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.cloudflare.refusals import refusal
from cloudflare_budgets.adapters.cloudflare.values import shown
from cloudflare_budgets.adapters.http.client import Answer, HttpClient, Request, Timeouts
from cloudflare_budgets.adapters.http.retries import Clock, HttpError, RetryPolicy, TransientError
from cloudflare_budgets.adapters.http.urls import UrlRule
from cloudflare_budgets.domain.budgets.account import Credential
from cloudflare_budgets.domain.primitives.text import sanitize
from cloudflare_budgets.errors import (
    AccountUnknownError,
    CloudflareBudgetsError,
    RateLimitedError,
    UsageUnavailableError,
    UsageUnreadableError,
)

T = TypeVar("T")

# A longer `Retry-After` is left to the next run: Cloudflare blocks a user for five minutes.
RETRIES = RetryPolicy(max_requests=3, max_retry_after=20.0)

_ACCOUNT_ID = re.compile(r"[0-9a-f]{32}")
_USER = re.compile(r"//.*@", re.DOTALL)
_BASE_URLS = UrlRule("https://api.cloudflare.com/client/v4")
_ROW = 1100  # bytes
_MAX_REFUSAL = 64 * 1024  # bytes
_HEADERS = {"Accept": "application/json"}


def checked_base_url(url: str) -> str:
    """Return a base URL without a slash at its end if a credential may be sent there.

    Raises:
        ValueError: it is neither https nor http on this machine.
    """
    if not _BASE_URLS.allows(url):
        shown = sanitize(_USER.sub("//***@", url))
        expected = f"write {_BASE_URLS.expected} (http only in a local run)"
        raise ValueError(f'"{shown}" is not the URL of Cloudflare\'s API: {expected}')
    return url.rstrip("/")


def account_path(account_id: str, endpoint: str) -> str:
    """Return the path of an endpoint of an account.

    Raises:
        AccountUnknownError: the id is not the id of any account.
    """
    if not _ACCOUNT_ID.fullmatch(account_id):
        raise AccountUnknownError(
            f"{shown(account_id)} is not an account id: expected 32 digits and letters from a to f"
        )
    return f"/accounts/{account_id}/{endpoint}"


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait for Cloudflare, in seconds, and how large an answer may be, in bytes.

    Attributes:
        deadline: For all requests of one read, retries included.
        head: For one request until the body of its answer begins.
        connect: Until a connection is made.
        read: Between two pieces of an answer.
        body: For one answer. A row with costs has some 1,100 bytes, so the default is enough for accounts
            with 120,000 rows in a month.
    """

    deadline: float = 45.0
    head: float = 15.0
    connect: float = 3.0
    read: float = 10.0
    body: int = 128 * 1024 * 1024


class CloudflareApi:
    """Cloudflare's API at one base URL.

    Args:
        base_url: https, or http on this machine.
        limits: How long to wait, how much to read.
        clock: Time and randomness, for tests.
        pacer: Keeps all clients that share it below Cloudflare's limit of requests; `None` sends each
            request at once.

    Raises:
        ValueError: a credential must not be sent to the base URL.
    """

    def __init__(
        self,
        base_url: str,
        limits: Limits | None = None,
        clock: Clock | None = None,
        pacer: Pacer | None = None,
    ) -> None:
        self._pacer = pacer
        self.limits = limits or Limits()
        self._base_url = checked_base_url(base_url)
        timeouts = Timeouts(self.limits.connect, self.limits.read, self.limits.head)
        self._client = HttpClient("Cloudflare", timeouts, RETRIES, clock)

    def deadline(self) -> float:
        """Return the monotonic instant by which all requests of a caller from now on must end."""
        return self._client.deadline(self.limits.deadline)

    def get(
        self,
        credential: Credential,
        path: str,
        query: Mapping[str, str],
        read: Callable[[Iterator[bytes]], T],
        deadline: float,
    ) -> T:
        """Send a GET request and return what `read` makes of the pieces of the body.

        `read` is called once per request, and only for an answer with status 200.

        Raises:
            UsageUnavailableError: no such answer came in time.
            RateLimitedError: the limit of requests of the credential is reached.
            NonRetryableError: Cloudflare refuses the request, or `read` refuses the answer.
        """
        url = f"{self._base_url}{path}" + (f"?{urlencode(query)}" if query else "")
        return self._send(credential, Request("GET", url, _HEADERS | headers_of(credential)), read, deadline)

    def post(
        self,
        credential: Credential,
        path: str,
        document: Mapping[str, object],
        read: Callable[[Iterator[bytes]], T],
        deadline: float,
    ) -> T:
        """Send a JSON document in a POST request that changes nothing, and return the same as `get`.

        Raises:
            UsageUnavailableError: no answer with status 200 came in time.
            NonRetryableError: Cloudflare refuses the request, or `read` refuses the answer.
        """
        headers = _HEADERS | headers_of(credential) | {"Content-Type": "application/json"}
        request = Request("POST", f"{self._base_url}{path}", headers, json.dumps(document).encode())
        return self._send(credential, request, read, deadline)

    def _send(
        self, credential: Credential, request: Request, read: Callable[[Iterator[bytes]], T], deadline: float
    ) -> T:
        last: Answer | None = None

        def read_answer(answer: Answer) -> T:
            nonlocal last
            last = answer
            self._check(answer)
            if self._pacer:
                self._pacer.observe(credential, answer.header("Ratelimit"), answer.header("Ratelimit-Policy"))
            return read(refuse_secret(self._limited(answer.pieces()), credential))

        if self._pacer:
            self._pacer.reserve(credential, deadline)
        try:
            return self._client.send(request, read_answer, deadline)
        except HttpError as error:
            failure: Exception = self._unavailable(masked(str(error), credential), credential, last)
        except CloudflareBudgetsError as error:
            failure = type(error)(masked(str(error), credential))
        except Exception as error:  # noqa: BLE001 - an unexpected error may quote the secret too
            failure = RuntimeError(masked("".join(traceback.format_exception(error)), credential))
        # Raised outside the handler, because an answer may quote the secret, here or in the chain of errors.
        raise failure

    def _unavailable(self, text: str, credential: Credential, last: Answer | None) -> UsageUnavailableError:
        """Return the error after the last attempt, and park the token if Cloudflare answered 429."""
        if self._pacer is None or last is None or last.status != HTTPStatus.TOO_MANY_REQUESTS:
            return UsageUnavailableError(text)
        return RateLimitedError(text, self._pacer.park(credential, last.retry_after))

    def _check(self, answer: Answer) -> None:
        if answer.status != HTTPStatus.OK:
            body = b""
            with contextlib.suppress(HttpError):
                body = answer.start(_MAX_REFUSAL)
            raise refusal(answer.status, body, answer.retry_after)
        if answer.encoding not in {"", "identity"}:
            raise TransientError("Cloudflare's answer is compressed, although the request refuses that")

    def _limited(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        size = 0
        for piece in pieces:
            size += len(piece)
            if size > self.limits.body:
                raise UsageUnreadableError(
                    f"Cloudflare's answer is larger than {self.limits.body} bytes: an account is "
                    f"expected to have at most some {self.limits.body // _ROW} rows in a month"
                )
            yield piece
