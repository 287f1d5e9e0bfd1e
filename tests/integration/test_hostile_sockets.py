"""What a server can do below HTTP, and in the corners of it."""

from __future__ import annotations

import json
import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import replace
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.errors import (
    AccessDeniedError,
    AccountUnknownError,
    UsageRefusedError,
    UsageUnavailableError,
    UsageUnreadableError,
)
from cloudflare_budgets.ports import GlobalApiKey, Secret
from tests.integration.hostility import ACCOUNT_ID, CANARY, LIMITS, Reader
from tests.integration.raw_server import EMPTY_ANSWER, RawServer, answer, says

if TYPE_CHECKING:
    from tests.integration.raw_server import Conversation

_GOOD = says(answer())


def test_a_port_where_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    reader = Reader(f"http://127.0.0.1:{port}")
    reader.is_refused(UsageUnavailableError, "nobody answers at its address")
    assert len(reader.waits) == 2


def test_a_connection_that_is_never_taken_up() -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # as many as it takes to fill the queue, so that the next one hears nothing
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listener.getsockname())
        Reader(f"http://127.0.0.1:{listener.getsockname()[1]}").is_refused(
            UsageUnavailableError, "not made in time|does not answer in time"
        )


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "it broke off"),
        (b"\x00\xff\x16\x03", "it broke off"),
        (b"HTTP/1.1 two hundred\r\n\r\n", "it broke off"),
        (b"HTTP/9.9 200 OK\r\n\r\n", "it broke off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + EMPTY_ANSWER, "it broke off"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\r\n",
            "it broke off|too early|no JSON",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n",
            "it broke off|too early|empty",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + EMPTY_ANSWER[:-1], "ends too early"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + EMPTY_ANSWER + b"{}", "no JSON from here on"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "empty"),
    ],
)
def test_answers_that_are_none(raw: bytes, words: str) -> None:
    with RawServer(says(raw)) as server:
        Reader(server.url).is_refused(UsageUnavailableError, words)
        assert len(server.requests) == 3


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n",  # delimited by the end of the connection
        b"HTTP/1.0 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nX-Odd: a\x00b\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: Identity\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n",
    ],
)
def test_odd_heads_before_a_whole_document_are_no_fault(head: bytes) -> None:
    with RawServer(says(head + b"\r\n" + EMPTY_ANSWER + b"\r\n")) as server:
        assert list(Reader(server.url).read()) == []
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
def test_no_redirection_is_followed_to_another_server_or_back(status: str) -> None:
    with RawServer(_GOOD) as other:
        for target in (other.url, "https://example.com", "/client/v4", ""):
            with RawServer(says(answer(b"", f"Location: {target}", status=status))) as server:
                Reader(server.url).is_refused(UsageRefusedError, f"{status[:3]}: a redirection")
                assert len(server.requests) == 1
        assert other.connections == 0


def test_a_redirection_does_not_take_a_key_along() -> None:
    key = GlobalApiKey("user@example.com", Secret(CANARY))
    with (
        RawServer(_GOOD) as other,
        RawServer(says(answer(b"", f"Location: {other.url}", status="302 Found"))) as server,
    ):
        Reader(server.url, credential=key).is_refused(UsageRefusedError, "302")
        assert b"X-Auth-Key: " + CANARY.encode() in server.requests[0]
        assert other.connections == 0


def test_proxies_of_the_environment_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    with RawServer(_GOOD) as proxy, RawServer(_GOOD) as server:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert list(Reader(server.url).read()) == []
        assert proxy.connections == 0


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
@pytest.mark.parametrize("wish", ["1", formatdate(time.time() + 2, usegmt=True)])
def test_a_wish_to_wait_that_fits_is_obeyed(status: str, wish: str) -> None:
    patient = replace(LIMITS, deadline=10)
    with RawServer(says(answer(b"", f"Retry-After: {wish}", status=status)), _GOOD) as server:
        reader = Reader(server.url, limits=patient)
        assert list(reader.read()) == []
        assert len(reader.waits) == 1
        assert 0 <= reader.waits[0] <= 2
        assert len(server.requests) == 2


@pytest.mark.parametrize("wish", ["21", "21600", "9" * 400, formatdate(time.time() + 3600, usegmt=True)])
def test_a_wish_to_wait_too_long_fails_at_once_and_says_how_long(wish: str) -> None:
    with RawServer(says(answer(b"", f"Retry-After: {wish}", status="429 Too Many Requests"))) as server:
        reader = Reader(server.url, limits=replace(LIMITS, deadline=45))
        reader.is_refused(UsageUnavailableError, r"429; it asks to wait \d+ s, too long for this run")
        assert reader.waits == []
        assert len(server.requests) == 1


def test_a_wish_to_wait_that_ends_after_the_deadline_fails_at_once() -> None:
    with RawServer(says(answer(b"", "Retry-After: 15", status="503 Unavailable"))) as server:
        reader = Reader(server.url, limits=replace(LIMITS, deadline=10))
        reader.is_refused(UsageUnavailableError, "503; it asks to wait 15 s")
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    "status", ["408 Timeout", "500 Error", "502 Bad", "504 Late", "522 Origin", "599 Odd"]
)
def test_a_passing_failure_is_asked_again(status: str) -> None:
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


def test_a_connection_that_was_closed_between_two_windows_is_opened_again() -> None:
    def closes_later(connection: socket.socket, _head: bytes) -> None:
        connection.sendall(answer())
        connection.shutdown(socket.SHUT_RDWR)

    with RawServer(closes_later, _GOOD) as server:
        reader = Reader(server.url)
        assert list(reader.read()) == list(reader.read()) == []
        assert server.connections == 2


def test_a_connection_is_used_again_while_it_lasts() -> None:
    with RawServer(says(answer(), then_closes=False)) as server:
        reader = Reader(server.url)
        assert list(reader.read()) == list(reader.read()) == []
        assert server.connections == 1
        assert len(server.requests) == 2


def test_what_is_left_of_one_answer_is_not_taken_for_the_next() -> None:
    smuggled = answer() + answer(b'{"success":true,"errors":[],"result":[1]}')
    with RawServer(says(smuggled, then_closes=False), _GOOD) as server:
        reader = Reader(server.url)
        assert list(reader.read()) == list(reader.read()) == []


_ECHOES: dict[str, tuple[Conversation, type[Exception]]] = {
    "in an error's message": (
        says(
            answer(
                json.dumps({"errors": [{"code": 1, "message": f"bad {CANARY}"}]}).encode(), status="403 No"
            )
        ),
        AccessDeniedError,
    ),
    "in an error's message, where it is cut off": (
        says(answer(json.dumps({"errors": [{"message": "x" * 90 + CANARY * 9}]}).encode(), status="400 No")),
        UsageRefusedError,
    ),
    "in a failure with status 200": (
        says(
            answer(json.dumps({"success": False, "errors": [{"message": CANARY}], "result": None}).encode())
        ),
        UsageRefusedError,
    ),
    "in the status line": (says(f"{CANARY} {CANARY}\r\n\r\n".encode()), UsageUnavailableError),
    "in a header that is too long": (
        says(f"HTTP/1.1 200 OK\r\nX: {CANARY * 2000}\r\n\r\n".encode()),
        UsageUnavailableError,
    ),
    "in a chunk's size": (
        says(f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{CANARY}\r\n".encode()),
        UsageUnavailableError,
    ),
    "in a length": (
        says(f"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: {CANARY}\r\n\r\n".encode()),
        UsageUnavailableError,
    ),
    "in place of JSON": (says(answer(CANARY.encode())), UsageUnavailableError),
    "in a row": (
        says(answer(json.dumps({"success": True, "result": [{"ConsumedQuantity": CANARY}]}).encode())),
        UsageUnreadableError,
    ),
    "as a row": (says(answer(json.dumps({"result": [CANARY]}).encode())), UsageUnreadableError),
    "as a key, twice": (
        says(answer(f'{{"result":[{{"{CANARY}":1,"{CANARY}":1}}]}}'.encode())),
        UsageUnreadableError,
    ),
}


@pytest.mark.parametrize("echo", _ECHOES)
def test_a_secret_that_a_server_sends_back_is_not_shown(echo: str) -> None:
    conversation, error = _ECHOES[echo]
    with RawServer(conversation) as server:
        Reader(server.url).is_refused(error, "Cloudflare")  # type: ignore[arg-type]
        assert b"Authorization: Bearer " + CANARY.encode() in server.requests[0]


def test_a_token_that_no_header_carries_is_not_sent() -> None:
    with RawServer(_GOOD) as server:
        Reader(server.url, token=f"{CANARY}\r\nX-Evil: 1").is_refused(AccessDeniedError, "store it again")
        assert server.connections == 0


@pytest.mark.parametrize(
    "account_id", ["", "abc", "../user/tokens", ACCOUNT_ID.upper(), ACCOUNT_ID + "\n", "0" * 33]
)
def test_what_is_no_account_id_is_not_put_into_an_address(account_id: str) -> None:
    with RawServer(_GOOD) as server:
        Reader(server.url, account_id=account_id).is_refused(AccountUnknownError, "is no account id")
        assert server.connections == 0


@pytest.mark.parametrize("head", ["HTTP/1.1 200 OK", "HTTP/1.1 200 OK\r\nContent-Length: 999999"])
def test_an_abandoned_connection_is_ended(head: str) -> None:
    ended = threading.Event()

    def drips(connection: socket.socket, _head: bytes) -> None:
        try:
            connection.sendall(f"{head}\r\n\r\n{{".encode())
            while True:
                connection.sendall(b" ")
                time.sleep(0.02)
        except OSError:
            ended.set()

    with RawServer(drips) as server:
        Reader(server.url).is_refused(UsageUnavailableError, "does not finish its answer in time")
        assert ended.wait(5)
