"""The command `init`: from a token to a deployed stack with budgets, with few questions."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cloudflare_budgets.adapters import slack_webhook
from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.run.assignment import account_parameter
from cloudflare_budgets_cli.cloudflare.access import cloudflare
from cloudflare_budgets_cli.planning.parameters import ManagedParameters
from cloudflare_budgets_cli.screens.asking import ask, has_terminal, is_agreed
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import ChannelKind, ExitCode, Settings, UsageError
from cloudflare_budgets_cli.stack.install.deployment import deploy
from cloudflare_budgets_cli.stack.install.first_reading import first_reading, named_account
from cloudflare_budgets_cli.stack.install.sam import Sam
from cloudflare_budgets_cli.stack.notify.channel_value import NewChannel, value_of
from cloudflare_budgets_cli.stack.notify.command import store
from cloudflare_budgets_cli.stack.session import Aws, errors_explained
from cloudflare_budgets_cli.stack.subscriptions import pending_addresses, wait_until_confirmed
from cloudflare_budgets_cli.stack.upkeep import send_test

_TOKEN, _URL = "CLOUDFLARE_API_TOKEN", "CLOUDFLARE_API_URL"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Answers:
    """What `init` has to know; `None` is asked for on a terminal.

    `has_slack` is whether alerts are posted to Slack, `wait` how long to wait for confirmations.
    """

    email: str | None = None
    operations_email: str | None = None
    has_slack: bool | None = None
    wait: timedelta = timedelta()


def run(settings: Settings, answers: Answers) -> ExitCode:
    """Store a token that works and proposed budgets, deploy, wait for confirmations, and test.

    Raises:
        UsageError: AWS or Cloudflare has no credentials, or an answer is missing without a terminal.
        CommandError: AWS does not answer or refuses a call, or the deployment failed.
    """
    Sam.of_checkout()  # raises outside of a checkout, before the first prompt
    aws, screen = Aws(settings), Screen(settings)
    with errors_explained():
        caller = aws.sts().get_caller_identity()
    screen.advise(f"AWS account {caller['Account']}, as {caller['Arn'].rpartition(':')[2]}")
    environment = dict(os.environ)
    if not environment.get(_TOKEN):
        environment[_TOKEN] = ask("Cloudflare API token (not shown)", f"set {_TOKEN}", is_hidden=True)
    with cloudflare(settings, environment) as given:
        access = named_account(given)
        budgets = first_reading(settings, access, screen)
        email = _address(answers.email or ask("E-mail address for alerts", "add --email"))
        operations_email = _address(answers.operations_email or email)
        slack = _slack(settings, answers, environment)
        _store(settings, aws, access.account, budgets, screen)
    parameters = {"AlertEmail": email, "OperationsEmail": operations_email}
    if slack is not None:
        name = f"{settings.prefix}/{slack_webhook.PARAMETER}"
        store(aws, name, slack, replaces=True)
        screen.advise(f"{name}: stored")
        parameters["SlackWebhookEnabled"] = "true"
    if environment.get(_URL):
        parameters["CloudflareApiUrl"] = environment[_URL].rstrip("/")
    deploy(settings, parameters)
    return _finish(settings, screen, answers.wait)


def _address(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise UsageError(f"{text} is not an e-mail address, expected one such as you@example.com")
    return text


def _slack(settings: Settings, answers: Answers, environment: Mapping[str, str]) -> Secret | None:
    """Return the URL of the Slack webhook; `None` if none is wanted."""
    has_slack = answers.has_slack
    if has_slack is None:
        has_slack = has_terminal() and is_agreed("Post alerts to a Slack channel, too?", "add --no-slack")
    if not has_slack:
        return None
    new = NewChannel(ChannelKind.SLACK)
    return value_of(new, new.parameter(settings.prefix), environment)


def _store(settings: Settings, aws: Aws, account: Account, budgets: dict[str, str], screen: Screen) -> None:
    """Store the token unless it is stored, and the budgets unless there are some."""
    known = [each.account_id for each in ParameterStore(settings.prefix, aws.ssm).accounts()]
    credential = account.credential
    if account.account_id not in known and isinstance(credential, ApiToken):
        name = account_parameter(settings.prefix, account.account_id)
        with errors_explained():
            aws.ssm().put_parameter(Name=name, Value=credential.token.reveal(), Type="SecureString")
        screen.advise(f"{name}: stored")
    parameters = ManagedParameters(settings.prefix, aws.ssm)
    if any(name.startswith("budgets/") for name in parameters.read()):
        screen.advise("There are budgets already; the proposed ones were not stored")
        return
    for name, text in budgets.items():
        parameters.write(f"budgets/{name}", text, None)
        screen.advise(f"{settings.prefix}/budgets/{name}: stored")


def _finish(settings: Settings, screen: Screen, limit: timedelta) -> ExitCode:
    """Wait for confirmations, send a test, and show the status, whatever it is."""
    from cloudflare_budgets_cli.stack.stored.status import status

    aws = Aws(settings)
    pending = pending_addresses(aws)
    if pending and limit:
        screen.advise(f"AWS has sent a confirmation mail to {', '.join(pending)}: follow its link.")
        with screen.progress(f"Waiting up to {limit.seconds // 60} minutes; Ctrl+C continues without it"):
            pending = wait_until_confirmed(lambda: pending_addresses(aws), limit)
    if pending:
        screen.advise(f"Not confirmed yet: {', '.join(pending)}. Until then, it gets no alerts.")
        screen.advise("Follow the link in the mail within two days, then run: cloudflare-budgets test")
    else:
        send_test(settings)
    status(settings, over=0, lists_all=False, is_now=True)  # no check has stored standings yet
    return ExitCode.OK
