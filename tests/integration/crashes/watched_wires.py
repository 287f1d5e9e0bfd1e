"""The wires that a run's calls leave by: clients of AWS, and the pool of connections to Cloudflare.

Calls are counted and named where they leave, so that new calls are covered without a change here.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import urllib3
from botocore.exceptions import ClientError, ReadTimeoutError

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.cloudflare.analytics.client import AnalyticsClient
from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.http.retries import Clock
from tests.integration.aws.wire import Kill
from tests.integration.crashes.boundaries import SEAT, Boundary, Kind

_STATUS = {Kind.BROKEN: 503, Kind.THROTTLED: 429, Kind.DENIED: 403}
_CODES = {
    Kind.BROKEN: "InternalServerError",
    Kind.THROTTLED: "ThrottlingException",
    Kind.DENIED: "AccessDeniedException",
}


@contextmanager
def watched_aws() -> Iterator[None]:
    """Let every call to AWS pass the boundary of its thread."""
    services = [
        aws_clients.ssm(),
        aws_clients.dynamodb(),
        aws_clients.sns(),
        aws_clients.s3(),
        aws_clients.sqs(),
    ]
    events = [service.meta.events for service in services]
    for each in events:
        each.register_first("before-call", _going)
        each.register_last("after-call", _coming_back)
    try:
        yield
    finally:
        for each in events:
            each.unregister("before-call", _going)
            each.unregister("after-call", _coming_back)


def _going(event_name: str, **_: object) -> None:
    if SEAT.boundary is not None:
        name = event_name.removeprefix("before-call.")
        _fail(SEAT.boundary.leaving(name), name)


def _coming_back(event_name: str, **_: object) -> None:
    if SEAT.boundary is not None:
        _fail(SEAT.boundary.returning(), event_name)


def _fail(kind: Kind | None, name: str) -> None:
    match kind:
        case None:
            return
        case Kind.KILLED:
            raise Kill
        case Kind.CUT_OFF:
            raise ReadTimeoutError(endpoint_url="https://aws.invalid/")
        case _:
            error = {"Code": _CODES[kind], "Message": "words of AWS"}
            metadata: Any = {"HTTPStatusCode": _STATUS[kind], "RetryAttempts": 2}
            raise ClientError({"Error": error, "ResponseMetadata": metadata}, name)  # type: ignore[typeddict-item]


class WatchedCloudflare(CloudflareApi):
    """Cloudflare's API, each request of which passes a boundary; it never sleeps.

    Requests are sent by threads of their own: it is the thread it was made in that counts.
    """

    def __init__(self, base_url: str, pacer: Pacer | None = None) -> None:
        super().__init__(base_url, clock=Clock(sleep=lambda _: None), pacer=pacer)
        self._watched = _WatchedPool(self._client._pool)  # noqa: SLF001
        self._client._pool = self._watched  # type: ignore[assignment]  # noqa: SLF001

    def deadline(self) -> float:
        """Begin a deadline at the boundary of the caller."""
        self._watched.boundary = SEAT.boundary
        return super().deadline()


class WatchedAnalytics(AnalyticsClient):
    """Cloudflare's analytics, each request of which passes a boundary; it never sleeps."""

    def __init__(self, base_url: str, pacer: Pacer | None) -> None:
        super().__init__(base_url, Clock(sleep=lambda _: None), pacer)
        self._watched = _WatchedPool(self._client._pool)  # noqa: SLF001
        self._client._pool = self._watched  # type: ignore[assignment]  # noqa: SLF001

    def deadline(self, seconds: float) -> float:
        """Begin a deadline at the boundary of the caller."""
        self._watched.boundary = SEAT.boundary
        return super().deadline(seconds)


@dataclass
class _WatchedPool:
    pool: urllib3.PoolManager
    boundary: Boundary | None = None

    def request(self, method: str, url: str, **options: Any) -> urllib3.BaseHTTPResponse:  # noqa: ANN401 - urllib3's
        if self.boundary is None:
            return self.pool.request(method, url, **options)
        path = url.partition("?")[0]
        name = f"cloudflare.{method} {path.rpartition('/accounts/')[2].partition('/')[2]}"
        if path.endswith("/graphql"):
            name = "analytics.POST graphql"
        if path.endswith("/accounts"):
            name = f"cloudflare.{method} accounts"
        kind = self.boundary.leaving(name)
        if kind is not None:
            return _failed(kind)
        response = self.pool.request(method, url, **options)
        kind = self.boundary.returning()
        if kind is None:
            return response
        response.drain_conn()
        response.release_conn()
        return _failed(kind)


def _failed(kind: Kind) -> urllib3.BaseHTTPResponse:
    match kind:
        case Kind.KILLED:
            raise Kill
        case Kind.CUT_OFF:
            raise urllib3.exceptions.ProtocolError("cut off")
        case _:
            body = io.BytesIO(b'{"success": false, "errors": [{"code": 1, "message": "words"}]}')
            return urllib3.HTTPResponse(body, status=_STATUS[kind], preload_content=False)
