"""`make deploy` stores the answers outside of git, and offers them as defaults."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import boto3
import pytest

from local.aws import LocalAws
from local.aws.stack import ROOT
from local.aws.translation import source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PARAMETERS = list(source()["Parameters"])
ADDRESSES = {"AlertEmail": "you@example.com", "OperationsEmail": "operations@example.com"}
STACK_AND_REGION, SAMS_OWN = 2, 6  # questions, before and after those of the template
# The second half of `deploy --guided`, after the build.
DEPLOY = """
import sys
from pathlib import Path
from cloudflare_budgets_cli.settings import Settings
from cloudflare_budgets_cli.stack.install.guided import ask
from cloudflare_budgets_cli.stack.install.sam import Sam
sys.exit(ask(Settings(), Sam.of_checkout(), Path(sys.argv[1]), *sys.argv[2:]))
"""


@pytest.fixture
def aws() -> Iterator[LocalAws]:
    with LocalAws() as running:
        yield running


def test_a_second_deployment_offers_the_earlier_answers(
    aws: LocalAws, artifact: Path, tmp_path: Path
) -> None:
    as_shipped = (ROOT / "samconfig.toml").read_bytes()
    kept = tmp_path / "samconfig.toml"
    shutil.copyfile(ROOT / "samconfig.toml", kept)

    refused = deploy(aws, artifact, kept, last="")
    assert stacks(aws) == []
    first = deploy(aws, artifact, kept, ADDRESSES)
    second = deploy(aws, artifact, kept)

    assert "Deploy this changeset? [y/N]" in refused
    assert "Successfully created/updated stack - cloudflare-budgets" not in refused
    assert "The stack cloudflare-budgets, which was in review and had no resources, was removed." in refused
    assert "Successfully created/updated stack - cloudflare-budgets" in first
    for parameter, address in ADDRESSES.items():
        assert f"Parameter {parameter} []" in first
        assert f"Parameter {parameter} [{address}]" in second
    assert "No changes to deploy. Stack cloudflare-budgets is up to date" in second
    assert (ROOT / "samconfig.toml").read_bytes() == as_shipped


def stacks(aws: LocalAws) -> list[str]:
    """Return the states of the stacks of this application."""
    client = boto3.client("cloudformation", **aws.connection)
    found = client.list_stacks()["StackSummaries"]
    states = [each["StackStatus"] for each in found if each["StackName"] == "cloudflare-budgets"]
    return [state for state in states if state != "DELETE_COMPLETE"]


def deploy(
    aws: LocalAws, artifact: Path, kept: Path, given: dict[str, str] | None = None, last: str = "y"
) -> str:
    """Answer as the README says: addresses, Enter for the rest, `y` at the end; return what was printed."""
    answers: Sequence[str] = [
        *[""] * STACK_AND_REGION,
        *((given or {}).get(parameter, "") for parameter in PARAMETERS),
        *[""] * SAMS_OWN,
        last,
    ]
    done = subprocess.run(  # noqa: S603 - arguments are made here, and no shell reads them
        [
            *(sys.executable, "-c", DEPLOY),
            *(str(kept), "--template-file", str(artifact / "template.yaml")),
        ],
        cwd=ROOT,
        env={**aws.environment, "SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.2"},
        input="\n".join([*answers, ""]),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout
