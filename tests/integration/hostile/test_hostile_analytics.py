"""Misbehaving answers of Cloudflare's analytics: nothing is read, in time, with a reason without a secret."""

from __future__ import annotations

import gzip
import json
import math
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.adapters.cloudflare.analytics import source as analytics
from cloudflare_budgets.adapters.cloudflare.analytics.client import MAX_BODY, AnalyticsClient
from cloudflare_budgets.adapters.cloudflare.analytics.datasets import FAMILIES
from cloudflare_budgets.adapters.cloudflare.analytics.names import NameSource
from cloudflare_budgets.adapters.cloudflare.analytics.source import AnalyticsSource
from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.fresh import FreshAccess, FreshUsage
from tests.integration.hostile.deadlines import ACCOUNT_ID, CANARY
from tests.integration.hostile.raw_server import RawServer, answer, says
from tests.support.canaries import given_away

if TYPE_CHECKING:
    import socket

    from tests.integration.hostile.raw_server import Conversation

THROUGH = datetime(2026, 11, 22, 14, 20, tzinfo=UTC)
WINDOW = Period(datetime(2026, 11, 20, tzinfo=UTC), THROUGH)
OPEN = FreshAccess(THROUGH, {})  # so that no request for the settings comes first
METRICS = {metric for family in FAMILIES.values() for dataset in family for metric in dataset.metrics}
ACCOUNT = Account(ACCOUNT_ID, ApiToken(Secret(CANARY)))
DEADLINE = timedelta(seconds=2)
NAMES = [dataset.name for family in FAMILIES.values() for dataset in family]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analytics, "DEADLINE", DEADLINE.total_seconds())


def read(url: str) -> FreshUsage:
    """Read from an address, and see that this ends in time."""
    client = AnalyticsClient(url, Clock(sleep=lambda _: None))
    source = AnalyticsSource(client, NameSource(CloudflareApi(url)))
    began = time.monotonic()
    found = source.read(ACCOUNT, WINDOW, OPEN)
    assert time.monotonic() - began < 2 * DEADLINE.total_seconds()
    return found


def data(node: object) -> bytes:
    return json.dumps({"data": {"viewer": {"accounts": [node]}}, "errors": None}).encode()


def rows(*found: object) -> bytes:
    return data({name: list(found) for name in NAMES})


def errors(found: object) -> bytes:
    return json.dumps({"data": None, "errors": found}).encode()


def of_a_day(**sums: Any) -> dict[str, object]:  # noqa: ANN401 - any JSON
    return {"dimensions": {"date": "2026-11-22"}, "sum": sums}


BODIES = {
    "nothing": b"",
    "no JSON": b"<html>",
    "deep JSON": b"[" * 100_000,
    "a number": b"7",
    "null": b"null",
    "a list": b"[]",
    "no data": b"{}",
    "no viewer": b'{"data": {"viewer": null}}',
    "accounts that are no list": b'{"data": {"viewer": {"accounts": {"0": {}}}}}',
    "an account that is no object": b'{"data": {"viewer": {"accounts": [7]}}}',
    "no account": b'{"data": {"viewer": {"accounts": []}}}',
    "an empty account": data({}),
    "rows that are null": data(dict.fromkeys(NAMES)),
    "rows that are an object": data({name: {} for name in NAMES}),
    "a row that is a number": rows(7),
    "a row without dimensions": rows({"sum": {"requests": 1}}),
    "a date that is none": rows({"dimensions": {"date": "2026-13-45"}, "sum": {}}),
    "a number as text": rows(of_a_day(requests="12")),
    "a negative number": rows(of_a_day(requests=-1)),
    "a number beyond all bounds": rows(of_a_day(requests=10**30)),
    "an infinite number": rows(of_a_day(requests=float("inf"))),
    "no number": rows(of_a_day(requests=float("nan"))),
    "a number with an absurd exponent": rows(of_a_day(requests=1)).replace(b": 1}", b": 1e999999999}"),
    "errors that are text": errors("no"),
    "errors that are a number": errors(7),
    "errors that are empty objects": errors([{}, {}]),
    "a message that is a list": errors([{"message": ["no"], "extensions": ["no"], "path": 7}]),
    "a message of a megabyte": errors([{"message": "x" * 10**6}]),
    "data beside errors": json.dumps(
        {"data": {"viewer": {"accounts": [{name: [] for name in NAMES}]}}, "errors": [{"message": "half"}]}
    ).encode(),
    "more than is read": b" " * (MAX_BODY + 1),
}


@pytest.mark.parametrize("body", BODIES)
def test_an_invalid_answer_is_unread_with_the_reason(body: str) -> None:
    with RawServer(says(answer(BODIES[body], "Connection: close"))) as server:
        found = read(server.url)
    is_unread(found)


def is_unread(found: FreshUsage) -> None:
    """See that no figure came of it, that each metric has a short reason, and that no secret is in one."""
    assert not any(found.days.values())
    assert found.unread.keys() >= METRICS
    assert all(0 < len(reason) < 1_000 for reason in found.unread.values())
    assert found.failure
    assert given_away(json.dumps([*found.unread.values(), found.failure])) == []


def drips(connection: socket.socket, _head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b" ")
        time.sleep(0.05)


def never_ends(connection: socket.socket, _head: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(2 * MAX_BODY // 65_536):
        connection.sendall(b"10000\r\n" + b" " * 65_536 + b"\r\n")


CONVERSATIONS: dict[str, Conversation] = {
    "silence": says(),
    "one byte at a time": drips,
    "an answer that never ends": never_ends,
    "a compressed answer": says(answer(gzip.compress(rows()), "Content-Encoding: gzip")),
    "half of an answer": says(answer(rows())[:-9]),
    "a redirect": says(answer(b"", "Location: /elsewhere", status="307 Away")),
    "no content": says(answer(b"", status="204 No Content")),
    "no status": says(b"canary\r\n\r\n"),
}


@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_a_misbehaving_server_is_unread_in_time(conversation: str) -> None:
    with RawServer(CONVERSATIONS[conversation]) as server:
        found = read(server.url)
    is_unread(found)


@pytest.mark.parametrize(
    "row",
    [7, {}, {"dimensions": {"scriptName": "a"}, "sum": {"requests": "x"}}, {"dimensions": 7, "sum": 7}],
    ids=["a number", "empty", "text as a number", "no objects"],
)
def test_an_invalid_list_of_the_largest_users_names_none(row: object) -> None:
    with RawServer(says(answer(rows(row), "Connection: close"))) as server:
        source = AnalyticsSource(AnalyticsClient(server.url), NameSource(CloudflareApi(server.url)))
        found = source.attribute(ACCOUNT, WINDOW, ["workers_standard_requests"])
    assert found == {}


def test_a_token_without_requests_left_is_not_used_for_analytics() -> None:
    pacer = Pacer()
    for _ in range(501):
        pacer.reserve(ACCOUNT.credential, math.inf)
    with RawServer(says(answer(rows()))) as server:
        client = AnalyticsClient(server.url, pacer=pacer)
        found = AnalyticsSource(client, NameSource(CloudflareApi(server.url))).read(ACCOUNT, WINDOW, OPEN)

    assert server.requests == []
    assert found.failure is not None
    assert found.failure.startswith("Cloudflare's limit of requests for this token is reached")
