"""Further misbehaviour of servers in both API versions, and the result of the check."""

from __future__ import annotations

import gzip
import json
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.usage.auto import AutoUsageSource
from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.errors import UsageRefusedError, UsageUnavailableError
from tests.integration.hostile.deadlines import LIMITS, Reader
from tests.integration.hostile.raw_server import EMPTY_ANSWER, RawServer, answer, says
from tests.support.world import FakeUsage, World

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from cloudflare_budgets.domain.budgets.account import Account
    from cloudflare_budgets.domain.usage.usage import Reading
    from cloudflare_budgets.ports import UsageQuery, UsageSource
    from tests.integration.hostile.raw_server import Conversation

_CUT = json.dumps({"success": True, "errors": [], "result": [{}]}).encode()[:-9]


def test_twenty_thousand_100_continue_answers_have_no_effect() -> None:
    with RawServer(says(b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000 + answer())) as server:
        assert list(Reader(server.url).read()) == []
        assert len(server.requests) == 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "x-nothing", "identity, gzip"])
def test_an_encoded_answer_is_never_read_as_plain_text(encoding: str) -> None:
    for body in (EMPTY_ANSWER, gzip.compress(EMPTY_ANSWER), gzip.compress(EMPTY_ANSWER)[:-9]):
        with RawServer(says(answer(body, f"Content-Encoding: {encoding}"))) as server:
            Reader(server.url).is_refused(UsageUnavailableError, "compressed")
            assert len(server.requests) == 3


def test_a_redirect_loop_is_one_request() -> None:
    def points_at_itself(connection: socket.socket, head: bytes) -> None:
        path = head.split(b" ")[1].decode()
        connection.sendall(answer(b"", f"Location: {path}", status="307 Temporary Redirect"))

    with RawServer(points_at_itself) as server:
        Reader(server.url).is_refused(UsageRefusedError, "307: redirects")
        assert len(server.requests) == 1


def test_an_invalid_status_line_is_not_quoted() -> None:
    with RawServer(says(b"HTTP/1.1 canary-of-the-server\r\n\r\n")) as server:
        text = Reader(server.url).is_refused(UsageUnavailableError, "it was interrupted")
        assert "canary-of-the-server" not in text


@pytest.mark.parametrize("seconds", [-3600, 3600, -(10**9)])
def test_a_wrong_clock_of_the_server_has_no_effect(seconds: int) -> None:
    with RawServer(says(answer(EMPTY_ANSWER, f"Date: {formatdate(seconds + 1_795_000_000)}"))) as server:
        assert list(Reader(server.url).read()) == []


# One of each kind of misbehaviour.
_MISBEHAVES: dict[str, Callable[[], Conversation]] = {
    "silence": lambda: says(then_closes=False),
    "broken off": says,
    "refused": lambda: says(answer(b"", status="403 Forbidden")),
    "gone": lambda: says(answer(b"", status="410 Gone")),
    "slow down": lambda: says(answer(b"", "Retry-After: 300", status="429 Too Many Requests")),
    "out of order": lambda: says(answer(b"<html>", status="503 Service Unavailable")),
    "moved": lambda: says(answer(b"", "Location: /", status="301 Moved")),
    "no answer": lambda: says(answer(status="206 Partial Content")),
    "empty": lambda: says(answer(b"")),
    "a page": lambda: says(answer(b"<!DOCTYPE html><title>Just a moment</title>")),
    "cut": lambda: says(answer(_CUT)),
    "compressed": lambda: says(answer(gzip.compress(EMPTY_ANSWER), "Content-Encoding: gzip")),
    "a failure": lambda: says(answer(b'{"success": false, "errors": [], "result": []}')),
    "no list": lambda: says(answer(b'{"success": true, "errors": [], "result": {}}')),
    "nothing": lambda: says(answer()),
}
_SOURCES: dict[str, Callable[[CloudflareApi], UsageSource]] = {
    "v1": CloudflareUsageV1,
    "v2": CloudflareUsageV2,
    "auto": lambda api: AutoUsageSource(CloudflareUsageV2(api), CloudflareUsageV1(api)),
}


class _Hostile(FakeUsage):
    """Usage over the network, in the place of the one that tests give."""

    def __init__(self, source: UsageSource) -> None:
        super().__init__()
        self._source = source

    def read(self, account: Account, query: UsageQuery) -> Reading:
        return self._source.read(account, query)


@pytest.mark.parametrize("version", _SOURCES)
@pytest.mark.parametrize("behaviour", _MISBEHAVES)
def test_no_misbehaviour_becomes_an_all_clear(behaviour: str, version: str) -> None:
    with RawServer(_MISBEHAVES[behaviour]()) as server:
        api = CloudflareApi(server.url, LIMITS, Clock(sleep=lambda _: None))
        world = World(usage=_Hostile(_SOURCES[version](api)))
        report = world.run()
        (account,) = report.accounts
        assert [evaluation.status for evaluation in account.evaluations] == [Status.UNKNOWN]
        assert report.failures or account.problems
        # What cannot be had is asked for three times at most, of each version; other questions come after it.
        assert behaviour == "nothing" or len(server.requests) <= (6 if version == "auto" else 3)
