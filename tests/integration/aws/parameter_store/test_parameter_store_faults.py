"""Parameters that cannot be read or decrypted are never read as missing."""

from typing import Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore
from cloudflare_budgets.domain.budgets.account import (
    AccountReference,
    InvalidAccount,
)
from cloudflare_budgets.errors import RetryableError
from tests.integration.aws.parameter_store.parameters import (
    FIRST,
    PARAMETER,
    PREFIX,
    SECOND,
    TOKEN,
    Put,
    token_of,
    undecryptable,
)
from tests.integration.aws.wire import answered, error, timeout, wire_of


@pytest.fixture
def store(aws: None) -> ParameterStore:  # noqa: ARG001
    return ParameterStore(PREFIX, aws_clients.ssm)


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "InvalidKeyId"])
def test_an_error_names_the_path_and_the_code(store: ParameterStore, code: str) -> None:
    with answered(aws_clients.ssm(), "GetParametersByPath", error(code)):
        with pytest.raises(RetryableError, match=f"below {PREFIX}/accounts: {code}$"):
            store.accounts()
        with pytest.raises(RetryableError, match=f"below {PREFIX}/budgets: {code}$"):
            store.budget_documents()


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException", "InvalidKeyId"])
def test_an_error_is_never_read_as_missing_price_overrides(store: ParameterStore, code: str) -> None:
    with (
        answered(aws_clients.ssm(), "GetParameter", error(code)),
        pytest.raises(RetryableError, match=f"the parameter {PREFIX}/prices: {code}$"),
    ):
        store.price_document()


@pytest.mark.parametrize(
    "answer",
    [{}, {"Parameter": {}}, {"Parameter": {"Name": f"{PREFIX}/prices", "Type": "String", "Value": 5}}],
)
def test_an_invalid_answer_about_price_overrides_is_an_error(
    store: ParameterStore, answer: dict[str, Any]
) -> None:
    with (
        answered(aws_clients.ssm(), "GetParameter", answer),
        pytest.raises(RetryableError) as raised,
    ):
        store.price_document()
    assert raised.value.__suppress_context__
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"Parameters": [{"Name": PARAMETER, "Type": "SecureString"}]},
        {"Parameters": [{"Type": "SecureString", "Value": TOKEN}]},
        {"Parameters": [], "NextToken": "the same again"},
    ],
)
def test_an_invalid_answer_is_never_an_empty_configuration(
    store: ParameterStore, answer: dict[str, Any]
) -> None:
    with (
        answered(aws_clients.ssm(), "GetParametersByPath", answer),
        pytest.raises(RetryableError) as raised,
    ):
        store.accounts()
    assert raised.value.__suppress_context__
    assert raised.value.__cause__ is None
    assert TOKEN not in str(raised.value)


def test_a_request_without_an_answer_is_sent_three_times(store: ParameterStore, no_backoff: None) -> None:  # noqa: ARG001
    with wire_of(aws_clients.ssm()) as wire:
        wire.before["GetParametersByPath"] = [timeout()] * 3
        with pytest.raises(RetryableError, match="ReadTimeoutError"):
            store.accounts()
    assert wire.sent == ["GetParametersByPath"] * 3


def test_a_request_for_price_overrides_without_an_answer_is_sent_three_times(
    store: ParameterStore,
    no_backoff: None,  # noqa: ARG001
) -> None:
    with wire_of(aws_clients.ssm()) as wire:
        wire.before["GetParameter"] = [timeout()] * 3
        with pytest.raises(RetryableError, match="ReadTimeoutError"):
            store.price_document()
    assert wire.sent == ["GetParameter"] * 3


@pytest.mark.parametrize("code", ["InvalidKeyId", "AccessDeniedException", "KMSInvalidStateException"])
def test_a_token_that_cannot_be_decrypted_does_not_hide_the_other_accounts(
    store: ParameterStore, put_parameter: Put, code: str
) -> None:
    put_parameter(PARAMETER, TOKEN)
    put_parameter(f"{PREFIX}/accounts/{SECOND}/api-token", TOKEN)
    with undecryptable(PARAMETER, code):
        broken, whole = store.accounts()
    assert isinstance(broken, InvalidAccount)
    assert (broken.account_id, broken.parameter) == (FIRST, PARAMETER)
    assert broken.reason == (
        f"it cannot be decrypted: {code}; check its KMS key, and that the function may use the key"
    )
    assert token_of(whole) == TOKEN


def test_listing_accounts_decrypts_no_token(store: ParameterStore, put_parameter: Put) -> None:
    put_parameter(PARAMETER, TOKEN)
    with undecryptable(PREFIX, "AccessDeniedException"):
        assert store.references() == [AccountReference(FIRST, PARAMETER)]


def test_an_account_whose_token_is_unencrypted_is_listed_as_invalid(
    store: ParameterStore, put_parameter: Put
) -> None:
    put_parameter(PARAMETER, TOKEN, "String")
    [found] = store.references()
    assert isinstance(found, InvalidAccount)
    assert "unencrypted String" in found.reason


def test_one_account_whose_token_cannot_be_decrypted_is_invalid(
    store: ParameterStore, put_parameter: Put
) -> None:
    put_parameter(PARAMETER, TOKEN)
    with undecryptable(PARAMETER, "InvalidKeyId"):
        found = store.account(AccountReference(FIRST, PARAMETER))
    assert isinstance(found, InvalidAccount)
    assert found.reason.startswith("it cannot be decrypted: InvalidKeyId")


def test_where_no_token_can_be_decrypted_the_run_fails_and_is_repeated(
    store: ParameterStore, put_parameter: Put
) -> None:
    put_parameter(PARAMETER, TOKEN)
    with (
        undecryptable(PREFIX, "AccessDeniedException"),
        pytest.raises(RetryableError, match="below /cloudflare-budgets/accounts: AccessDeniedException"),
    ):
        store.accounts()
