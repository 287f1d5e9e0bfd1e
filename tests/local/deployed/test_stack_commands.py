"""The command line against the deployed stack, by a caller who has no more than the printed permissions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from typer.testing import CliRunner

from cloudflare_budgets import VERSION
from cloudflare_budgets_cli.app import app
from cloudflare_budgets_cli.settings import ExitCode, Settings
from cloudflare_budgets_cli.stack.permissions import policy
from local.cloudflare.accounts.examples import RUNAWAY_ID

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from tests.local.conftest import Deployment

    Run = Callable[..., Result]


@pytest.fixture
def caller(deployment: Deployment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Run]:
    """Return a function that makes a user with the permissions of commands, who runs the command line."""
    iam = boto3.client("iam", **deployment.aws.connection)

    def make(*commands: str) -> Run:
        name = f"caller-{'-'.join(commands) or 'none'}"
        iam.create_user(UserName=name)
        if commands:
            document = json.dumps(policy(commands, Settings(stack=deployment.stack.name)))
            iam.put_user_policy(UserName=name, PolicyName="cli", PolicyDocument=document)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        settings: dict[str, Any] = {
            **deployment.aws.environment,
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "CLOUDFLARE_API_URL": deployment.cloudflare.url,
            "COLUMNS": "120",
        }
        for variable, value in settings.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)
        monkeypatch.chdir(tmp_path)

        def run(*arguments: str) -> Result:
            at = deployment.cloudflare.now.isoformat()
            return CliRunner().invoke(app, ["--stack", deployment.stack.name, "--as-of", at, *arguments])

        return run

    return make


def test_a_reply_to_a_caller_without_permissions_says_how_to_get_them(caller: Callable[..., Run]) -> None:
    found = caller()("status")
    assert found.exit_code == 3
    assert "cloudflare-budgets iam-policy" in found.stderr


def test_a_plan_is_applied_and_planned_again(caller: Callable[..., Run], tmp_path: Path) -> None:
    run = caller("apply")
    (tmp_path / "budgets.yaml").write_text("budgets: {planned: {limit: 70 USD}}")
    planned = json.loads(run("-o", "json", "plan").stdout)["changes"]
    [mine] = [each for each in planned if each["name"] == "budgets/planned"]
    assert mine["change"] == "create"
    assert "of 70 USD" in mine["effect"]
    done = run("apply", "--yes")
    assert done.exit_code == 0, done.output
    again = json.loads(run("-o", "json", "plan", "--no-effects").stdout)["changes"]
    assert {each["change"] for each in again if each["name"] == "budgets/planned"} == {"unchanged"}
    (tmp_path / "budgets.yaml").write_text("budgets: {other: {limit: 70000 USD, enabled: false}}")
    assert run("apply", "--yes", "--prune").exit_code == 0
    names = [each["name"] for each in json.loads(run("-o", "json", "plan", "--no-effects").stdout)["changes"]]
    assert "budgets/planned" not in names


def test_a_muted_budget_is_muted_in_the_next_check(caller: Callable[..., Run]) -> None:
    run = caller("mute", "unmute", "status")
    muted = run("mute", "spend", "--for", "2d", "--reason", "a test")
    assert muted.exit_code == 0, muted.output
    [account] = json.loads(run("-o", "json", "status", "--now").stdout)["accounts"]
    until = {each["name"]: each["muted_until"] for each in account["budgets"]}
    assert until["spend"] == "2026-11-24T10:00:00Z"
    assert run("unmute", "spend").exit_code == 0


def test_doctor_finds_the_invalid_budget_and_says_what_to_do(caller: Callable[..., Run]) -> None:
    found = caller("doctor")("-o", "json", "doctor")
    parts = {each["part"]: each for each in json.loads(found.stdout)["parts"]}
    assert found.exit_code == 1
    assert parts["budgets/mistaken"]["found"] == "invalid"
    assert parts[f"token {RUNAWAY_ID}"]["found"].startswith("valid, usage API v")
    assert "reads analytics" in parts[f"token {RUNAWAY_ID}"]["found"]
    assert parts["version"]["found"] == VERSION
    # After a check of the present day, the stored days of analytics are later than the days of this test.
    compared = parts[f"analytics {RUNAWAY_ID}"]["found"]
    assert "of billed over" in compared or "not compared yet" in compared
    assert parts["last check"]["found"]
    assert {"clock", "parameters", "queue ScheduleDeadLetterQueue", "channel teams"} <= parts.keys()
    assert not [each for each in parts.values() if each["found"] == "not known"], parts


@pytest.mark.usefixtures("live")
def test_status_shows_what_the_last_check_stored_and_now_runs_a_check(caller: Callable[..., Run]) -> None:
    run = caller("status")
    found = run("-o", "json", "status")
    [account] = json.loads(found.stdout)["accounts"]
    assert "spend" in [each["name"] for each in account["budgets"]]
    assert account["as_of"]
    assert found.exit_code in {ExitCode.OK, ExitCode.FINDING}  # no budget is over at the beginning of a month
    [account] = json.loads(run("-o", "json", "status", "--now").stdout)["accounts"]
    assert "as_of" not in account
    assert "spend" in [each["name"] for each in account["budgets"]]


@pytest.mark.usefixtures("live")
def test_a_sent_alert_is_listed_shown_and_acknowledged(caller: Callable[..., Run]) -> None:
    listed = caller("history")("-o", "json", "history", "--budget", "spend", "--since", "90d")
    alerts = json.loads(listed.stdout)["alerts"]
    alert_id = alerts[0]["alert_id"]
    shown = caller("show")("show", alert_id[:10])
    assert alerts[0]["subject"] in shown.stdout
    done = caller("ack")("ack", alert_id, "--note", "known")
    assert done.exit_code == 0, done.output
    again = json.loads(caller("show", "ack")("-o", "json", "show", alert_id).stdout)
    assert again["note"] == "known"


@pytest.mark.usefixtures("live")
def test_a_caller_who_may_only_read_cannot_acknowledge(caller: Callable[..., Run]) -> None:
    run = caller("history", "show")
    listed = run("-o", "json", "history", "--budget", "spend", "--since", "90d")
    alert_id = json.loads(listed.stdout)["alerts"][0]["alert_id"]
    found = run("ack", alert_id)
    assert found.exit_code == 3
    assert "AWS refuses UpdateItem" in found.stderr


@pytest.mark.usefixtures("live")
def test_why_explains_each_threshold(caller: Callable[..., Run]) -> None:
    run = caller("why")
    found = json.loads(run("-o", "json", "why", "spend").stdout)
    assert [each["threshold"] for each in found["thresholds"]] == ["50 %", "80 %", "100 %"]
    screen = run("why", "spend").stdout
    assert "spend: 50 USD per month, the whole account" in screen
    missing = run("why", "spent")
    assert missing.exit_code == 2
    assert "did you mean spend?" in missing.stderr


def test_a_test_message_reaches_the_subscriber(caller: Callable[..., Run], deployment: Deployment) -> None:
    assert caller("test")("test").exit_code == 0
    assert deployment.watcher.mailbox


def test_accounts_are_listed_without_their_tokens(caller: Callable[..., Run], deployment: Deployment) -> None:
    found = caller("account")("-o", "json", "account", "list")
    assert [each["account_id"] for each in json.loads(found.stdout)["accounts"]] == [RUNAWAY_ID]
    [token] = [each.credentials.token for each in deployment.cloudflare.accounts if each.id == RUNAWAY_ID]
    assert token not in found.output


def test_a_channel_is_added_tested_listed_and_removed(
    caller: Callable[..., Run], deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = caller("notify", "test")
    url = deployment.channels.url("discord")
    monkeypatch.setenv("CLOUDFLARE_BUDGETS_CHANNEL_URL", url)
    added = run("notify", "add", "discord", "mine", "--filter", "type=digest")
    assert added.exit_code == 0, added.output
    assert "ChannelsEnabled" not in added.output
    posted = run("test", "--to", "mine")
    assert posted.exit_code == 0, posted.output
    listed = json.loads(run("-o", "json", "notify", "list").stdout)["channels"]
    [mine] = [each for each in listed if each["name"] == "mine"]
    assert mine == {
        "name": "mine", "type": "discord", "filter": "type=digest", "state": "ok", "posts": "true",
    }  # fmt: skip
    removed = run("notify", "rm", "mine")
    assert removed.exit_code == 0, removed.output
    assert url not in added.output + posted.output + removed.output
