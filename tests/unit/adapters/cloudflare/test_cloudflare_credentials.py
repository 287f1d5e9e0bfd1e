"""Credentials go into headers, and nowhere else."""

from __future__ import annotations

import json
import traceback

import pytest

from cloudflare_budgets.adapters.cloudflare.credentials import headers_of, masked, refuse_secret
from cloudflare_budgets.domain.budgets.account import ApiToken, Credential, GlobalApiKey, Secret
from cloudflare_budgets.errors import AccessDeniedError, UsageUnavailableError

_TOKEN = "canary-Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY"
_BY_TOKEN = ApiToken(Secret(_TOKEN))
_BY_KEY = GlobalApiKey("user@example.com", Secret("canary144c9defac04969c7bfad8efaa8ea194"))


def test_a_token_is_sent_as_a_bearer_token() -> None:
    assert headers_of(_BY_TOKEN) == {"Authorization": f"Bearer {_TOKEN}"}


def test_a_key_is_sent_with_its_e_mail_address() -> None:
    assert headers_of(_BY_KEY) == {
        "X-Auth-Email": "user@example.com",
        "X-Auth-Key": "canary144c9defac04969c7bfad8efaa8ea194",
    }


@pytest.mark.parametrize("flaw", ["\n", "\r\nX-Evil: 1", " ", "\u201d", "\x00", "\x7f"])
@pytest.mark.parametrize("kind", ["token", "key", "email"])
def test_what_no_header_carries_is_refused_and_not_shown(flaw: str, kind: str) -> None:
    text = f"canary{flaw}canary"
    credential: Credential = (
        ApiToken(Secret(text))
        if kind == "token"
        else GlobalApiKey(text if kind == "email" else "user@example.com", Secret(text))
    )
    with pytest.raises(AccessDeniedError, match="store it again") as refusal:
        headers_of(credential)
    assert "canary" not in "".join(traceback.format_exception(refusal.value))
    assert refusal.value.__context__ is None


def test_an_empty_secret_is_refused() -> None:
    with pytest.raises(AccessDeniedError, match="the API token"):
        headers_of(ApiToken(Secret("")))


@pytest.mark.parametrize("credential", [_BY_TOKEN, _BY_KEY])
def test_a_secret_is_masked_wherever_it_stands_even_cut_off(credential: Credential) -> None:
    secret = (credential.token if isinstance(credential, ApiToken) else credential.api_key).reveal()
    for part in (secret, secret[:30], secret[:8]):
        assert masked(f"a {part}... and {part}", credential) == "a ***... and ***"


def test_other_text_is_left_alone() -> None:
    assert masked("a canary in a mine", _BY_TOKEN) == "a canary in a mine"


@pytest.mark.parametrize("part", [_TOKEN[-8:], _TOKEN[9:30]])
def test_the_middle_and_the_end_of_a_secret_are_masked_too(part: str) -> None:
    assert masked(f"it ends in {part}", _BY_TOKEN) == "it ends in ***"


def test_the_address_that_belongs_to_a_key_is_masked_too() -> None:
    assert masked("user@example.com may not", _BY_KEY) == "*** may not"


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("credential", [_BY_TOKEN, _BY_KEY])
def test_an_answer_that_quotes_the_secret_is_not_read(credential: Credential, size: int) -> None:
    secret = (credential.token if isinstance(credential, ApiToken) else credential.api_key).reveal()
    text = f"some names: {secret}".encode()
    pieces = (text[start : start + size] for start in range(0, len(text), size))
    with pytest.raises(UsageUnavailableError, match="contains the credential") as refusal:
        list(refuse_secret(pieces, credential))
    assert secret not in str(refusal.value)


@pytest.mark.parametrize("size", [1, 5, 7, 1000])
@pytest.mark.parametrize("credential", [_BY_TOKEN, _BY_KEY])
@pytest.mark.parametrize("escape", [r"\u{:04x}", r"\u{:04X}"])
@pytest.mark.parametrize("escaped", [1, 9, 100])
def test_an_answer_that_quotes_the_secret_with_escapes_is_not_read(
    credential: Credential, size: int, escape: str, escaped: int
) -> None:
    secret = (credential.token if isinstance(credential, ApiToken) else credential.api_key).reveal()
    disguised = "".join(escape.format(ord(char)) for char in secret[:escaped]) + secret[escaped:]
    assert json.loads(f'"{disguised}"') == secret
    text = f'{{"name": "\\u00e9 {disguised}"}}'.encode()
    pieces = (text[start : start + size] for start in range(0, len(text), size))
    with pytest.raises(UsageUnavailableError, match="contains the credential"):
        list(refuse_secret(pieces, credential))


def test_escapes_of_other_texts_are_left_alone() -> None:
    pieces = [b'"\\u0063\\u00e9', b'anary \\u0063"']
    assert list(refuse_secret(iter(pieces), _BY_TOKEN)) == pieces


def test_an_answer_that_names_the_owner_as_accounts_do_is_read() -> None:
    pieces = [b"user@example.com's", b" Account"]
    assert list(refuse_secret(iter(pieces), _BY_KEY)) == pieces
