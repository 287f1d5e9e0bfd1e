"""What the configuration promises, and how Parameter Store is read."""

from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore
from cloudflare_budgets.configuration_ports import ConfigurationSource
from cloudflare_budgets.domain.budgets.account import (
    Account,
    AccountReference,
    ApiToken,
    InvalidAccount,
    Secret,
)
from tests.integration.aws.parameter_store.parameters import (
    FIRST,
    PARAMETER,
    PREFIX,
    SECOND,
    TOKEN,
    Put,
    token_of,
)
from tests.integration.aws.wire import answered
from tests.support.fakes import FakeConfiguration

if TYPE_CHECKING:
    from collections.abc import Iterator

PRICES = '{"workers_standard_requests": {"price": "0.25 USD"}}'


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
