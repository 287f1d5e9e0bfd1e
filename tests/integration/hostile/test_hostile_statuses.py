"""What the statuses of a server, and its wishes to wait, lead to."""

from __future__ import annotations

import time
from dataclasses import replace
from email.utils import formatdate

import pytest

from cloudflare_budgets.errors import (
    AccessDeniedError,
    AccountUnknownError,
    UsageRefusedError,
    UsageUnavailableError,
)
from tests.integration.hostile.deadlines import LIMITS, Reader
from tests.integration.hostile.raw_server import RawServer, answer, says

NOW = 1_795_341_600  # seconds since 1970
_GOOD = says(answer())


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_no_redirect_is_followed(status: str) -> None:
    with RawServer(_GOOD) as other:
        for target in (other.url, "https://example.com", "/client/v4", ""):
            with RawServer(says(answer(b"", f"Location: {target}", status=status))) as server:
                Reader(server.url).is_refused(UsageRefusedError, f"{status[:3]}: redirects")
                assert len(server.requests) == 1
        assert other.connections == 0


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
@pytest.mark.parametrize("wish", ["7", formatdate(NOW + 7, usegmt=True)], ids=["seconds", "date"])
def test_a_retry_after_within_the_deadline_is_respected(status: str, wish: str) -> None:
    patient = replace(LIMITS, deadline=10)
    with RawServer(says(answer(b"", f"Retry-After: {wish}", status=status)), _GOOD) as server:
        reader = Reader(server.url, limits=patient, now=lambda: NOW)
        assert list(reader.read()) == []
        assert reader.waits == [7.0]
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    "wish",
    ["21", "21600", "9" * 400, formatdate(time.time() + 3600, usegmt=True)],
    ids=["21", "21600", "huge", "date"],
)
def test_a_retry_after_that_is_too_long_fails_at_once_with_its_length(wish: str) -> None:
    with RawServer(says(answer(b"", f"Retry-After: {wish}", status="429 Too Many Requests"))) as server:
        reader = Reader(server.url, limits=replace(LIMITS, deadline=45))
        reader.is_refused(UsageUnavailableError, r"429; it requests a delay of \d+ s, too long for this run")
        assert reader.waits == []
        assert len(server.requests) == 1


def test_a_retry_after_beyond_the_deadline_fails_at_once() -> None:
    with RawServer(says(answer(b"", "Retry-After: 15", status="503 Unavailable"))) as server:
        reader = Reader(server.url, limits=replace(LIMITS, deadline=10))
        reader.is_refused(UsageUnavailableError, "503; it requests a delay of 15 s")
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "status", ["408 Timeout", "500 Error", "502 Bad", "504 Late", "522 Origin", "599 Odd"]
)
def test_a_temporary_failure_is_retried(status: str) -> None:
    failure = says(answer(b"<html>", status=status))
    with RawServer(failure, failure, _GOOD) as server:
        assert list(Reader(server.url).read()) == []
        assert len(server.requests) == 3
    with RawServer(failure) as server:
        Reader(server.url).is_refused(UsageUnavailableError, rf"answers {status[:3]} \(3 requests made\)")
        assert len(server.requests) == 3


@pytest.mark.parametrize("status", ["405 Not Allowed", "406 No", "418 Teapot", "451 Law"])
def test_other_refusals_are_final(status: str) -> None:
    with RawServer(says(answer(b"no", status=status))) as server:
        Reader(server.url).is_refused(UsageRefusedError, f"answers {status[:3]}: it refuses the request")
        assert len(server.requests) == 1


def test_gone_is_like_not_found() -> None:
    with RawServer(says(answer(b"", status="410 Gone"))) as server:
        Reader(server.url).is_refused(AccountUnknownError, "410")


def test_a_refusal_whose_body_never_ends_is_still_a_refusal() -> None:
    body = b"HTTP/1.1 403 Forbidden\r\n\r\n" + b"x" * 200_000
    with RawServer(says(body)) as server:
        Reader(server.url).is_refused(AccessDeniedError, "403")


@pytest.mark.parametrize(
    "body", [b"[]", b"null", b'{"errors": 1}', b'{"errors": [1, {}]}', b"[" * 60_000, b"\xff"]
)
def test_a_refusal_without_readable_errors_is_still_a_refusal(body: bytes) -> None:
    with RawServer(says(answer(body, status="403 Forbidden"))) as server:
        Reader(server.url).is_refused(AccessDeniedError, "403")
