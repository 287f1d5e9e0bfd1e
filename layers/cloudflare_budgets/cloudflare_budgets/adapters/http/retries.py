"""Retries of HTTP requests: which failures are transient, how long to wait, when to give up."""

import math
import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TypeVar

T = TypeVar("T")

# Includes Cloudflare's own 520 to 527.
_TRANSIENT_STATUSES = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)})
_RETRY_AFTER_STATUSES = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_FIRST_BACKOFF = 1.0  # seconds at most; doubled before each further request
_MAX_DIGITS = 9


class HttpError(Exception):
    """A request failed. The text never quotes the URL, the headers or the server."""


class TransientError(HttpError):
    """One request failed, and another may succeed.

    `retry_after` is the delay in seconds that the server requested, or `None`.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and randomness, in seconds: monotonic and wall clock, sleep, a draw from a range."""

    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    uniform: Callable[[float, float], float] = random.uniform


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How many requests to make at most, and the longest `Retry-After` to obey, in seconds."""

    max_requests: int
    max_retry_after: float = math.inf

    def delay(
        self,
        error: TransientError,
        requests: int,
        time_left: float,
        uniform: Callable[[float, float], float],
    ) -> float:
        """Return the delay before the next request: the server's, or exponential with full jitter.

        Raises:
            HttpError: enough requests were made, or the delay is longer than this run can wait.
        """
        asked = error.retry_after
        if asked is not None and (asked > self.max_retry_after or asked >= time_left):
            raise HttpError(f"{error}; it requests a delay of {asked:.0f} s, too long for this run")
        if requests >= self.max_requests:
            raise HttpError(f"{error} ({requests} requests made)" if requests > 1 else str(error))
        delay = uniform(0.0, _FIRST_BACKOFF * 2 ** (requests - 1)) if asked is None else asked
        if delay >= time_left:
            raise HttpError(f"{error}, and no time is left for another request")
        return delay


def retried(attempt: Callable[[], T], policy: RetryPolicy, deadline: float, clock: Clock) -> T:
    """Return the result of the first attempt that raises no `TransientError`.

    Raises:
        HttpError: the policy allows no further attempt before the deadline.
    """
    requests = 0
    while True:
        requests += 1
        try:
            return attempt()
        except TransientError as error:
            delay = policy.delay(error, requests, deadline - clock.clock(), clock.uniform)
        clock.sleep(delay)


def is_transient(status: int) -> bool:
    """Return whether another request may get a better status."""
    return status in _TRANSIENT_STATUSES


def retry_after(status: int, header: str | None, now: float) -> float | None:
    """Parse `Retry-After` into seconds; `None` if it is absent, invalid or without meaning.

    The header contains seconds or a date (RFC 9110, section 10.2.3). `now` is in seconds since 1970.
    """
    if header is None or status not in _RETRY_AFTER_STATUSES:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(text[:_MAX_DIGITS])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None
