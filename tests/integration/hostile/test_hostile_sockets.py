"""What a server can do below HTTP, and in the corners of it."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack

import pytest

from cloudflare_budgets.errors import UsageUnavailableError
from tests.integration.hostile.deadlines import Reader
from tests.integration.hostile.raw_server import EMPTY_ANSWER, RawServer, answer, says

_GOOD = says(answer())


def test_a_closed_port_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    reader = Reader(f"http://127.0.0.1:{port}")
    reader.is_refused(UsageUnavailableError, "the host accepts no connection")
    assert len(reader.waits) == 2


def test_a_connection_that_is_never_accepted_times_out() -> None:
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):  # as many as it takes to fill the queue, so that the next one hears nothing
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0)
            waiting.connect_ex(listener.getsockname())
        Reader(f"http://127.0.0.1:{listener.getsockname()[1]}").is_refused(
            UsageUnavailableError, "timed out|does not answer in time"
        )


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "it was interrupted"),
        (b"\x00\xff\x16\x03", "it was interrupted"),
        (b"HTTP/1.1 two hundred\r\n\r\n", "it was interrupted"),
        (b"HTTP/9.9 200 OK\r\n\r\n", "it was interrupted"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" + EMPTY_ANSWER, "it was interrupted"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\r\n",
            "it was interrupted|too early|not JSON",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n",
            "it was interrupted|too early|empty",
        ),
        (b"HTTP/1.1 200 OK\r\n\r\n" + EMPTY_ANSWER[:-1], "ends too early"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + EMPTY_ANSWER + b"{}", "not JSON from here on"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "empty"),
    ],
)
def test_invalid_answers_are_errors(raw: bytes, words: str) -> None:
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
def test_unusual_headers_before_a_complete_document_are_accepted(head: bytes) -> None:
    with RawServer(says(head + b"\r\n" + EMPTY_ANSWER + b"\r\n")) as server:
        assert list(Reader(server.url).read()) == []
        assert len(server.requests) == 1


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


def test_a_connection_is_not_used_again_after_a_failure_since_servers_then_hang_up() -> None:
    failure = says(answer(b"<html>", status="503 Busy"), then_closes=False)
    with RawServer(failure, _GOOD) as server:
        assert list(Reader(server.url).read()) == []
        assert (server.connections, len(server.requests)) == (2, 2)


def test_the_rest_of_one_answer_is_not_read_as_the_next() -> None:
    smuggled = answer() + answer(b'{"success":true,"errors":[],"result":[1]}')
    with RawServer(says(smuggled, then_closes=False), _GOOD) as server:
        reader = Reader(server.url)
        assert list(reader.read()) == list(reader.read()) == []


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
