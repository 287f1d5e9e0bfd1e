"""Parameters of tokens for many accounts."""

import json

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore
from cloudflare_budgets.domain.budgets.account import (
    AccountReference,
    InvalidAccount,
    SharedToken,
    SharedTokenReference,
)
from tests.integration.aws.parameter_store.parameters import (
    FIRST,
    PREFIX,
    SECOND,
    SHARED,
    TOKEN,
    Put,
    token_of,
    undecryptable,
)


@pytest.fixture
def store(aws: None) -> ParameterStore:  # noqa: ARG001
    return ParameterStore(PREFIX, aws_clients.ssm)


def test_tokens_for_many_accounts_are_listed_with_their_version(
    store: ParameterStore, put_parameter: Put
) -> None:
    put_parameter(SHARED, json.dumps({"token": TOKEN, "accounts": ["*"]}))
    changed = json.dumps({"token": TOKEN, "accounts": [FIRST]})
    aws_clients.ssm().put_parameter(Name=SHARED, Value=changed, Overwrite=True)
    put_parameter(f"{PREFIX}/tokens/open", "{}", "String")
    with undecryptable(PREFIX, "AccessDeniedException"):
        found, unencrypted = store.shared_tokens()
    assert found == SharedTokenReference(SHARED, 2)
    assert isinstance(unencrypted, InvalidAccount)
    assert "unencrypted String" in unencrypted.reason


def test_a_token_for_many_accounts_is_read_with_its_selection(
    store: ParameterStore, put_parameter: Put
) -> None:
    put_parameter(SHARED, json.dumps({"token": TOKEN, "accounts": ["Prod-*", FIRST]}))
    found = store.shared_token(SHARED)
    assert isinstance(found, SharedToken)
    assert found.accounts == ("Prod-*", FIRST)
    assert TOKEN not in repr(found)
    account = store.account(AccountReference(SECOND, SHARED, "Prod-Shop"))
    assert (account.account_id, account.name, token_of(account)) == (SECOND, "Prod-Shop", TOKEN)


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (TOKEN, "it is not valid JSON"),
        ("[]", "keys are exactly"),
        (json.dumps({"token": TOKEN}), "keys are exactly"),
        (json.dumps({"token": TOKEN, "accounts": ["*"], "name": "x"}), "keys are exactly"),
        (json.dumps({"token": f"{TOKEN} x", "accounts": ["*"]}), '"token": it contains characters'),
        (json.dumps({"token": 7, "accounts": ["*"]}), '"token": it is not a text'),
        (json.dumps({"token": TOKEN, "accounts": []}), "not a list of 1 to"),
        (json.dumps({"token": TOKEN, "accounts": "*"}), "not a list of 1 to"),
        (json.dumps({"token": TOKEN, "accounts": ["Prod"]}), "neither an account id nor a pattern"),
        (json.dumps({"token": TOKEN, "accounts": [7]}), "neither an account id nor a pattern"),
    ],
)
def test_an_invalid_token_for_many_accounts_says_why_without_the_token(
    store: ParameterStore, put_parameter: Put, value: str, fault: str
) -> None:
    put_parameter(SHARED, value)
    found = store.shared_token(SHARED)
    assert isinstance(found, InvalidAccount)
    assert found.parameter == SHARED
    assert fault in found.reason
    assert TOKEN not in found.reason


def test_a_parameter_below_a_token_for_many_accounts_is_reported(
    store: ParameterStore, put_parameter: Put
) -> None:
    put_parameter(f"{SHARED}/more", "{}")
    [found] = store.shared_tokens()
    assert isinstance(found, InvalidAccount)
    assert "expected tokens/<name>" in found.reason


def test_one_token_for_many_accounts_that_cannot_be_decrypted_is_invalid(
    store: ParameterStore, put_parameter: Put
) -> None:
    put_parameter(SHARED, json.dumps({"token": TOKEN, "accounts": ["*"]}))
    with undecryptable(SHARED, "InvalidKeyId"):
        found = store.shared_token(SHARED)
    assert isinstance(found, InvalidAccount)
    assert found.reason.startswith("it cannot be decrypted: InvalidKeyId")
