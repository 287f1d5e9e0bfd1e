"""The commands `deploy` and `update`: SAM without questions, and what became of the stack."""

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import DEFAULT_PREFIX, CommandError, ExitCode, Settings, UsageError
from cloudflare_budgets_cli.stack.session import Aws, errors_explained

# cli/cloudflare_budgets_cli/stack/install/deployment.py, in a checkout.
_CHECKOUT = Path(__file__).resolve().parents[4]
_DONE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
# A stack that never worked: CloudFormation accepts no update of it.
_UNUSABLE = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})
_SHOWN = 3000  # characters of the output of SAM


def deploy(settings: Settings, parameters: Mapping[str, str], *, updates: bool = False) -> ExitCode:
    """Build and deploy the checkout; other stack parameters do not change.

    Raises:
        UsageError: there is no checkout or no SAM, there is no stack to update, or the stack is unusable.
        CommandError: SAM failed, or left the stack in another state than deployed.
    """
    aws, screen = Aws(settings), Screen(settings)
    with errors_explained():
        aws.sts().get_caller_identity()  # before anything is built
    before = stack_status(aws)
    if updates:
        aws.stack  # noqa: B018 - raises if there is no stack
    if before in _UNUSABLE:
        raise UsageError(
            f"the stack {settings.stack} is in the state {before}, which cannot be updated. Delete it first "
            "(its table and parameters are kept): cloudflare-budgets destroy"
        )
    sam = _Sam(settings)
    with screen.progress("Building (10 seconds)"):
        sam.run("build")
    if settings.prefix != DEFAULT_PREFIX and not updates:
        parameters = {"ParameterPrefix": settings.prefix, **parameters}
    overrides = [f'{key}="{value}"' for key, value in parameters.items()]
    options = ["--stack-name", settings.stack, "--no-confirm-changeset"]
    with screen.progress("Deploying (two minutes)"):
        sam.run("deploy", *options, *(["--parameter-overrides", *overrides] if overrides else []))
    after = stack_status(Aws(settings))
    if after not in _DONE:
        raise CommandError(f"SAM ended, but the stack {settings.stack} is in the state {after}; {_ADVICE}")
    screen.advise(f"Deployed {settings.stack} ({after}); see what is left to do: cloudflare-budgets doctor")
    return ExitCode.OK


_ADVICE = "see its events in the CloudFormation console, then deploy again"


def stack_status(aws: Aws) -> str | None:
    """Return the state of the stack; `None` if there is no stack.

    Raises:
        CommandError: AWS does not answer or refuses the call.
    """
    with errors_explained():
        try:
            found = aws.cloudformation().describe_stacks(StackName=aws.settings.stack)["Stacks"]
        except ClientError as error:
            if error_code(error) != "ValidationError":
                raise
            return None
    return found[0]["StackStatus"]


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
            state = f"\nThe stack {settings.stack} is in the state {stack_status(Aws(settings))}; {_ADVICE}."
            raise CommandError(
                f"sam {verb} failed:\n{done.stdout[-_SHOWN:]}{state if verb == 'deploy' else ''}"
            )
