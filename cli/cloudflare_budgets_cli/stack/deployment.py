"""The commands `deploy`, `update` and `destroy`: SAM without questions, and the removal of what it leaves."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import CommandError, ExitCode, Settings, UsageError
from cloudflare_budgets_cli.stack.session import Aws, errors_explained

# cli/cloudflare_budgets_cli/stack/deployment.py, in a checkout.
_CHECKOUT = Path(__file__).resolve().parents[3]


def deploy(settings: Settings, parameters: Mapping[str, str], *, updates: bool = False) -> ExitCode:
    """Build and deploy the checkout; stack parameters that are not given keep their values.

    Raises:
        UsageError: there is no checkout or no SAM, or there is no stack to update.
        CommandError: SAM failed.
    """
    aws, screen = Aws(settings), Screen(settings)
    with errors_explained():
        aws.sts().get_caller_identity()  # before anything is built
    if updates:
        aws.outputs  # noqa: B018 - raises if there is no stack
    sam = _Sam(settings)
    with screen.progress("Building"):
        sam.run("build")
    overrides = [f'{key}="{value}"' for key, value in parameters.items()]
    options = ["--stack-name", settings.stack, "--no-confirm-changeset"]
    with screen.progress("Deploying"):
        sam.run("deploy", *options, *(["--parameter-overrides", *overrides] if overrides else []))
    screen.advise(f"Deployed {settings.stack}; see what is left to do: cloudflare-budgets doctor")
    return ExitCode.OK


class _Sam:
    """The SAM CLI, run in the checkout without questions."""

    def __init__(self, settings: Settings) -> None:
        if not (_CHECKOUT / "template.yaml").is_file():
            raise UsageError("deploy from a checkout of the repository; this is an installed command")
        if importlib.util.find_spec("samcli"):
            self._command: Sequence[str] = [sys.executable, "-m", "samcli"]
        elif found := shutil.which("sam"):
            self._command = [found]
        else:
            raise UsageError("the SAM CLI is missing: run `make build` once, or install it")
        self._settings = settings

    def run(self, verb: str, *arguments: str) -> None:
        settings = self._settings
        aws = [*(["--region", settings.region] if settings.region else [])]
        aws += ["--profile", settings.profile] if settings.profile and verb == "deploy" else []
        config = ["--config-file", str(_CHECKOUT / "samconfig.toml")]
        # The Makefile of the layer runs python3, which has to be this Python.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        done = subprocess.run(  # noqa: S603 - no shell; the arguments are those of the command line
            [*self._command, verb, *arguments, *aws, *config],
            cwd=_CHECKOUT,
            env=os.environ | {"PATH": path, "SAM_CLI_TELEMETRY": "0"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            raise CommandError(f"sam {verb} failed:\n{done.stdout[-3000:]}")


@dataclass(frozen=True, slots=True)
class _Remainder:
    """Something that outlives the stack, and how it is removed."""

    name: str
    remove: Callable[[], None]


def destroy(settings: Settings, *, removes_all: bool, is_confirmed: bool) -> ExitCode:
    """Delete the stack; list what outlives it, and remove that too with `removes_all`."""
    aws, screen = Aws(settings), Screen(settings)
    left = list(_remainders(aws))
    print(f"Deletes the stack {settings.stack}.")
    print("Removes as well:" if removes_all else "Outlives the stack; --all removes it:")
    for each in left:
        print(f"  {each.name}")
    if not is_confirmed and not _is_agreed(settings.stack):
        screen.advise("Nothing was deleted")
        return ExitCode.OK
    with screen.progress("Deleting the stack"), errors_explained():
        aws.cloudformation().delete_stack(StackName=settings.stack)
        waiter = aws.cloudformation().get_waiter("stack_delete_complete")
        waiter.wait(StackName=settings.stack, WaiterConfig={"Delay": 2, "MaxAttempts": 450})
    for each in left if removes_all else ():
        with errors_explained():
            each.remove()
        screen.advise(f"Removed {each.name}")
    return ExitCode.OK


def _is_agreed(stack: str) -> bool:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError("there is no terminal to ask on: add --yes")
    print(f"Write the name of the stack to delete it ({stack}): ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip() == stack


def _remainders(aws: Aws) -> Iterator[_Remainder]:
    table, bucket = aws.outputs.get("AlertTableName"), aws.outputs.get("ReportBucketName")
    if table:
        yield _Remainder(f"table {table}", lambda: _delete_table(aws, table))
    if bucket:
        yield _Remainder(f"bucket {bucket}", lambda: _delete_bucket(aws, bucket))
    with errors_explained():
        pages = aws.ssm().get_paginator("get_parameters_by_path")
        names = [
            each["Name"]
            for page in pages.paginate(Path=aws.settings.prefix, Recursive=True)
            for each in page["Parameters"]
        ]
    for name in names:
        yield _Remainder(f"parameter {name}", lambda name=name: _delete_parameter(aws, name))  # type: ignore[misc]


def _delete_parameter(aws: Aws, name: str) -> None:
    aws.ssm().delete_parameter(Name=name)


def _delete_table(aws: Aws, table: str) -> None:
    client = aws.dynamodb()
    client.update_table(TableName=table, DeletionProtectionEnabled=False)
    client.get_waiter("table_exists").wait(TableName=table)
    client.delete_table(TableName=table)


def _delete_bucket(aws: Aws, bucket: str) -> None:
    client: Any = aws.client("s3")
    for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for each in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
            client.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    client.delete_bucket(Bucket=bucket)
