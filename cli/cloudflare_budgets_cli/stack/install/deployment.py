"""The commands `deploy` and `update`: SAM without questions, and what became of the stack."""

from collections.abc import Mapping

from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import DEFAULT_PREFIX, CommandError, ExitCode, Settings, UsageError
from cloudflare_budgets_cli.stack.install.sam import Sam
from cloudflare_budgets_cli.stack.session import Aws, errors_explained

DONE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE"})
# A stack that never worked: CloudFormation accepts no update of it.
_UNUSABLE = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"})
ADVICE = "see its events in the CloudFormation console, then deploy again"


def deploy(settings: Settings, parameters: Mapping[str, str], *, updates: bool = False) -> ExitCode:
    """Build and deploy the checkout; other stack parameters do not change.

    Raises:
        UsageError: there is no checkout or no SAM, there is no stack to update, or the stack is unusable.
        CommandError: SAM failed, or left the stack in another state than deployed.
    """
    sam, aws, screen = Sam.of_checkout(), Aws(settings), Screen(settings)
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
    with screen.progress("Building (10 seconds)"):
        sam.run(settings, "build")
    if settings.prefix != DEFAULT_PREFIX and not updates:
        parameters = {"ParameterPrefix": settings.prefix, **parameters}
    overrides = [f'{key}="{value}"' for key, value in parameters.items()]
    options = ["--stack-name", settings.stack, "--no-confirm-changeset"]
    with screen.progress("Deploying (two minutes)"):
        try:
            sam.run(
                settings, "deploy", *options, *(["--parameter-overrides", *overrides] if overrides else [])
            )
        except CommandError as error:
            state = f"the stack {settings.stack} is in the state {stack_status(Aws(settings))}"
            raise CommandError(f"{error}\n{state}; {ADVICE}") from None
    after = stack_status(Aws(settings))
    if after not in DONE:
        raise CommandError(f"SAM ended, but the stack {settings.stack} is in the state {after}; {ADVICE}")
    screen.advise(f"Deployed {settings.stack} ({after}); see what is left to do: cloudflare-budgets doctor")
    return ExitCode.OK


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
