"""The accounts that the doctor examines: own and shared tokens, the age of usage, and the comparison."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.domain.budgets.account import ApiToken, Secret
from cloudflare_budgets_cli.settings import Settings
from cloudflare_budgets_cli.stack.doctor import accounts as module
from cloudflare_budgets_cli.stack.doctor.accounts import accounts
from cloudflare_budgets_cli.stack.doctor.examined import Examined
from cloudflare_budgets_cli.stack.session import Aws
from local.cloudflare.accounts.self_serve import SELF_SERVE
from local.cloudflare.server import LocalCloudflare
from tests.integration.cli.conftest import AS_OF, Run

ROOT = "/cloudflare-budgets"
OTHER = replace(SELF_SERVE, id="f" * 32, name="Another Account")
TOKEN = SELF_SERVE.credentials.token
Examine = Callable[..., Sequence[Examined]]


@pytest.fixture
def examine(run: Run, table_name: str, monkeypatch: pytest.MonkeyPatch) -> Examine:  # noqa: ARG001 - it prepares the folder
    """Return a function that examines the accounts of a local Cloudflare as of an instant."""

    def examined(as_of: datetime = AS_OF, most: int = 100, **parameters: str) -> Sequence[Examined]:
        with LocalCloudflare(now=AS_OF, accounts=[SELF_SERVE, OTHER]) as server:
            monkeypatch.setenv("CLOUDFLARE_API_URL", server.url)
            aws = Aws(Settings(region="eu-west-1", as_of=as_of))
            aws.__dict__["stack"] = {
                "StackStatus": "CREATE_COMPLETE",
                "Outputs": [{"OutputKey": "AlertTableName", "OutputValue": table_name}],
                "Parameters": [
                    {"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()
                ],
            }
            return list(accounts(aws, most))

    return examined


def store_own(put_parameter: Callable[..., None]) -> None:
    put_parameter(f"{ROOT}/accounts/{SELF_SERVE.id}/api-token", TOKEN, "SecureString")


def test_an_account_has_a_token_an_age_and_a_comparison(
    examine: Examine, put_parameter: Callable[..., None]
) -> None:
    store_own(put_parameter)
    token, usage, analytics = examine()
    assert token.part == f"token {SELF_SERVE.id}"
    assert "reads analytics" in token.found
    assert usage.found.startswith("billed through ")
    assert analytics.found.startswith("ran at ")
    assert " of billed over " in analytics.found
    assert [token.advice, usage.advice, analytics.advice] == ["", "", ""]


def test_usage_that_is_too_old_is_reported(examine: Examine, put_parameter: Callable[..., None]) -> None:
    store_own(put_parameter)
    usage = examine(AS_OF + timedelta(days=4))[1]
    assert " hours old" in usage.found
    assert usage.advice


def test_analytics_that_are_switched_off_are_not_compared(
    examine: Examine, put_parameter: Callable[..., None]
) -> None:
    store_own(put_parameter)
    assert [each.part.partition(" ")[0] for each in examine(FreshUsage="off")] == ["token", "usage"]


def test_the_accounts_of_a_shared_token_are_examined(
    examine: Examine, put_parameter: Callable[..., None]
) -> None:
    document = json.dumps({"token": TOKEN, "accounts": ["*"]})
    put_parameter(f"{ROOT}/tokens/all", document, "SecureString")
    parts = [each.part for each in examine()]
    assert f"token {SELF_SERVE.id}" in parts
    assert f"token {OTHER.id}" in parts


def test_of_many_accounts_the_first_ones_are_examined(
    examine: Examine, put_parameter: Callable[..., None]
) -> None:
    document = json.dumps({"token": TOKEN, "accounts": ["*"]})
    put_parameter(f"{ROOT}/tokens/all", document, "SecureString")
    found = "1 of 2 examined, 1 without a finding; all of them: doctor --accounts 2"
    assert examine(most=1)[-1] == Examined("accounts", found)


def test_many_accounts_without_a_finding_are_counted(
    examine: Examine, put_parameter: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LISTED", 1)
    document = json.dumps({"token": TOKEN, "accounts": ["*"]})
    put_parameter(f"{ROOT}/tokens/all", document, "SecureString")
    assert examine() == [Examined("accounts", "2 of 2 examined, 2 without a finding")]
    *parts, summary = examine(AS_OF + timedelta(days=4))
    assert {each.part for each in parts} >= {f"usage {SELF_SERVE.id}", f"usage {OTHER.id}"}
    assert summary.found == "2 of 2 examined, 0 without a finding"


def test_accounts_whose_token_reached_its_limit_are_not_examined(
    examine: Examine, put_parameter: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def pacer() -> Pacer:
        found = Pacer(clock=lambda: Clock(now=AS_OF.timestamp))
        found.park(ApiToken(Secret(TOKEN)), 240)
        return found

    monkeypatch.setattr(module, "Pacer", pacer)
    store_own(put_parameter)
    [found] = examine()
    assert found.found == "0 of 1 examined, 0 without a finding"
    assert found.advice == "Cloudflare's limit of requests is reached: run doctor again after 10:04 UTC"


def test_tokens_that_cannot_be_used_are_reported_without_their_value(
    examine: Examine, put_parameter: Callable[..., None]
) -> None:
    put_parameter(f"{ROOT}/accounts/{SELF_SERVE.id}/api-token", "y" * 40, "SecureString")
    put_parameter(f"{ROOT}/tokens/all", '{"token": "zzzzzzzz"}', "SecureString")
    found = {each.part: each for each in examine()}
    assert found[f"token {SELF_SERVE.id}"].found == "refused"
    assert found[f"{ROOT}/tokens/all"].found == "invalid"
    texts = str(found)
    assert "y" * 8 not in texts
    assert "zzzzzzzz" not in texts


def test_without_a_token_the_command_that_stores_one_is_named(examine: Examine) -> None:
    [found] = examine()
    assert "cloudflare-budgets account add" in found.advice
