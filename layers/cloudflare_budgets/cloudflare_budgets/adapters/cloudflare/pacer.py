"""Limits the requests of each token below Cloudflare's limit, for all its processes."""

import contextlib
import hashlib
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from cloudflare_budgets.adapters.cloudflare.credentials import secret_of
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.domain.budgets.account import Credential
from cloudflare_budgets.domain.primitives.period import utc_text
from cloudflare_budgets.domain.run.pace import (
    DOCUMENTED,
    KEPT_FOR_BILLED_USAGE,
    SLOT,
    Remaining,
    RequestLimit,
    TokenPace,
    parked_until,
)
from cloudflare_budgets.errors import RateLimitedError, StateUnavailableError
from cloudflare_budgets.ports import PaceStore

# A shorter wait ends within a run, so the request is delayed; after a longer one the next run sends it.
LONGEST_WAIT = timedelta(seconds=20)
_DIGITS = 9


def fingerprint(credential: Credential) -> str:
    """Return the name under which a token's requests are counted; it does not reveal the token."""
    return hashlib.sha256(secret_of(credential).reveal().encode()).hexdigest()[:16]


class MemoryPaceStore:
    """Implements `PaceStore` for the threads of one process."""

    def __init__(self) -> None:
        self._paces: dict[str, TokenPace] = {}
        self._lock = threading.Lock()

    def update(self, token: str, change: Callable[[TokenPace], TokenPace]) -> TokenPace:
        """Replace the pace of a token, and return the earlier one."""
        with self._lock:
            earlier = self._paces.get(token, TokenPace())
            self._paces[token] = change(earlier)
        return earlier


class Pacer:
    """Reserves requests before they are sent, and parks a token when Cloudflare asks to wait.

    Args:
        store: Where requests are counted.
        block: How many requests are reserved together; more than one saves accesses to a shared store.
        clock: Time, for tests.
    """

    def __init__(
        self, store: PaceStore | None = None, block: int = 1, clock: Callable[[], Clock] = Clock
    ) -> None:
        self._store = store or MemoryPaceStore()
        self._block = block
        self._clock = clock()
        self._lock = threading.Lock()
        # Reserved and not sent yet, by token, and until when that counts.
        self._reserved: dict[str, tuple[int, datetime]] = {}

    def reserve(self, credential: Credential, deadline: float, *, is_optional: bool = False) -> None:
        """Reserve one request, and wait if the wait is short and ends before a deadline.

        Optional requests are refused while fewer than `KEPT_FOR_BILLED_USAGE` others are possible.

        Raises:
            RateLimitedError: the limit of the token is reached for longer.
            StateUnavailableError: the store failed.
        """
        token, kept = fingerprint(credential), KEPT_FOR_BILLED_USAGE if is_optional else 0
        while True:
            with self._lock:  # so that threads that need the same block reserve it once
                resumes = None if self._take(token) else self._refill(token, kept)
            if resumes is None:
                return
            self._wait(resumes, deadline)

    def observe(self, credential: Credential, rate_limit: str | None, policy: str | None) -> None:
        """Park a token near its limit by the headers `Ratelimit` and `Ratelimit-Policy`."""
        for remaining in remaining_of(rate_limit, policy):
            if remaining.is_low:
                self._park(credential, remaining.resets_in)

    def park(self, credential: Credential, seconds: float | None) -> datetime:
        """Park a token that Cloudflare refused with 429, and return until when.

        `seconds` is what the answer asks to wait; `None` if it does not say.
        """
        return self._park(credential, None if seconds is None else timedelta(seconds=seconds))

    def _park(self, credential: Credential, wait: timedelta | None) -> datetime:
        now, token = self._now(), fingerprint(credential)
        with self._lock:
            self._reserved.pop(token, None)
        # If the store fails, Cloudflare refuses the next request too, which parks the token then.
        with contextlib.suppress(StateUnavailableError):
            self._store.update(token, lambda pace: pace.parked(wait, now))
        return parked_until(wait, now)

    def _take(self, token: str) -> bool:
        left, ends = self._reserved.get(token, (0, datetime.min.replace(tzinfo=UTC)))
        if not left or self._now() >= ends:
            return False
        self._reserved[token] = left - 1, ends
        return True

    def _refill(self, token: str, kept: int) -> datetime | None:
        """Reserve a block and use one of it; return when that is possible, `None` if done."""
        now = self._now()
        earlier = self._store.update(token, lambda pace: pace.reserved(self._block, now, kept))
        resumes = earlier.resumes_at(self._block + kept, now)
        if resumes is None:
            self._reserved[token] = self._block - 1, now + SLOT
        return resumes

    def _wait(self, until: datetime, deadline: float) -> None:
        wait = until - self._now()
        if wait > LONGEST_WAIT or self._clock.clock() + wait.total_seconds() >= deadline:
            raise RateLimitedError(
                f"Cloudflare's limit of requests for this token is reached, so it is not used until "
                f"{utc_text(until)}; the next run begins with this account",
                until,
            )
        self._clock.sleep(max(wait.total_seconds(), 0.0))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)


def remaining_of(rate_limit: str | None, policy: str | None) -> Iterator[Remaining]:
    """Parse the headers `Ratelimit` and `Ratelimit-Policy`.

    An item of the first is `"default";r=50;t=30`, of the second `"default";q=100;w=60`. Items
    without valid numbers are skipped.
    """
    limits = {
        name: RequestLimit(values["q"], timedelta(seconds=values["w"]))
        for name, values in _items(policy)
        if {"q", "w"} <= values.keys()
    }
    for name, values in _items(rate_limit):
        if {"r", "t"} <= values.keys():
            yield Remaining(limits.get(name, DOCUMENTED), values["r"], timedelta(seconds=values["t"]))


def _items(header: str | None) -> Iterator[tuple[str, dict[str, int]]]:
    for item in (header or "").split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        pairs = (parameter.partition("=") for parameter in parameters)
        yield name, {key: int(text) for key, _, text in pairs if _is_number(text)}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _DIGITS
