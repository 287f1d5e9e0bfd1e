"""Channels in Parameter Store: validated as the function validates them, and never shown."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cloudflare_budgets.adapters.aws import clients as aws_clients
from cloudflare_budgets.adapters.channels.settings import ChannelParameters
from cloudflare_budgets_cli.app import app
from cloudflare_budgets_cli.settings import UsageError
from cloudflare_budgets_cli.stack.session import Aws
from local.channels.server import LocalChannels
from local.slack.server import LocalSlack
from tests.integration.cli.conftest import Run

ROOT_FOLDER = Path(__file__).parents[4]
ROOT = "/cloudflare-budgets"
KEY = "0123456789abcdef0123456789abcdef"
SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="


@pytest.fixture(autouse=True)
def _region(run: Run, aws: None, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: ARG001 - both prepare AWS
    monkeypatch.setenv("AWS_REGION", "eu-west-1")


@pytest.fixture
def channels() -> Iterator[LocalChannels]:
    with LocalChannels((SECRET,)) as running:
        yield running


def stored(name: str) -> Any:  # noqa: ANN401 - boto3's answer
    return aws_clients.ssm().get_parameter(Name=f"{ROOT}/{name}", WithDecryption=True)["Parameter"]


def names() -> list[str]:
    found = aws_clients.ssm().get_parameters_by_path(Path=ROOT, Recursive=True)["Parameters"]
    return [each["Name"].removeprefix(f"{ROOT}/") for each in found]


@pytest.fixture(autouse=True)
def stack(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The parameters of the stack, which a test may add; there is no stack while it is empty."""
    parameters: dict[str, str] = {}

    def described(aws: Aws) -> dict[str, Any]:
        if not parameters:
            raise UsageError(f"there is no stack {aws.settings.stack}")
        return {"Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()]}

    monkeypatch.setattr(Aws, "stack", property(described))
    return parameters


def given(text: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, [*arguments], input=text)


def test_a_channel_is_stored_encrypted_as_the_function_reads_it(channels: LocalChannels) -> None:
    url = channels.url("webhook")
    found = given(f"{url}\n{SECRET}\n", "notify", "add", "webhook", "hook", "--filter", "severity=critical")
    assert found.exit_code == 0, found.output
    assert stored("channels/hook")["Type"] == "SecureString"
    channel = ChannelParameters(ROOT, aws_clients.ssm).read("hook")
    assert channel is not None
    assert channel.url.reveal() == url
    assert [key.reveal() for key in channel.keys] == [SECRET]
    assert channel.filter.accepted == {"severity": {"critical"}}
    assert url not in found.output
    assert SECRET not in found.output


@pytest.mark.parametrize(
    ("kind", "text", "reason"),
    [
        ("discord", "https://example.com/api/webhooks/1/secret-part", '"url" must be'),
        ("teams", "https://example.com/secret-part", '"url" must be'),
        ("pagerduty", "secret-part", '"routing_key" must be'),
        ("slack", "https://hooks.slack.com/triggers/secret-part", "https://hooks.slack.com/services/"),
        ("webhook", "https://example.com/hook\nsecret-part", '"secret" must be'),
    ],
)
def test_an_invalid_secret_is_not_stored_and_not_shown(kind: str, text: str, reason: str) -> None:
    found = given(f"{text}\n", "notify", "add", kind)
    assert found.exit_code == 2, found.output
    assert reason in found.stderr
    assert "secret-part" not in found.output
    assert names() == []


def test_secrets_come_from_the_environment_too(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_BUDGETS_CHANNEL_KEY", KEY)
    assert run("notify", "add", "pagerduty", "on-call", "--eu").exit_code == 0
    assert json.loads(stored("channels/on-call")["Value"]) == {
        "type": "pagerduty",
        "url": "https://events.eu.pagerduty.com/v2/enqueue",
        "routing_key": KEY,
    }


def test_secrets_are_asked_for_without_an_echo() -> None:
    screen, process = pty.openpty()
    path = os.pathsep.join([str(ROOT_FOLDER / "layers" / "cloudflare_budgets"), str(ROOT_FOLDER / "cli")])
    command = [sys.executable, "-m", "cloudflare_budgets_cli", "notify", "add", "pagerduty"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*command, "--replace", "--dry-run"],
        stdin=process,
        stdout=process,
        stderr=process,
        start_new_session=True,
        env=os.environ | {"PYTHONPATH": path},
    ) as running:
        shown = read_until(screen, "(not shown): ")
        os.write(screen, f"{KEY}\n".encode())
        shown += read_until(screen, "valid, not stored (--dry-run)")
        assert running.wait(20) == 0
    assert KEY not in shown


def read_until(screen: int, text: str) -> str:
    shown = ""
    while text not in shown:
        assert select.select([screen], [], [], 20)[0], shown
        shown += os.read(screen, 1024).decode()
    return shown


def test_a_stored_channel_is_replaced_only_on_request(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_BUDGETS_CHANNEL_KEY", KEY)
    assert run("notify", "add", "pagerduty").exit_code == 0
    again = run("notify", "add", "pagerduty")
    assert again.exit_code == 2
    assert "add --replace" in again.stderr
    assert run("notify", "add", "pagerduty", "--replace").exit_code == 0
    assert stored("channels/pagerduty")["Version"] == 2


def test_a_dry_run_writes_and_deletes_nothing(run: Run) -> None:
    assert run("notify", "add", "eventbridge", "--dry-run").exit_code == 0
    assert names() == []
    run("notify", "add", "eventbridge")
    assert run("notify", "rm", "eventbridge", "--dry-run").exit_code == 0
    assert names() == ["channels/eventbridge"]
    assert run("notify", "rm", "eventbridge").exit_code == 0
    assert names() == []
    assert "no parameter" in run("notify", "rm", "eventbridge").stderr


def test_a_switch_that_is_off_is_reported_with_the_command_that_turns_it_on(
    run: Run, stack: dict[str, str]
) -> None:
    assert "no stack cloudflare-budgets yet" in run("notify", "add", "eventbridge", "a").stderr
    stack |= {"ChannelsEnabled": "false", "SlackWebhookEnabled": "false"}
    off = run("notify", "add", "eventbridge", "b").stderr
    assert "cloudflare-budgets update -p ChannelsEnabled=true" in off
    slack = given("https://hooks.slack.com/services/T0/B0/x\n", "notify", "add", "slack").stderr
    assert "cloudflare-budgets update -p SlackWebhookEnabled=true" in slack


def test_a_switch_that_is_on_is_not_mentioned(run: Run, stack: dict[str, str]) -> None:
    stack |= {"ChannelsEnabled": "true"}
    assert "ChannelsEnabled" not in run("notify", "add", "eventbridge").stderr


def test_the_list_names_channels_and_faults_but_no_secret(run: Run, stack: dict[str, str]) -> None:
    stack |= {"ChannelsEnabled": "true"}
    given(f"{KEY}\n", "notify", "add", "pagerduty", "--filter", "type=resolved", "--filter", "type=spike")
    aws_clients.ssm().put_parameter(Name=f"{ROOT}/channels/old", Value='{"type": "fax"}', Type="SecureString")
    url = "https://hooks.slack.com/services/T0/B0/secret-part"
    given(f"{url}\n", "notify", "add", "slack")
    found = run("-o", "json", "notify", "list")
    listed = {each["name"]: each for each in json.loads(found.stdout)["channels"]}
    assert listed["pagerduty"] == {
        "name": "pagerduty",
        "type": "pagerduty",
        "filter": "type=resolved type=spike",
        "state": "ok",
        "posts": "true",
    }
    assert '"type" must be one of' in listed["old"]["state"]
    assert listed["slack"]["posts"] == "false"
    assert found.exit_code == 1
    screen = run("notify", "list").stdout
    assert "update -p SlackWebhookEnabled=true" in screen
    assert KEY not in found.stdout + screen
    assert "secret-part" not in found.stdout + screen


@pytest.mark.parametrize("kind", ["discord", "webhook"])
def test_a_test_message_is_posted_to_one_channel(channels: LocalChannels, kind: str) -> None:
    given(f"{channels.url(kind)}\n{SECRET}\n", "notify", "add", kind)
    found = given("", "test", "--to", kind)
    assert found.exit_code == 0, found.output
    assert "This is a test of Cloudflare Budgets" in json.dumps(channels.posted[kind])
    assert channels.reasons == []


def test_a_test_message_is_posted_to_slack() -> None:
    with LocalSlack() as slack:
        given(f"{slack.webhook_url}\n", "notify", "add", "slack")
        found = given("", "test", "--to", "slack")
        assert found.exit_code == 0, found.output
        assert "This is a test of Cloudflare Budgets" in json.dumps(slack.posted)


def test_a_channel_that_refuses_a_test_is_out_of_reach(channels: LocalChannels) -> None:
    given(f"{channels.url('discord')}-of-a-deleted-channel\n", "notify", "add", "discord")
    found = given("", "test", "--to", "discord")
    assert found.exit_code == 3
    assert "answers 404" in found.stderr
    assert "deleted-channel" not in found.output
    assert given("", "test", "--to", "unknown").exit_code == 2
