"""The commands `account list`, `add`, `rotate` and `rm` for tokens in Parameter Store."""

import json
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cloudflare_budgets.adapters.aws.clients import error_code
from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore
from cloudflare_budgets.domain.budgets.account import (
    Account,
    AccountReference,
    ApiToken,
    InvalidAccount,
    Secret,
    is_account_id,
)
from cloudflare_budgets.domain.primitives.period import DAY, Period, midnight
from cloudflare_budgets.domain.run.assignment import account_parameter
from cloudflare_budgets.ports import UsageQuery
from cloudflare_budgets_cli.cloudflare.access import usage_source
from cloudflare_budgets_cli.planning.parameters import ManagedParameters
from cloudflare_budgets_cli.screens.asking import ask_secret
from cloudflare_budgets_cli.screens.screen import Result, Screen
from cloudflare_budgets_cli.settings import ExitCode, Settings, UsageError
from cloudflare_budgets_cli.stack.known_accounts import directory_of
from cloudflare_budgets_cli.stack.session import Aws, errors_explained

if TYPE_CHECKING:
    from rich.console import Console

_TOKEN = "CLOUDFLARE_API_TOKEN"  # noqa: S105 - the name of a variable
_COLUMNS = ("account_id", "state", "name")


def list_accounts(settings: Settings) -> ExitCode:
    """List the accounts whose tokens are stored, and tokens that cannot be used."""
    known, screen = directory_of(settings, Aws(settings)).accounts(), Screen(settings)
    records = [
        {"account_id": each.account_id, "state": _state(each), "name": each.name} for each in known.found
    ]

    def draw(console: "Console") -> None:
        for each in records:
            name = f"  {each['name']}" if each["name"] else ""
            console.print(f"{each['account_id']}  {each['state']}{name}", markup=False)

    screen.show(Result({"accounts": records}, _COLUMNS, records, draw))
    faults = [*(problem.message for problem in known.problems), *known.failures]
    for fault in faults:
        screen.advise(fault)
    is_ok = not faults and all(isinstance(each, Account) for each in known.found)
    return ExitCode.OK if is_ok else ExitCode.FINDING


def _state(found: Account | AccountReference | InvalidAccount) -> str:
    match found:
        case Account():
            return "ok"
        case InvalidAccount():
            return found.reason
        case _:
            return f"the token in {found.token} cannot be used"


def add(settings: Settings, account_id: str, *, replaces: bool) -> ExitCode:
    """Store the token of an account after it was tried.

    Budgets that rely on the only account get its id first, so that each is watched without a gap.

    Raises:
        UsageError: the id is invalid, there is no token, or the account exists already.
        CloudflareBudgetsError: Cloudflare refuses the token.
    """
    if not is_account_id(account_id):
        raise UsageError(f"{account_id} is not an account id: expected 32 hex digits in lower case")
    aws, screen = Aws(settings), Screen(settings)
    account = Account(account_id, ApiToken(Secret(ask_secret("Cloudflare API token", _TOKEN, os.environ))))
    known = [each.account_id for each in ParameterStore(settings.prefix, aws.ssm).references()]
    if (account_id in known) is not replaces:
        hint = "use `account rotate`" if account_id in known else "use `account add`"
        raise UsageError(
            f"the token of {account_id} is {'' if account_id in known else 'not '}stored: {hint}"
        )
    with screen.progress("Testing the token"):
        today = midnight(settings.now)
        usage_source(os.environ.get("CLOUDFLARE_API_URL")).read(
            account, UsageQuery(Period(today - DAY, today + DAY))
        )
    others = [each for each in directory_of(settings, aws).references().names if each != account_id]
    if len(others) == 1 and not replaces:
        _name_account(settings, aws, others[0], screen)
    _store(settings, aws, account, replaces=replaces)
    screen.advise(f"{account_parameter(settings.prefix, account_id)}: stored")
    return ExitCode.OK


def remove(settings: Settings, account_id: str) -> ExitCode:
    """Delete the token of an account; its budgets are then reported as invalid.

    Raises:
        UsageError: the token is not stored.
    """
    aws, name = Aws(settings), account_parameter(settings.prefix, account_id)
    with errors_explained():
        try:
            aws.ssm().delete_parameter(Name=name)
        except ClientError as error:
            if error_code(error) != "ParameterNotFound":
                raise
            raise UsageError(f"there is no parameter {name}") from None
    Screen(settings).advise(f"{name}: deleted")
    return ExitCode.OK


def _name_account(settings: Settings, aws: Aws, account_id: str, screen: Screen) -> None:
    """Write the id of the only account so far into the budgets that rely on it."""
    parameters = ManagedParameters(settings.prefix, aws.ssm)
    for name, stored in parameters.read().items():
        document = _document(stored.value)
        if name.startswith("budgets/") and document is not None and not document.get("account_id"):
            parameters.write(name, json.dumps({**document, "account_id": account_id}), stored)
            screen.advise(f"{settings.prefix}/{name}: account_id {account_id} written")


def _document(text: str) -> Mapping[str, object] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _store(settings: Settings, aws: Aws, account: Account, *, replaces: bool) -> None:
    credential = account.credential
    if not isinstance(credential, ApiToken):
        raise TypeError(type(credential))
    with errors_explained():
        aws.ssm().put_parameter(
            Name=account_parameter(settings.prefix, account.account_id),
            Value=credential.token.reveal(),
            Type="SecureString",
            Overwrite=replaces,
        )
