"""What `init` reads with a new token: the account, its usage, and budgets that fit."""

import json
from dataclasses import replace

from cloudflare_budgets.domain.budgets.account import is_account_id
from cloudflare_budgets.domain.primitives.period import DAY, Period, midnight
from cloudflare_budgets_cli.cloudflare.access import Access
from cloudflare_budgets_cli.cloudflare.reading import read
from cloudflare_budgets_cli.cloudflare.tokens import examine_token
from cloudflare_budgets_cli.screens.asking import ask, has_terminal
from cloudflare_budgets_cli.screens.screen import Screen
from cloudflare_budgets_cli.settings import Settings, UsageError
from cloudflare_budgets_cli.usage.suggest import propose


def named_account(access: Access) -> Access:
    """Return the access to one account; if the token reads several, ask which one.

    Raises:
        UsageError: the token reads several accounts, and there is no terminal.
        CloudflareBudgetsError: Cloudflare does not list the accounts of the token.
    """
    try:
        access.account  # noqa: B018 - asks Cloudflare which accounts the token reads
    except UsageError as error:
        if not has_terminal():
            raise
        found = ask(f"{error}\nAccount id", "set CLOUDFLARE_ACCOUNT_ID")
        if not is_account_id(found) or found not in str(error):
            raise UsageError(f"{found}: expected the id of an account above") from None
        return replace(access, account_id=found)
    return access


def first_reading(settings: Settings, access: Access, screen: Screen) -> dict[str, str]:
    """Read the usage with the token, and return the proposed budgets (JSON) by name.

    Raises:
        CloudflareBudgetsError: Cloudflare refuses the token.
    """
    end = midnight(settings.now)
    with screen.progress("Testing the token"):
        context = read(access, Period(end - 60 * DAY, end + DAY), settings.now)
        token = examine_token(access.account, access.url, settings.now)
    usage = context.usage
    name = usage.account_name or usage.account_id
    screen.advise(f"Cloudflare account {name}: the token reads usage API {usage.source}, {token.text}")
    proposals = propose(context)
    for each in proposals:
        screen.advise(f"Budget {each.name}: {each.document['limit']}. {each.reason}")
    return {each.name: json.dumps(each.document) for each in proposals}
