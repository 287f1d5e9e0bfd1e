"""The command line as a whole: help, exit codes, what is loaded."""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cloudflare_budgets import VERSION
from cloudflare_budgets_cli.app import app

ROOT = Path(__file__).parents[3]
HEAVY = ["rich", "yaml", "botocore", "boto3", "urllib3", "pydantic", "sqlite3", "cloudflare_budgets"]


@pytest.fixture(autouse=True)
def _empty_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID", "CLOUDFLARE_API_URL"):
        monkeypatch.delenv(name, raising=False)


def python(code: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(ROOT / "layers" / "cloudflare_budgets"), str(ROOT / "cli")])
    return subprocess.run(  # noqa: S603 - our own Python
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": path},
    )


def test_the_help_lists_the_commands_and_the_exit_codes() -> None:
    found = CliRunner().invoke(app, ["--help"])
    assert found.exit_code == 0
    assert "usage" in found.output
    assert "Exit codes: 0 within all budgets, 1 a finding, 2 wrong usage" in found.output


def test_the_version_is_that_of_the_package() -> None:
    assert CliRunner().invoke(app, ["--version"]).output == f"cloudflare-budgets {VERSION}\n"


def test_an_unknown_command_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["usages"]).exit_code == 2


def test_a_command_without_a_token_is_wrong_usage_and_says_what_to_set() -> None:
    found = CliRunner().invoke(app, ["usage"])
    assert found.exit_code == 2
    assert "CLOUDFLARE_API_TOKEN is not set" in found.output
    assert "--demo usage" in found.output


@pytest.mark.parametrize("text", ["yesterday", "2026-11-22T10:00:00", "2026-13-01T00:00:00Z"])
def test_an_instant_needs_a_zone(text: str) -> None:
    found = CliRunner().invoke(app, ["--as-of", text, "usage"])
    assert found.exit_code == 2
    assert "expected an instant with its zone" in " ".join(found.output.split())


def test_a_token_is_sent_to_https_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "a" * 40)
    monkeypatch.setenv("CLOUDFLARE_API_URL", "http://api.cloudflare.com/client/v4")
    found = CliRunner().invoke(app, ["usage"])
    assert found.exit_code == 2
    assert "CLOUDFLARE_API_URL" in found.output
    assert "https" in found.output


def test_an_account_id_that_is_not_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", "a" * 40)
    monkeypatch.setenv("CLOUDFLARE_ACCOUNT_ID", "example.com")
    found = CliRunner().invoke(app, ["usage"])
    assert found.exit_code == 2
    assert "CLOUDFLARE_ACCOUNT_ID: expected 32 hex digits" in found.output


def test_the_help_loads_none_of_what_commands_need() -> None:
    code = "import sys, json, cloudflare_budgets_cli.app; print(json.dumps(sorted(sys.modules)))"
    loaded = set(json.loads(python(code).stdout))
    assert loaded.isdisjoint(HEAVY)


def test_the_help_needs_less_than_150_ms_of_processor_time() -> None:
    code = "import sys; sys.argv[1:] = ['--help']; from cloudflare_budgets_cli.app import main; main()"
    python(code)  # compiles
    times = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        python(code)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(times) < 0.150


def test_completion_is_offered_for_the_shell_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    # The shell is that of the parent process, which may be any program that runs the tests.
    monkeypatch.setattr("shellingham.detect_shell", lambda: ("bash", "/bin/bash"))
    found = CliRunner().invoke(app, ["--show-completion"], prog_name="cloudflare-budgets")
    assert found.exit_code == 0
    assert "complete -o default -F" in found.output
    assert "cloudflare-budgets" in found.output
