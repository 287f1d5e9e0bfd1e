"""The steps of the GitHub action as the runner runs them: install, validate, and plan with a local AWS."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml

from local.aws import LocalAws
from local.aws.stack import ROOT
from local.cloudflare.accounts.self_serve import SELF_SERVE_RUNAWAY_ID
from local.cloudflare.server import LocalCloudflare
from tests.local.conftest import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from mypy_boto3_ssm.type_defs import TagTypeDef

ACTION: dict[str, Any] = yaml.safe_load((ROOT / ".github/actions/validate/action.yml").read_text())
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "name" in step}
# What pip would download is already here, so that the test needs no network.
OFFLINE = {
    "PIP_NO_INDEX": "1",
    "PIP_NO_BUILD_ISOLATION": "0",  # the variable means the opposite of its name
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PYTHONPATH": sysconfig.get_path("purelib"),
}


class Runner:
    """A runner of GitHub: its folders, its variables and the summary of the job."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.summary_file = folder, folder / "summary.md"
        self._checkout = folder / "checkout"
        for name in ("layers/cloudflare_budgets/cloudflare_budgets", "cli", ".github/actions/validate"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, self._checkout / name, ignore=ignored)
        for name in ("pyproject.toml", "README.md", "LICENSE"):
            shutil.copy(ROOT / name, self._checkout)

    def run(
        self, name: str, environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a step with its own variables; expressions of inputs have their defaults."""
        inputs = {f"${{{{ inputs.{key} }}}}": each["default"] for key, each in ACTION["inputs"].items()}
        own = {key: inputs.get(value, value) for key, value in STEPS[name].get("env", {}).items()}
        variables = {
            "PATH": f"{os.path.dirname(sys.executable)}:/usr/bin:/bin",  # noqa: PTH120 - a text
            "RUNNER_TEMP": str(self.folder / "temp"),
            "GITHUB_ACTION_PATH": str(self._checkout / ".github/actions/validate"),
            "GITHUB_STEP_SUMMARY": str(self.summary_file),
            **OFFLINE,
            **(environment or {}),
            **own,
        }
        # https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell
        return subprocess.run(  # noqa: S603 - a script of this repository
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]],  # noqa: S607
            cwd=self.folder,
            env=variables,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Runner:
    """A runner after the step Install."""
    found = Runner(tmp_path_factory.mktemp("runner"))
    done = found.run("Install")
    assert done.returncode == 0, done.stderr
    return found


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """Credentials of a local AWS with a token, a budget and no stack."""
    with LocalCloudflare(now=NOW) as cloudflare, LocalAws() as aws:
        ssm = boto3.client("ssm", **aws.connection)
        [token] = [one.credentials.token for one in cloudflare.accounts if one.id == SELF_SERVE_RUNAWAY_ID]
        root = "/cloudflare-budgets"
        name = f"{root}/accounts/{SELF_SERVE_RUNAWAY_ID}/api-token"
        ssm.put_parameter(Name=name, Value=token, Type="SecureString")
        ssm.put_parameter(Name=f"{root}/budgets/spend", Value='{"limit": "50 USD"}', Type="String")
        settings = {key: value for key, value in aws.environment.items() if key.startswith("AWS_")}
        yield {**settings, "CLOUDFLARE_API_URL": cloudflare.url}


def test_the_action_installs_the_command_apart_from_the_python_of_the_job(runner: Runner) -> None:
    command = runner.folder / "temp/cloudflare-budgets/bin/cloudflare-budgets"
    assert command.is_file()
    places = list((runner.folder / "temp/cloudflare-budgets").glob("lib/python*/site-packages/*"))
    assert {"cloudflare_budgets", "cloudflare_budgets_cli"} <= {each.name for each in places}


@pytest.mark.parametrize(("text", "code"), [("budgets: {spend: {limit: 5 USD}}", 0), ("budgets: 5", 1)])
def test_the_step_validate_fails_on_an_invalid_file(runner: Runner, text: str, code: int) -> None:
    (runner.folder / "budgets.yaml").write_text(text)
    done = runner.run("Validate")
    assert done.returncode == code, done.stderr


def test_the_step_plan_prints_the_plan_into_the_summary(
    runner: Runner, environment: Mapping[str, str]
) -> None:
    (runner.folder / "budgets.yaml").write_text("budgets: {other: {limit: 70000 USD}}")
    runner.summary_file.unlink(missing_ok=True)
    done = runner.run("Plan", environment)
    assert done.returncode == 0, done.stderr
    summary = runner.summary_file.read_text()
    assert summary.startswith("### Plan\n```\n")
    assert summary.endswith("\n```\n")
    assert "+ budgets/other" in summary
    assert "of 70,000 USD" in summary  # what the change would send
    assert "1 to create" in summary


def test_the_step_plan_fails_if_aws_refuses_the_credentials(
    runner: Runner, environment: Mapping[str, str]
) -> None:
    wrong = {**environment, "AWS_ACCESS_KEY_ID": "AKIAUNKNOWN", "AWS_SECRET_ACCESS_KEY": "wrong"}
    done = runner.run("Plan", wrong)
    assert done.returncode == 3, (done.stdout, done.stderr)


def test_the_step_plan_fails_on_a_conflict(runner: Runner, environment: Mapping[str, str]) -> None:
    connection = {key.lower(): value for key, value in environment.items()}
    ssm = boto3.client(
        "ssm",
        endpoint_url=connection["aws_endpoint_url"],
        region_name=connection["aws_default_region"],
        aws_access_key_id=connection["aws_access_key_id"],
        aws_secret_access_key=connection["aws_secret_access_key"],
        verify=connection["aws_ca_bundle"],
    )
    managed: list[TagTypeDef] = [
        {"Key": "managed-by", "Value": "cloudflare-budgets"},
        {"Key": "cloudflare-budgets-digests", "Value": "0123456789abcdef"},
    ]
    name = "/cloudflare-budgets/budgets/by-hand"
    ssm.put_parameter(Name=name, Value=json.dumps({"limit": "1 USD"}), Type="String", Tags=managed)
    (runner.folder / "budgets.yaml").write_text("budgets: {by-hand: {limit: 2 USD}}")
    assert runner.run("Plan", environment).returncode == 1
    ssm.delete_parameter(Name=name)
