"""A parameter below `accounts/`: what is a credential, and what is refused without showing it."""

import json

import pytest

from cloudflare_budgets.adapters.aws.accounts.credentials import read_account
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, GlobalApiKey, InvalidAccount
from tests.support.builders import ACCOUNT_ID, PREFIX

PATH = f"{PREFIX}/accounts"
PARAMETER = f"{PATH}/{ACCOUNT_ID}/api-token"
TOKEN = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY"
CANARY = "c4n4ry"


def refusal(value: str, name: str = PARAMETER, kind: str = "SecureString") -> InvalidAccount:
    found = read_account(PATH, name, kind, value)
    assert isinstance(found, InvalidAccount)
    assert found.parameter == name
    for secret in (CANARY, TOKEN[:6], TOKEN[-6:]):
        assert secret not in repr(found)
    return found


@pytest.mark.parametrize("value", [TOKEN, f" {TOKEN}\r\n", "_" * 20, "-" * 200])
def test_a_token_is_read_without_the_white_space_around_it(value: str) -> None:
    account = read_account(PATH, PARAMETER, "SecureString", value)
    assert isinstance(account, Account)
    assert account.account_id == ACCOUNT_ID
    assert isinstance(account.credential, ApiToken)
    assert account.credential.token.reveal() == value.strip()


def test_an_account_does_not_show_its_token() -> None:
    assert TOKEN not in repr(read_account(PATH, PARAMETER, "SecureString", TOKEN))


def test_the_global_api_key_is_sent_with_its_email() -> None:
    value = json.dumps({"email": "me@example.com", "api_key": "0" * 37}) + "\n"
    account = read_account(PATH, PARAMETER, "SecureString", value)
    assert isinstance(account, Account)
    assert isinstance(account.credential, GlobalApiKey)
    assert account.credential.email == "me@example.com"
    assert account.credential.api_key.reveal() == "0" * 37


NO_TOKEN = [
    (f"{CANARY}{'x' * 13}", "it is too short or too long for a token"),
    (f"{CANARY}{'x' * 195}", "it is too short or too long for a token"),
    (" \n", "it is empty"),
]
NO_TOKEN += [
    (value, "it contains characters that a token cannot have")
    for value in (
        f"Bearer {CANARY}{TOKEN}",
        f'"{CANARY}{TOKEN}"',
        f'["{CANARY}{TOKEN}"]',
        f"{CANARY}\n{TOKEN}",
        f"{CANARY}\r\nX-Other: {TOKEN}",
        f"\u201c{CANARY}{TOKEN}\u201d",
        f"{CANARY}{TOKEN}\u0660",
    )
]
NO_KEY = [
    (f'{{"{CANARY}{TOKEN}": ', 'it starts with "{" but is not valid JSON'),
    (f'{{"api_key": "{CANARY}", "api_key": "{TOKEN}"}}', 'it starts with "{" but is not valid JSON'),
    ('{"a":' * 100_000, 'it starts with "{" but is not valid JSON'),
    (f'{{"token": "{CANARY}{TOKEN}"}}', 'whose keys are not exactly "email" and "api_key"'),
    (
        f'{{"email": "a@example.com", "{CANARY}": "{TOKEN}"}}',
        'whose keys are not exactly "email" and "api_key"',
    ),
    (f'{{"email": "{CANARY}", "api_key": "{TOKEN}"}}', '"email" is not an e-mail address'),
    (f'{{"email": "{CANARY}\\r\\n@b.c", "api_key": "{TOKEN}"}}', '"email" is not an e-mail address'),
    (f'{{"email": ["{CANARY}"], "api_key": "{TOKEN}"}}', '"email" is not an e-mail address'),
    (f'{{"email": "a@example.com", "api_key": "{CANARY}"}}', '"api_key" is not a Cloudflare API key'),
    ('{"email": "a@example.com", "api_key": 1}', '"api_key" is not a Cloudflare API key'),
]


@pytest.mark.parametrize(("value", "reason"), NO_TOKEN + NO_KEY, ids=lambda text: ascii(text[:30]))
def test_a_value_that_is_no_credential_is_refused_in_words_and_without_showing_it(
    value: str, reason: str
) -> None:
    found = refusal(value)
    assert reason in found.reason
    assert 'expected a Cloudflare API token (20 to 200 letters, digits, "-" and "_"' in found.reason
    assert found.account_id == ACCOUNT_ID


@pytest.mark.parametrize("kind", ["String", "StringList"])
def test_a_token_stored_as_an_unencrypted_string_is_refused(kind: str) -> None:
    found = refusal(TOKEN, kind=kind)
    assert f"it is stored as an unencrypted {kind}" in found.reason
    assert "store a new one as a SecureString" in found.reason


@pytest.mark.parametrize(
    ("below", "account_id"),
    [
        (f"{ACCOUNT_ID}/api-token-next", ACCOUNT_ID),
        (f"{ACCOUNT_ID}/api-token/old", ACCOUNT_ID),
        (f"{ACCOUNT_ID}/API-TOKEN", ACCOUNT_ID),
        (ACCOUNT_ID, ACCOUNT_ID),
        (f"{ACCOUNT_ID.upper()}/api-token", None),
        (f"{ACCOUNT_ID[:-1]}/api-token", None),
        (f"{ACCOUNT_ID}0/api-token", None),
        ("api-token", None),
    ],
)
def test_a_parameter_that_nothing_reads_is_reported(below: str, account_id: str | None) -> None:
    found = refusal(TOKEN, name=f"{PATH}/{below}")
    assert found.account_id == account_id
    assert "expected accounts/<account_id>/api-token" in found.reason
