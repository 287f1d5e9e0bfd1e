"""When a request to Cloudflare is made again, and how long to wait before."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from cloudflare_budgets.errors import UsageUnavailableError

MAX_REQUESTS = 3
MAX_RETRY_AFTER = 20.0  # seconds; whoever asks for more is asked again by the next run
FIRST_BACKOFF = 1.0  # seconds, at most; twice as long before each further request

# Cloudflare's own 520 to 527 are among them.
_TEMPORARY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS, *range(500, 600)})
_RETRY_AFTER_STATUSES = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_MAX_DIGITS = 9


class TransientError(UsageUnavailableError):
    """One request failed in a way that another one may mend.

    `retry_after` is how many seconds Cloudflare asked to wait, if it did.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Clock:
    """Time and chance, in seconds: a steady clock, the time since 1970, waiting, a draw from a range."""

    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    uniform: Callable[[float, float], float] = random.uniform


def is_temporary(status: int) -> bool:
    """Tell whether the next answer may be better than one with this status."""
    return status in _TEMPORARY


def retry_after(status: int, header: str | None, now: float) -> float | None:
    """Read how many seconds a server asks to wait: a number, or a date that is compared with `now`.

    RFC 9110, section 10.2.3. What is neither is as good as absent. `now` is in seconds since 1970.
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


def wait_before_next(
    setback: TransientError, requests: int, time_left: float, uniform: Callable[[float, float], float]
) -> float:
    """Decide how many seconds to wait after so many requests, by what Cloudflare asked or by chance.

    Raises:
        UsageUnavailableError: there were enough requests, or the wait is too long for this run.
    """
    asked = setback.retry_after
    if asked is not None and (asked > MAX_RETRY_AFTER or asked >= time_left):
        raise UsageUnavailableError(f"{setback}; it asks to wait {asked:.0f} s, too long for this run")
    if requests >= MAX_REQUESTS:
        raise UsageUnavailableError(f"{setback} ({requests} requests made)")
    wait = uniform(0.0, FIRST_BACKOFF * 2 ** (requests - 1)) if asked is None else asked
    if wait >= time_left:
        raise UsageUnavailableError(f"{setback}, and no time is left for another request")
    return wait
