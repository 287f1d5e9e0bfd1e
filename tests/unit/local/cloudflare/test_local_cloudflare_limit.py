"""The local Cloudflare's limit of requests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from local.cloudflare.http import Reply, Request
from local.cloudflare.limit import RequestLimit

NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ASKED = Request("GET", "/client/v4/accounts", {}, {"authorization": "Bearer one"})
OTHER = Request("GET", "/client/v4/accounts", {}, {"x-auth-key": "two"})


def _send(limit: RequestLimit, requests: int, now: datetime, request: Request = ASKED) -> list[Reply | None]:
    return [limit.refusal(request, now) for _ in range(requests)]


def test_1200_requests_are_answered_and_the_next_blocks_the_credential_for_five_minutes() -> None:
    limit = RequestLimit()

    assert _send(limit, 1200, NOW) == [None] * 1200
    [refused] = _send(limit, 1, NOW + MINUTE)
    assert refused is not None
    assert refused.status == HTTPStatus.TOO_MANY_REQUESTS
    assert ("Retry-After", "300") in refused.headers
    assert _send(limit, 1, NOW + 6 * MINUTE - timedelta(seconds=1)) != [None]
    assert _send(limit, 1, NOW + 6 * MINUTE) == [None]
    assert limit.refused == 2


def test_another_credential_is_answered() -> None:
    limit = RequestLimit(1)
    _send(limit, 2, NOW)

    assert _send(limit, 1, NOW, OTHER) == [None]


def test_answers_say_how_many_requests_remain() -> None:
    limit = RequestLimit()
    _send(limit, 3, NOW)

    headers = dict(limit.announced(Reply(HTTPStatus.OK), ASKED, NOW + MINUTE).headers)

    assert headers["Ratelimit"] == '"default";r=1197;t=240'
    assert headers["Ratelimit-Policy"] == '"default";q=1200;w=300'


def test_the_headers_can_be_missing() -> None:
    reply = Reply(HTTPStatus.OK)

    assert RequestLimit(has_headers=False).announced(reply, ASKED, NOW) is reply
