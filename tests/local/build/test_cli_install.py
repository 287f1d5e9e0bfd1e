"""From a token to a stack with budgets and back, by commands alone, on a local AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from cloudflare_budgets_cli.app import app
from local.aws import LocalAws
from local.cloudflare.accounts.self_serve import SELF_SERVE_RUNAWAY_ID
from local.cloudflare.server import LocalCloudflare
from local.slack.server import LocalSlack
from tests.local.conftest import NOW
from tests.local.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PREFIX = "/ours"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[LocalAws]:
    """A local AWS, and a local Cloudflare whose token is in the environment."""
    with LocalCloudflare(now=NOW) as cloudflare, LocalAws() as running:
        [token] = [one.credentials.token for one in cloudflare.accounts if one.id == SELF_SERVE_RUNAWAY_ID]
        for variable, value in running.environment.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", token)
        monkeypatch.setenv("CLOUDFLARE_API_URL", cloudflare.url)
        monkeypatch.setenv("SAM_CLI_POLL_DELAY", "0.2")
        monkeypatch.chdir(tmp_path)
        yield running


def invoked(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["--as-of", NOW.isoformat(), "--prefix", PREFIX, *arguments])


def run(*arguments: str) -> str:
    found = invoked(*arguments)
    assert found.exit_code == 0, (found.output, found.exception)
    return found.output


def parameters(aws: LocalAws) -> dict[str, str]:
    pages = boto3.client("ssm", **aws.connection).get_paginator("get_parameters_by_path")
    return {
        each["Name"]: each["Value"]
        for page in pages.paginate(Path=PREFIX, Recursive=True, WithDecryption=True)
        for each in page["Parameters"]
    }


def tables(aws: LocalAws) -> list[str]:
    found: list[str] = boto3.client("dynamodb", **aws.connection).list_tables()["TableNames"]
    return found


def test_init_installs_and_destroy_removes_everything(aws: LocalAws, monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalSlack() as slack:
        monkeypatch.setenv("CLOUDFLARE_BUDGETS_CHANNEL_URL", slack.webhook_url)
        installed = run("init", "--email", "you@example.com", "--slack")
        assert_installed(aws, installed)
        assert slack.webhook_url not in installed
        assert eventually(lambda: "This is a test" in json.dumps(slack.posted), 60)
    assert_status_and_doctor()
    assert_removed_step_by_step(aws)


def assert_installed(aws: LocalAws, installed: str) -> None:
    stored = parameters(aws)
    token = stored[f"{PREFIX}/accounts/{SELF_SERVE_RUNAWAY_ID}/api-token"]
    assert token not in installed
    assert f"{PREFIX}/budgets/spend: stored" in installed
    assert "the token reads usage API v1, reads analytics" in installed
    subscribers = boto3.client("sns", **aws.connection).list_subscriptions()["Subscriptions"]
    assert {each["Endpoint"] for each in subscribers} >= {"you@example.com"}
    assert "Sent a test message to every subscriber" in installed
    assert "over limit" in installed  # the status, after a check
    cloudformation = boto3.client("cloudformation", **aws.connection)
    [stack] = cloudformation.describe_stacks(StackName="cloudflare-budgets")["Stacks"]
    values = {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]}
    assert (values["ParameterPrefix"], values["SlackWebhookEnabled"]) == (PREFIX, "true")


def assert_status_and_doctor() -> None:
    assert invoked("status").exit_code == 1
    found = invoked("-o", "json", "doctor")
    parts: list[dict[str, Any]] = json.loads(found.stdout)["parts"]
    assert [each for each in parts if each["advice"]] == []
    assert found.exit_code == 0


def assert_removed_step_by_step(aws: LocalAws) -> None:
    wrong = CliRunner().invoke(app, ["destroy", "--all", "--yes"])
    assert wrong.exit_code == 2
    assert f"add --prefix {PREFIX} before the command" in wrong.stderr
    listed = run("destroy", "--all", "--dry-run")
    assert f"table {tables(aws)[0]}" in listed
    assert f"parameter {PREFIX}/slack/webhook-url" in listed
    assert "Nothing was deleted" in listed
    assert "Outlives the stack" in run("destroy", "--yes")
    assert tables(aws)
    assert parameters(aws)
    assert "add --all" in run("destroy", "--yes")
    run("destroy", "--all", "--yes")
    assert (tables(aws), parameters(aws)) == ([], {})
    assert invoked("destroy", "--yes").exit_code == 2


def test_nothing_is_asked_or_built_without_credentials_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalAws() as aws:
        for variable, value in aws.environment.items():
            monkeypatch.setenv(variable, value)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    found = CliRunner().invoke(app, ["init"])
    assert found.exit_code == 2
    assert "AWS_PROFILE" in found.stderr


def test_nothing_is_asked_without_a_terminal(aws: LocalAws) -> None:
    found = invoked("init")
    assert found.exit_code == 2
    assert "add --email" in found.stderr
    assert parameters(aws) == {}
