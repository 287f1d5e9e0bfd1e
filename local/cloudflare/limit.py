"""The limit of requests of each credential: one that exceeds it is blocked for five minutes."""

from __future__ import annotations

import hashlib
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from local.cloudflare.faults.answers import too_many_requests
from local.cloudflare.http import Reply

if TYPE_CHECKING:
    from datetime import datetime

    from local.cloudflare.http import Request


class RequestLimit:
    """At most `quota` requests of a credential per `window`; then 429 for `block`.

    https://developers.cloudflare.com/fundamentals/api/reference/limits/

    Args:
        quota: Requests of one credential in any `window`.
        window: How long a request counts.
        block: For how long a credential is refused that exceeds the quota.
        has_headers: Whether answers have the headers `Ratelimit` and `Ratelimit-Policy`.
    """

    def __init__(
        self,
        quota: int = 1200,
        window: timedelta = timedelta(minutes=5),
        block: timedelta = timedelta(minutes=5),
        *,
        has_headers: bool = True,
    ) -> None:
        self._quota, self._window, self._block = quota, window, block
        self._has_headers = has_headers
        self._requests: dict[str, list[datetime]] = {}
        self._blocked: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self.refused = 0

    def refusal(self, request: Request, now: datetime) -> Reply | None:
        """Count a request, and return the answer if it is refused."""
        with self._lock:
            credential = _credential_of(request)
            recent = self._recent(credential, now)
            ends = self._blocked.get(credential)
            if ends is None or now >= ends:
                recent.append(now)
                if len(recent) <= self._quota:
                    return None
                ends = self._blocked[credential] = now + self._block
            self.refused += 1
            seconds = -(-(ends - now) // timedelta(seconds=1))
            return too_many_requests(Reply(0), str(seconds))

    def announced(self, reply: Reply, request: Request, now: datetime) -> Reply:
        """Return an answer with the headers about the limit."""
        if not self._has_headers:
            return reply
        with self._lock:
            recent = self._recent(_credential_of(request), now)
            resets = (min(recent) + self._window - now) if recent else self._window
            remaining = max(self._quota - len(recent), 0)
        policy = f'"default";q={self._quota};w={int(self._window.total_seconds())}'
        reply = reply.with_header("Ratelimit", f'"default";r={remaining};t={int(resets.total_seconds())}')
        return reply.with_header("Ratelimit-Policy", policy)

    def _recent(self, credential: str, now: datetime) -> list[datetime]:
        # Not in order: in a simulation, the clocks of concurrent workers differ by some seconds.
        since = now - self._window
        recent = [each for each in self._requests.get(credential, ()) if each > since]
        self._requests[credential] = recent
        return recent


def _credential_of(request: Request) -> str:
    secret = request.headers.get("authorization") or request.headers.get("x-auth-key", "")
    return hashlib.sha256(secret.encode()).hexdigest()
