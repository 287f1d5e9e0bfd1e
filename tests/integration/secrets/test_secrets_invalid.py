"""An invalid credential is named by its parameter, is not sent, and is not shown."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING

import pytest

from cloudflare_budgets.adapters.http.client import HttpClient, Request
from tests.integration.hostile.raw_server import RawServer, answer, says
from tests.integration.secrets.credentials import CREDENTIALS
from tests.support.builders import ACCOUNT_ID, PREFIX
from tests.support.canaries import API_KEY, API_TOKEN, KEY_OWNER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.integration.secrets.leaving import Leaving


NAME = f"{PREFIX}/accounts/{ACCOUNT_ID}/api-token"
FLAWS = {
    "a line break within": API_TOKEN[:20] + "\r\nX-Evil: 1\r\n" + API_TOKEN[20:],
    "a blank within": API_TOKEN[:20] + " " + API_TOKEN[20:],
    "smart quotes": f"\u201c{API_TOKEN}\u201d",
    "quotes": f'"{API_TOKEN}"',
    "a word before it": f"Bearer {API_TOKEN}",
    "a NUL": f"{API_TOKEN}\x00",
    "a byte order mark": f"\ufeff{API_TOKEN}",
    "broken JSON": f'{{"email": "{KEY_OWNER}", "api_key": "{API_KEY}"',
    "a key of JSON twice": f'{{"{API_KEY}": "{API_KEY}", "{API_KEY}": 1}}',
    "another key": f'{{"email": "{KEY_OWNER}", "key": "{API_KEY}"}}',
    "no address": f'{{"email": "{API_KEY}", "api_key": "{API_KEY}"}}',
    "a key with a line break": json.dumps({"email": KEY_OWNER, "api_key": f"{API_KEY}\n{API_KEY}"}),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_an_invalid_credential_is_named_by_its_parameter_and_not_sent(
    leaving: Callable[[str, str], Leaving], flaw: str
) -> None:
    with RawServer(says(answer())) as server:
        left = leaving(FLAWS[flaw], server.url)
        assert server.connections == 0
    assert "invalid_account" in left.all_of_it
    assert NAME in left.all_of_it
    left.holds_no_secret()


@pytest.mark.parametrize("around", ["{}\n", " {}", "\t{}\r\n", "\u00a0{}\u2028"])
def test_blanks_around_a_token_are_trimmed_before_it_is_sent(
    leaving: Callable[[str, str], Leaving], around: str
) -> None:
    with RawServer(says(answer())) as server:
        leaving(around.format(API_TOKEN), server.url).holds_no_secret()
        assert f"Authorization: Bearer {API_TOKEN}\r\n".encode() in server.requests[0]


def test_a_credential_stored_as_an_unencrypted_string_is_refused_and_not_shown(
    leaving: Callable[[str, str], Leaving], put_parameter: Callable[..., None]
) -> None:
    put_parameter(f"{PREFIX}/accounts/{ACCOUNT_ID[::-1]}/api-token", API_TOKEN, "String")
    with RawServer(says(answer())) as server:
        left = leaving(CREDENTIALS["key"], server.url)
    assert "stored as an unencrypted String" in left.all_of_it
    left.holds_no_secret()


@pytest.mark.parametrize("name", ["budgets/pasted", "prices"])
@pytest.mark.parametrize("pasted", [*CREDENTIALS.values(), json.dumps(API_TOKEN)])
def test_a_credential_pasted_into_another_parameter_is_not_shown(
    leaving: Callable[[str, str], Leaving],
    put_parameter: Callable[..., None],
    pasted: str,
    name: str,
) -> None:
    put_parameter(f"{PREFIX}/{name}", pasted)
    with RawServer(says(answer())) as server:
        left = leaving(CREDENTIALS["token"], server.url)
    assert f"invalid_{name[:5].rstrip('es')}" in left.all_of_it
    left.holds_no_secret()


def test_the_debug_output_of_http_client_is_always_off(
    leaving: Callable[[str, str], Leaving], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    with RawServer(says(answer())) as server:
        left = leaving(CREDENTIALS["token"], server.url)
        assert len(server.requests) > 0
    left.holds_no_secret()


def test_an_unexpected_error_is_reported_without_the_credential_it_quotes(
    leaving: Callable[[str, str], Leaving], monkeypatch: pytest.MonkeyPatch
) -> None:
    def surprise(_self: HttpClient, request: Request) -> None:
        raise LookupError(f"{request.method} {request.headers}")

    monkeypatch.setattr(HttpClient, "_open", surprise)
    left = leaving(CREDENTIALS["token"], "http://127.0.0.1:1")
    assert "unexpected RuntimeError, see the log" in left.all_of_it
    assert "LookupError: GET {" in left.all_of_it
    left.holds_no_secret()
