"""Budgets for several accounts, and tokens for many accounts, at the command line."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cloudflare_budgets_cli.stack.session import Aws
from local.cloudflare.accounts.agency import agency
from local.cloudflare.server import LocalCloudflare
from tests.integration.cli.conftest import AS_OF, Run

ROOT = "/cloudflare-budgets"
ACCOUNTS = agency(4)
TOKEN = ACCOUNTS[0].credentials.token


@pytest.fixture(autouse=True)
def _agency(run: Run, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # noqa: ARG001 - it sets variables
    with LocalCloudflare(now=AS_OF, accounts=ACCOUNTS) as cloudflare:
        monkeypatch.setenv("CLOUDFLARE_API_URL", cloudflare.url)
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", TOKEN)
        monkeypatch.delenv("CLOUDFLARE_ACCOUNT_ID")
        yield


def write(**budgets: str) -> None:
    documents = {name: {"limit": "100000 USD", "account_id": target} for name, target in budgets.items()}
    Path("budgets.yaml").write_text(json.dumps({"budgets": documents}))


def checked(run: Run) -> dict[str, list[str]]:
    found = run("-o", "json", "check")
    assert found.stdout, (found.stderr, found.exception)
    names = {each.id: each.name for each in ACCOUNTS}
    return {
        names[each["account_id"]]: [budget["name"] for budget in each["budgets"]]
        for each in json.loads(found.stdout)["accounts"]
    }


def test_a_check_judges_each_matching_account_by_itself(run: Run) -> None:
    write(each="*", prod="prod-*", one=ACCOUNTS[1].id)
    assert checked(run) == {
        "Prod-0001": ["each", "prod"],
        "Stage-0002": ["each", "one"],
        "Test-0003": ["each"],
        "Prod-0004": ["each", "prod"],
    }


def test_a_pattern_without_a_match_is_a_finding_that_names_the_nearest_accounts(run: Run) -> None:
    write(wrong="Stagee*")
    found = run("-o", "json", "check")
    (problem,) = json.loads(found.stdout)["problems"]
    assert 'did you mean "Stage-0002"?' in problem["message"]
    assert found.exit_code == 1


def test_a_token_that_reads_several_accounts_needs_the_name_of_one_for_other_budgets(run: Run) -> None:
    Path("budgets.yaml").write_text('{"budgets": {"spend": {"limit": "50 USD"}}}')
    found = run("check")
    assert found.exit_code == 2
    assert "the token reads 4 accounts" in found.stderr


@pytest.fixture
def _stack(table_name: str, put_parameter: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Aws, "outputs", {"AlertTableName": table_name})
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    put_parameter(f"{ROOT}/tokens/agency", json.dumps({"token": TOKEN, "accounts": ["Prod-*"]}))


@pytest.mark.usefixtures("_stack")
def test_the_accounts_of_a_token_for_many_are_listed_with_their_names(run: Run) -> None:
    found = run("-o", "json", "account", "list")
    assert found.exit_code == 0, found.output
    listed = json.loads(found.stdout)["accounts"]
    assert {each["name"]: each["state"] for each in listed} == {"Prod-0001": "ok", "Prod-0004": "ok"}
    assert TOKEN not in found.output


@pytest.mark.usefixtures("_stack")
def test_a_plan_shows_what_a_pattern_means_for_each_account(run: Run) -> None:
    write(each="*")
    found = run("-o", "json", "plan")
    (change,) = json.loads(found.stdout)["changes"]
    assert change["change"] == "create"
    assert "Prod-0001: " in change["effect"]
    assert "Prod-0004: " in change["effect"]
    assert "Stage" not in change["effect"]
