"""The command `deploy --guided`: SAM asks for parameters, and no stack remains in review."""

import shutil
import tomllib
from dataclasses import replace
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import CommandError, ExitCode, Settings
from cloudflare_budgets_cli.stack.install.deployment import ADVICE, DONE, stack_status
from cloudflare_budgets_cli.stack.install.sam import Sam
from cloudflare_budgets_cli.stack.session import Aws

# The answers are stored where git does not look, so that none of them is in the way of `git pull`.
ANSWERS = Path(".local", "samconfig.toml")
# CloudFormation creates a stack in this state with its first changeset; it has no resources yet.
_IN_REVIEW = "REVIEW_IN_PROGRESS"
_AGAIN = (
    "deploy again and answer y at the end, or deploy without a question: make deploy EMAIL=you@example.com"
)


def deploy_guided(settings: Settings) -> ExitCode:
    """Build the checkout, run SAM's questions and deploy; exit code 1 without confirmation.

    Raises:
        UsageError: there is no checkout or no SAM.
        CommandError: SAM failed, or left the stack in another state than deployed.
    """
    sam, screen = Sam.of_checkout(), Screen(settings)
    answers = sam.checkout / ANSWERS
    if not answers.exists():
        answers.parent.mkdir(exist_ok=True)
        shutil.copyfile(sam.checkout / "samconfig.toml", answers)
    with screen.progress("Building (10 seconds)"):
        sam.run(settings, "build")
    return ask(settings, sam, answers)


def ask(settings: Settings, sam: Sam, answers: Path, *options: str) -> ExitCode:
    """Run SAM's questions, store the answers, deploy, and look at the stack that resulted."""
    code = sam.ask(settings, answers, *options)
    aws, screen = Aws(_answered(settings, answers)), Screen(settings)
    name, status = aws.settings.stack, stack_status(aws)
    if status == _IN_REVIEW:
        screen.advise(f"Nothing was deployed, since the changeset was not confirmed. {_remove(aws)}")
        screen.advise(f"To deploy the stack, {_AGAIN}")
        return ExitCode.FINDING
    if code:
        raise CommandError(f"sam deploy failed; the stack {name} is in the state {status}; {ADVICE}")
    if status not in DONE:
        raise CommandError(f"SAM ended, but the stack {name} is in the state {status}; {ADVICE}")
    screen.advise(
        f"The stack {name} is in the state {status}; see what is left to do: cloudflare-budgets doctor"
    )
    return ExitCode.OK


def _remove(aws: Aws) -> str:
    """Remove a stack that is in review; return what was done, or what to do."""
    settings = aws.settings
    options = f" --region {settings.region}" if settings.region else ""
    options += f" --profile {settings.profile}" if settings.profile else ""
    try:
        aws.cloudformation().delete_stack(StackName=settings.stack)
    except (ClientError, BotoCoreError):
        return (
            f"The stack {settings.stack} was left in review, without resources. Remove it: "
            f"aws cloudformation delete-stack --stack-name {settings.stack}{options}"
        )
    return f"The stack {settings.stack}, which was in review and had no resources, was removed."


def _answered(settings: Settings, answers: Path) -> Settings:
    """Return the settings with the stack, region and profile of the stored answers."""
    document = tomllib.loads(answers.read_text())["default"]
    found = {
        **document.get("global", {}).get("parameters", {}),
        **document.get("deploy", {}).get("parameters", {}),
    }
    return replace(
        settings,
        stack=found.get("stack_name", settings.stack),
        region=settings.region or found.get("region"),
        profile=settings.profile or found.get("profile"),
    )
