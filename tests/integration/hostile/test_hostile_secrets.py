"""Credentials are sent only to their own server, and never shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.domain.budgets.account import GlobalApiKey, Secret
from cloudflare_budgets.errors import (
    AccessDeniedError,
    AccountUnknownError,
    UsageRefusedError,
    UsageUnavailableError,
)
from tests.integration.hostile.deadlines import ACCOUNT_ID, CANARY, Reader
from tests.integration.hostile.raw_server import RawServer, answer, says

if TYPE_CHECKING:
    from tests.integration.hostile.raw_server import Conversation

_GOOD = says(answer())


def test_a_redirect_does_not_forward_a_key() -> None:
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
        UsageUnavailableError,
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
        UsageUnavailableError,
    ),
    "as a row": (says(answer(json.dumps({"result": [CANARY]}).encode())), UsageUnavailableError),
    "as a key, twice": (
        says(answer(f'{{"result":[{{"{CANARY}":1,"{CANARY}":1}}]}}'.encode())),
        UsageUnavailableError,
    ),
}


@pytest.mark.parametrize("echo", _ECHOES)
def test_a_secret_that_a_server_sends_back_is_not_shown(echo: str) -> None:
    conversation, error = _ECHOES[echo]
    with RawServer(conversation) as server:
        Reader(server.url).is_refused(error, "Cloudflare")  # type: ignore[arg-type]
        assert b"Authorization: Bearer " + CANARY.encode() in server.requests[0]


def test_a_token_that_is_invalid_in_a_header_is_not_sent() -> None:
    with RawServer(_GOOD) as server:
        Reader(server.url, token=f"{CANARY}\r\nX-Evil: 1").is_refused(AccessDeniedError, "store it again")
        assert server.connections == 0


@pytest.mark.parametrize(
    "account_id", ["", "abc", "../user/tokens", ACCOUNT_ID.upper(), ACCOUNT_ID + "\n", "0" * 33]
)
def test_an_invalid_account_id_is_not_put_into_an_address(account_id: str) -> None:
    with RawServer(_GOOD) as server:
        Reader(server.url, account_id=account_id).is_refused(AccountUnknownError, "is not an account id")
        assert server.connections == 0
