"""Tokens of accounts in Parameter Store: tried before they are stored, and never shown."""

import json
import os
from typing import Any

import pytest

from cloudflare_budgets.adapters.aws import clients as aws_clients
from local.cloudflare.accounts.self_serve import SELF_SERVE, SELF_SERVE_RUNAWAY_ID
from local.cloudflare.server import LocalCloudflare
from tests.integration.cli.conftest import Run

ROOT = "/cloudflare-budgets"


@pytest.fixture(autouse=True)
def _region(run: Run, aws: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - both prepare AWS
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


def stored(name: str) -> Any:  # noqa: ANN401 - boto3's answer
    return aws_clients.ssm().get_parameter(Name=f"{ROOT}/{name}", WithDecryption=True)["Parameter"]


def token_of(server: LocalCloudflare, account_id: str) -> str:
    [found] = [each.credentials.token for each in server.accounts if each.id == account_id]
    return found


def test_a_token_is_stored_encrypted_after_it_was_tried(run: Run) -> None:
    found = run("account", "add", SELF_SERVE_RUNAWAY_ID)
    assert found.exit_code == 0, found.output
    parameter = stored(f"accounts/{SELF_SERVE_RUNAWAY_ID}/api-token")
    assert parameter["Type"] == "SecureString"
    assert parameter["Value"] == os.environ["CLOUDFLARE_API_TOKEN"]
    assert parameter["Value"] not in found.output
    listed = json.loads(run("-o", "json", "account", "list").stdout)
    assert listed == {"accounts": [{"account_id": SELF_SERVE_RUNAWAY_ID, "state": "ok", "name": None}]}


def test_a_token_that_cloudflare_refuses_is_not_stored(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "y" * 40)
    found = run("account", "add", SELF_SERVE_RUNAWAY_ID)
    assert found.exit_code == 3
    assert "y" * 8 not in found.output
    assert json.loads(run("-o", "json", "account", "list").stdout) == {"accounts": []}


def test_a_second_account_leaves_no_budget_without_its_account(
    run: Run, server: LocalCloudflare, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("account", "add", SELF_SERVE_RUNAWAY_ID)
    client = aws_clients.ssm()
    client.put_parameter(Name=f"{ROOT}/budgets/spend", Value='{"limit": "50 USD"}', Type="String")
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", token_of(server, SELF_SERVE.id))
    assert run("account", "add", SELF_SERVE.id).exit_code == 0
    assert json.loads(stored("budgets/spend")["Value"]) == {
        "limit": "50 USD",
        "account_id": SELF_SERVE_RUNAWAY_ID,
    }


def test_rotate_replaces_a_token_and_add_does_not(run: Run) -> None:
    assert run("account", "rotate", SELF_SERVE_RUNAWAY_ID).exit_code == 2
    assert run("account", "add", SELF_SERVE_RUNAWAY_ID).exit_code == 0
    again = run("account", "add", SELF_SERVE_RUNAWAY_ID)
    assert again.exit_code == 2
    assert "use `account rotate`" in again.stderr
    assert run("account", "rotate", SELF_SERVE_RUNAWAY_ID).exit_code == 0
    assert stored(f"accounts/{SELF_SERVE_RUNAWAY_ID}/api-token")["Version"] == 2


def test_a_token_is_deleted_once(run: Run) -> None:
    run("account", "add", SELF_SERVE_RUNAWAY_ID)
    assert run("account", "rm", SELF_SERVE_RUNAWAY_ID).exit_code == 0
    again = run("account", "rm", SELF_SERVE_RUNAWAY_ID)
    assert again.exit_code == 2
    assert f"there is no parameter {ROOT}/accounts/{SELF_SERVE_RUNAWAY_ID}/api-token" in again.stderr


def test_no_token_is_prompted_for_without_a_terminal(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")
    found = run("account", "add", SELF_SERVE_RUNAWAY_ID)
    assert found.exit_code == 2
    assert "write it to standard input" in found.stderr
