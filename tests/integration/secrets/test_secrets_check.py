"""A credential of Cloudflare stays within: the real handler, at DEBUG, and a server that sends it back."""

from __future__ import annotations

import json
import socket
from typing import TYPE_CHECKING

import pytest

from tests.integration.hostile.raw_server import RawServer, answer, says
from tests.integration.secrets.credentials import CREDENTIALS
from tests.support.builders import ACCOUNT_ID
from tests.support.canaries import given_away

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.hostile.raw_server import Conversation
    from tests.integration.secrets.leaving import Leaving


def secret_lines(head: bytes) -> str:
    lines = head.decode("latin-1").split("\r\n")
    return "; ".join(line for line in lines if line.startswith(("Authorization", "X-Auth")))


def echoes(status: str, shape: Callable[[str], str]) -> Conversation:
    """Answer with the credential's headers in the body."""
    return lambda connection, head: connection.sendall(
        answer(shape(secret_lines(head)).encode(), "Connection: close", status=status)
    )


def in_an_error(text: str) -> str:
    return json.dumps({"success": False, "errors": [{"code": 9109, "message": text}], "result": None})


def only_the_end(text: str) -> str:
    return in_an_error("your key ends in " + text[-20:])


def in_quotes(text: str) -> str:
    return in_an_error("' '".join(text[start : start + 9] for start in range(0, len(text), 9)))


def in_the_rows(text: str) -> str:
    row = {
        "ChargePeriodStart": "2026-11-21T00:00:00Z",
        "ChargePeriodEnd": "2026-11-22T00:00:00Z",
        "ConsumedQuantity": 200,
        "ConsumedUnit": "Requests",
        "BillingAccountId": ACCOUNT_ID,
        "BillingAccountName": text,
        "ChargeCategory": "Usage",
        "BilledCost": 2,
        "BillingCurrency": "USD",
        "BillingPeriodStart": "2026-11-01T00:00:00Z",
        "BillingPeriodEnd": "2026-12-01T00:00:00Z",
        "x_BillableMetricId": text,
        "x_BillableMetricName": text,
        "x_ProductFamilyName": text,
        "x_ZoneName": text,
    }
    return json.dumps({"success": True, "errors": [], "messages": [], "result": [row]})


def header_echo(form: str) -> Conversation:
    def conversation(connection: socket.socket, head: bytes) -> None:
        connection.sendall(form.replace("<>", secret_lines(head)).encode("latin-1"))
        connection.shutdown(socket.SHUT_RDWR)

    return conversation


CONVERSATIONS: dict[str, Conversation] = {
    **{
        f"an error with status {status}": echoes(status, in_an_error)
        for status in ("200 OK", "403 No", "404 No", "429 Slow", "503 Oh")
    },
    "the end of it": echoes("403 No", only_the_end),
    "in an HTML page": echoes("200 OK", lambda text: f"<html>{text}</html>"),
    "in place of a message": echoes("403 No", lambda text: text),
    "in every name of a row": echoes("200 OK", in_the_rows),
    "in the status line": header_echo("HTTP/1.1 200 <>\r\nContent-Length: 0\r\n\r\n"),
    "in place of the status": header_echo("<>\r\n\r\n"),
    "in an invalid header": header_echo("HTTP/1.1 200 OK\r\n<>\r\n no header <>\r\n\r\n"),
    "in a header cut off": header_echo("HTTP/1.1 200 OK\r\nbroken <>\r\nX: <>"),
    "in a chunk's size": header_echo("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n<>\r\n"),
    "in a redirection": header_echo("HTTP/1.1 302 <>\r\nLocation: /<>\r\nContent-Length: 0\r\n\r\n"),
    "silence": says(),
}


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("conversation", CONVERSATIONS)
def test_an_echoed_credential_is_not_shown(
    leaving: Callable[[str, str], Leaving], credential: str, conversation: str
) -> None:
    with RawServer(CONVERSATIONS[conversation]) as server:
        left = leaving(CREDENTIALS[credential], server.url)
        assert given_away(b"".join(server.requests).decode("latin-1")) != []  # it was sent
    left.holds_no_secret()


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_redirect_does_not_forward_a_credential(
    leaving: Callable[[str, str], Leaving], credential: str
) -> None:
    with RawServer(says(answer())) as other:
        away = answer(b"", f"Location: {other.url}/", status="307 Away")
        with RawServer(says(away)) as server:
            left = leaving(CREDENTIALS[credential], server.url)
        assert other.connections == 0
    assert "redirects are not followed" in left.all_of_it
    left.holds_no_secret()


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_server_without_a_valid_certificate_gets_no_credential(
    leaving: Callable[[str, str], Leaving], credential: str
) -> None:
    with RawServer(says(answer(status="400 Bad")), until=b"\x16\x03") as server:
        left = leaving(CREDENTIALS[credential], server.url.replace("http:", "https:"))
        assert given_away(b"".join(server.requests).decode("latin-1")) == []
    assert "no secure connection" in left.all_of_it
    left.holds_no_secret()
