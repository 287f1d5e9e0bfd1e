"""What the configuration promises, and how Parameter Store is read."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore
from cloudflare_budgets.domain.budgets.account import (
    Account,
    AccountReference,
    ApiToken,
    InvalidAccount,
    Secret,
)
from cloudflare_budgets.errors import RetryableError
from cloudflare_budgets.ports import ConfigurationSource
from tests.integration.aws.wire import answered, error, timeout, wire_of
from tests.support.fakes import FakeConfiguration

PREFIX = "/cloudflare-budgets"
FIRST, SECOND = "023e105f4ecef8ad9ca31a8372d0c353", "f23e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "Sn3lZJTBX6kkg7OdcBUAxOO963GEIyGQqnFTOFYY"
PARAMETER = f"{PREFIX}/accounts/{FIRST}/api-token"
PRICES = '{"workers_standard_requests": {"price": "0.25 USD"}}'
Put = Callable[..., None]


@pytest.fixture
def store(aws: None) -> ParameterStore:  # noqa: ARG001
    return ParameterStore(PREFIX, aws_clients.ssm)


@pytest.fixture(params=["fake", "ssm"])
def configured(request: pytest.FixtureRequest) -> ConfigurationSource:
    """Two accounts, two budgets and own prices."""
    if request.param == "fake":
        accounts = [Account(each, ApiToken(Secret(TOKEN))) for each in (FIRST, SECOND)]
        return FakeConfiguration(accounts, {"all": "{}", "workers": '{"limit": "50 USD"}'}, PRICES)
    put: Put = request.getfixturevalue("put_parameter")
    for each in (SECOND, FIRST):
        put(f"{PREFIX}/accounts/{each}/api-token", TOKEN)
    put(f"{PREFIX}/budgets/workers", '{"limit": "50 USD"}', "String")
    put(f"{PREFIX}/budgets/all", "{}", "String")
    put(f"{PREFIX}/prices", PRICES, "String")
    store: ParameterStore = request.getfixturevalue("store")
    return store


def test_every_account_has_its_token(configured: ConfigurationSource) -> None:
    accounts = configured.accounts()
    assert [(each.account_id, token_of(each)) for each in accounts] == [(FIRST, TOKEN), (SECOND, TOKEN)]


def test_accounts_are_listed_without_their_tokens(configured: ConfigurationSource) -> None:
    listed = configured.references()
    assert [(each.account_id, each.token) for each in listed if isinstance(each, AccountReference)] == [
        (FIRST, PARAMETER),
        (SECOND, f"{PREFIX}/accounts/{SECOND}/api-token"),
    ]


def test_one_account_is_read_with_its_token(configured: ConfigurationSource) -> None:
    account = configured.account(AccountReference(FIRST, PARAMETER))
    assert (account.account_id, token_of(account)) == (FIRST, TOKEN)


def test_budgets_are_named_by_their_parameter(configured: ConfigurationSource) -> None:
    assert configured.budget_documents() == {"all": "{}", "workers": '{"limit": "50 USD"}'}


def test_price_overrides_are_one_document(configured: ConfigurationSource) -> None:
    assert configured.price_document() == PRICES


def token_of(account: Account | InvalidAccount) -> str:
    assert isinstance(account, Account)
    assert isinstance(account.credential, ApiToken)
    return account.credential.token.reveal()


# ---- Parameter Store alone ----


def test_an_empty_store_has_neither_accounts_nor_budgets_nor_prices(store: ParameterStore) -> None:
    assert store.accounts() == []
    assert store.budget_documents() == {}
    assert store.price_document() is None


def test_nothing_outside_the_prefix_is_read(store: ParameterStore, put_parameter: Put) -> None:
    put_parameter(f"{PREFIX}-two/accounts/{FIRST}/api-token", TOKEN)
    put_parameter(f"{PREFIX}/slack/webhook-url", "https://hooks.example/secret")
    put_parameter(f"{PREFIX}/budgets-of-others", "{}", "String")
    put_parameter(f"{PREFIX}-two/prices", PRICES, "String")
    put_parameter(f"{PREFIX}/prices/of-others", PRICES, "String")
    assert store.accounts() == []
    assert store.budget_documents() == {}
    assert store.price_document() is None


def test_every_page_is_read(store: ParameterStore, put_parameter: Put) -> None:
    for number in range(23):
        put_parameter(f"{PREFIX}/budgets/b{number:02}", "{}", "String")
    assert list(store.budget_documents()) == [f"b{number:02}" for number in range(23)]


def test_an_empty_page_is_not_the_end(store: ParameterStore) -> None:
    parameter = {"Name": f"{PREFIX}/budgets/late", "Type": "String", "Value": "{}"}
    pages: Iterator[dict[str, Any]] = iter(
        [
            {"Parameters": [], "NextToken": "more"},
            {"Parameters": [], "NextToken": "even more"},
            {"Parameters": [parameter]},
        ]
    )
    with answered(aws_clients.ssm(), "GetParametersByPath", lambda: next(pages)):
        assert store.budget_documents() == {"late": "{}"}


def test_a_budget_in_a_folder_preserves_the_folder_in_its_name(
    store: ParameterStore, put_parameter: Put
) -> None:
    put_parameter(f"{PREFIX}/budgets/team/workers", "{}", "String")
    assert store.budget_documents() == {"team/workers": "{}"}


def test_a_budget_may_be_a_secure_string(store: ParameterStore, put_parameter: Put) -> None:
    put_parameter(f"{PREFIX}/budgets/workers", "{}")
    assert store.budget_documents() == {"workers": "{}"}


def test_price_overrides_may_be_a_secure_string(store: ParameterStore, put_parameter: Put) -> None:
    put_parameter(f"{PREFIX}/prices", PRICES)
    assert store.price_document() == PRICES


def test_a_token_stored_as_an_unencrypted_string_is_refused(
    store: ParameterStore, put_parameter: Put
) -> None:
    put_parameter(PARAMETER, TOKEN, "String")
    [refusal] = store.accounts()
    assert isinstance(refusal, InvalidAccount)
    assert refusal.parameter == PARAMETER


def test_one_bad_account_does_not_stop_the_others(store: ParameterStore, put_parameter: Put) -> None:
    put_parameter(PARAMETER, "short")
    put_parameter(f"{PREFIX}/accounts/{SECOND}/api-token", TOKEN)
    bad, good = store.accounts()
    assert isinstance(bad, InvalidAccount)
    assert token_of(good) == TOKEN


def test_every_run_reads_the_parameters_again_so_a_rotated_token_is_used(
    store: ParameterStore, put_parameter: Put
) -> None:
    put_parameter(PARAMETER, TOKEN)
    store.accounts()
    aws_clients.ssm().put_parameter(Name=PARAMETER, Value="n" * 40, Type="SecureString", Overwrite=True)
    assert token_of(store.accounts()[0]) == "n" * 40


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


@contextlib.contextmanager
def undecryptable(name: str, code: str) -> Iterator[None]:
    """Let SSM fail to decrypt each parameter whose name starts so."""

    def refuse(params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - botocore's
        asked = params.get("Path") or params["Name"]
        if params.get("WithDecryption") and (name.startswith(asked) or asked.startswith(name)):
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, model.name)

    events = aws_clients.ssm().meta.events
    events.register("before-parameter-build.ssm", refuse)
    yield
    events.unregister("before-parameter-build.ssm", refuse)
