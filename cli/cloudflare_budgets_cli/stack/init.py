"""The command `init`: from a token to a deployed stack with budgets, with as few questions as possible."""

import getpass
import json
import os
import re
import sys
from dataclasses import dataclass

from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore
from cloudflare_budgets.domain.budgets.account import Account, ApiToken
from cloudflare_budgets.domain.primitives.period import DAY, Period, midnight
from cloudflare_budgets.domain.run.assignment import account_parameter
from cloudflare_budgets_cli.cloudflare.access import Access, cloudflare
from cloudflare_budgets_cli.cloudflare.reading import read
from cloudflare_budgets_cli.planning.parameters import ManagedParameters
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import ExitCode, Settings, UsageError
from cloudflare_budgets_cli.stack.deployment import deploy
from cloudflare_budgets_cli.stack.session import Aws, errors_explained
from cloudflare_budgets_cli.usage.suggest import propose

_TOKEN = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True)
class Answers:
    """What `init` has to know; `None` is asked for on a terminal."""

    email: str | None = None
    operations_email: str | None = None


def run(settings: Settings, answers: Answers) -> ExitCode:
    """Try the token, store it with proposed budgets, deploy, and say what is left to do.

    Raises:
        UsageError: AWS or Cloudflare has no credentials, or an answer is missing without a terminal.
    """
    aws, screen = Aws(settings), Screen(settings)
    with errors_explained():
        caller = aws.sts().get_caller_identity()
    screen.advise(f"AWS account {caller['Account']}, as {caller['Arn'].rpartition(':')[2]}")
    environment = dict(os.environ)
    if not environment.get(_TOKEN):
        environment[_TOKEN] = _asked("Cloudflare API token (not shown)", f"set {_TOKEN}", is_hidden=True)
    with cloudflare(settings, environment) as access:
        budgets = _tried(settings, access, screen)
        email = answers.email or _asked("E-mail address for alerts", "add --email")
        operations_email = answers.operations_email or email
        for address in (email, operations_email):
            if not _EMAIL.fullmatch(address):
                raise UsageError(f"{address} is not an e-mail address")
        _store(settings, aws, access.account, budgets, screen)
    code = deploy(settings, {"AlertEmail": email, "OperationsEmail": operations_email})
    screen.advise(f"Follow the link in each confirmation mail to {email}, then: cloudflare-budgets test")
    return code


def _tried(settings: Settings, access: Access, screen: Screen) -> dict[str, str]:
    """Read the usage with the token, and return the proposed budgets (JSON) by name."""
    end = midnight(settings.now)
    with screen.progress("Trying the token"):
        context = read(access, Period(end - 60 * DAY, end + DAY), settings.now)
    usage = context.usage
    name = usage.account_name or usage.account_id
    screen.advise(f"Cloudflare account {name}: the token reads usage API {usage.source}")
    proposals = propose(context)
    for each in proposals:
        screen.advise(f"Budget {each.name}: {each.document['limit']}. {each.reason}")
    return {each.name: json.dumps(each.document) for each in proposals}


def _asked(question: str, hint: str, *, is_hidden: bool = False) -> str:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"there is no terminal to ask on: {hint}")
    if is_hidden:
        return getpass.getpass(f"{question}: ").strip()
    print(f"{question}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


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
