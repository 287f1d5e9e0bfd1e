"""The sign of life over a real socket, to a service that has bad days."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.secret_url import SecretUrlParameter
from cloudflare_budgets.adapters.heartbeat_ping import PARAMETER, URLS, HeartbeatPing
from cloudflare_budgets.errors import PingFailedError
from tests.integration.aws.wire import answered, error
from tests.integration.hostile.deadlines import keeps_quiet
from tests.integration.hostile.raw_server import RawServer, answer, says
from tests.support.builders import PREFIX

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

NAME = f"{PREFIX}/{PARAMETER}"
SECRET = "canary-3fa85f64-5717-4562-b3fc-2c963f66afa6"
HTTPS = f"https://hc-ping.example.com/{SECRET}"


def ping(deadline: float = 1.0) -> None:
    HeartbeatPing(SecretUrlParameter(NAME, URLS, aws_clients.ssm), deadline)()


def fails(words: str, deadline: float = 1.0) -> None:
    begun = time.monotonic()
    with pytest.raises(PingFailedError, match=words) as failure:
        ping(deadline)
    assert time.monotonic() - begun < deadline + 1
    assert NAME in str(failure.value)
    keeps_quiet(failure.value, SECRET)


def dripping(connection: socket.socket, _: bytes) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 400:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


@pytest.mark.parametrize("status", ["200 OK", "201 Created", "204 No Content"])
def test_one_get_of_the_address_is_a_sign_of_life(put_parameter: Callable[..., None], status: str) -> None:
    with RawServer(says(answer(status=status, body=b""))) as server:
        put_parameter(NAME, f"{server.url}/{SECRET}?status=up\n")
        ping()
    [request] = server.requests
    assert request.startswith(f"GET /{SECRET}?status=up HTTP/1.1\r\n".encode())


@pytest.mark.parametrize("status", ["302 Found", "404 Not Found", "429 Too Many Requests", "500 Oh"])
def test_any_other_answer_is_a_failure_and_not_retried(
    put_parameter: Callable[..., None], status: str
) -> None:
    with RawServer(says(answer(status=status, body=SECRET.encode()))) as server:
        put_parameter(NAME, f"{server.url}/{SECRET}")
        fails(f"answered {status[:3]}")
    assert len(server.requests) == 1


def test_a_ping_without_an_answer_ends_at_the_deadline(put_parameter: Callable[..., None]) -> None:
    with RawServer(dripping) as server:
        put_parameter(NAME, f"{server.url}/{SECRET}")
        fails("does not answer in time", deadline=0.5)


def test_an_unreachable_address_is_reported_without_the_address(put_parameter: Callable[..., None]) -> None:
    with RawServer(says(b"")) as server:
        address = f"{server.url}/{SECRET}"
    put_parameter(NAME, address)
    fails("the connection to the monitor fails")


def test_an_address_stored_as_an_unencrypted_string_is_refused(put_parameter: Callable[..., None]) -> None:
    put_parameter(NAME, HTTPS, "String")
    fails("stored as an unencrypted String")


@pytest.mark.parametrize("value", [f"http://hc-ping.example.com/{SECRET}", f'"{HTTPS}"', f"{HTTPS}\r\nX: y"])
def test_an_address_without_https_is_refused_and_not_shown(
    put_parameter: Callable[..., None], value: str
) -> None:
    put_parameter(NAME, value)
    fails("does not contain such a URL")


@pytest.mark.usefixtures("aws")
def test_a_missing_parameter_is_named() -> None:
    fails("there is no parameter")


@pytest.mark.usefixtures("aws")
@pytest.mark.parametrize("broken", [error("AccessDeniedException"), {"Parameter": {"Value": HTTPS}}])
def test_an_error_of_aws_is_named_and_shows_no_address(broken: dict[str, object]) -> None:
    with answered(aws_clients.ssm(), "GetParameter", broken):
        fails("AccessDeniedException|KeyError")


@pytest.mark.parametrize(
    ("url", "is_one"),
    [
        (HTTPS, True),
        ("https://example.com:8443/a?b=c&d=e", True),
        ("https://example.com", True),
        ("http://127.0.0.1:80/a", True),
        ("http://localhost/a", True),
        ("", False),
        ("example.com/a", False),
        ("https:///a", False),
        ("http://example.com/a", False),
        ("http://127.0.0.1.example.com/a", False),
        ("http://127.0.0.1@example.com/a", False),
        ("https://user:password@example.com/a", False),
        ("https://example.com:port/a", False),
        ("https://example.com:99999/a", False),
        ("https://[::1/a", False),
        ("https://example.com/a#b", False),
        ("https://example.com/ä", False),
        ("https://example.com/a b", False),
        ("https://example.com/a\x00", False),
        ("file:///etc/passwd", False),
        ("https://example.com/" + "a" * 481, False),
        ("https://example.com/" + "a" * 480, True),
    ],
)
def test_only_https_and_local_addresses_are_pinged(url: str, *, is_one: bool) -> None:
    assert URLS.allows(url) is is_one
