"""Builds the template and deploys it to a local AWS with the SAM CLI."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import boto3

from local.aws.local_aws import LocalAws

ROOT = Path(__file__).resolve().parents[2]


class DeployError(RuntimeError):
    """Raised when SAM fails; the message is the end of its output."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A deployed stack: its name and its outputs by name."""

    name: str
    outputs: Mapping[str, str]


def build(folder: Path = ROOT / ".aws-sam" / "build") -> Path:
    """Build the functions and the layer into `folder`, and return the built template's path.

    Raises:
        DeployError: the build failed.
    """
    # So that python3 in the layer's Makefile is the Python that runs this.
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    _sam(
        ["build", "--build-dir", str(folder)], os.environ | {"PATH": path, "AWS_DEFAULT_REGION": "us-east-1"}
    )
    return folder / "template.yaml"


def deploy(
    aws: LocalAws, template: Path, parameters: Mapping[str, str], name: str = "cloudflare-budgets"
) -> Stack:
    """Deploy the built template to `aws` with `sam deploy`, and return the stack.

    Raises:
        DeployError: SAM or CloudFormation rejected the stack.
    """
    overrides = [f'{key}="{value}"' for key, value in parameters.items()]
    _sam(
        [
            "deploy",
            *("--template-file", str(template)),
            *("--stack-name", name),
            "--no-confirm-changeset",
            *(["--parameter-overrides", *overrides] if overrides else []),
        ],
        aws.environment,
    )
    [description] = boto3.client("cloudformation", **aws.connection).describe_stacks(StackName=name)["Stacks"]
    return Stack(name, {output["OutputKey"]: output["OutputValue"] for output in description["Outputs"]})


def _sam(arguments: list[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(  # noqa: S603 - no shell, and no foreign arguments
        [sys.executable, "-m", "samcli", *arguments, "--config-file", str(ROOT / "samconfig.toml")],
        cwd=ROOT,
        env={**environment, "SAM_CLI_TELEMETRY": "0", "SAM_CLI_POLL_DELAY": "0.2"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise DeployError(f"sam {arguments[0]} failed:\n{done.stdout[-3000:]}")
