"""From a token to a stack with budgets and back, by commands alone, on a local AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
from typer.testing import CliRunner

from cloudflare_budgets_cli.app import app
from local.aws import LocalAws
from local.cloudflare.accounts.self_serve import SELF_SERVE_RUNAWAY_ID
from local.cloudflare.server import LocalCloudflare
from tests.local.conftest import NOW

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_init_installs_and_destroy_removes_everything(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with LocalCloudflare(now=NOW) as cloudflare, LocalAws() as aws:
        [token] = [one.credentials.token for one in cloudflare.accounts if one.id == SELF_SERVE_RUNAWAY_ID]
        for variable, value in aws.environment.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.setenv("CLOUDFLARE_API_TOKEN", token)
        monkeypatch.setenv("CLOUDFLARE_API_URL", cloudflare.url)
        monkeypatch.setenv("SAM_CLI_POLL_DELAY", "0.2")
        monkeypatch.chdir(tmp_path)

        def run(*arguments: str) -> str:
            found = CliRunner().invoke(app, ["--as-of", NOW.isoformat(), *arguments])
            assert found.exit_code == 0, (found.output, found.exception)
            assert token not in found.output
            return found.output

        installed = run("init", "--email", "you@example.com")
        assert "/cloudflare-budgets/budgets/spend: stored" in installed
        subscribers = boto3.client("sns", **aws.connection).list_subscriptions()["Subscriptions"]
        assert {each["Endpoint"] for each in subscribers} >= {"you@example.com"}
        assert "Outlives" not in run("destroy", "--all", "--yes")
        ssm = boto3.client("ssm", **aws.connection)
        left = ssm.get_parameters_by_path(Path="/cloudflare-budgets", Recursive=True)
        assert left["Parameters"] == []
        assert boto3.client("dynamodb", **aws.connection).list_tables()["TableNames"] == []


def test_nothing_is_prompted_or_built_without_credentials_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    with LocalAws() as aws:
        for variable, value in aws.environment.items():
            monkeypatch.setenv(variable, value)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    found = CliRunner().invoke(app, ["init"])
    assert found.exit_code == 2
    assert "AWS_PROFILE" in found.stderr
