"""The accounts whose tokens are stored, with those that tokens for many accounts list."""

import os

from cloudflare_budgets.adapters.aws.parameter_store import ParameterStore
from cloudflare_budgets.adapters.cloudflare.accounts import CloudflareAccountLister
from cloudflare_budgets.check.configuration import AccountDirectory
from cloudflare_budgets_cli.cloudflare.access import cloudflare_api
from cloudflare_budgets_cli.settings import Settings
from cloudflare_budgets_cli.stack.session import Aws


def directory_of(settings: Settings, aws: Aws) -> AccountDirectory:
    """Return the directory of the stack's accounts; a token's list is requested, not stored."""
    lister = CloudflareAccountLister(lambda: cloudflare_api(os.environ.get("CLOUDFLARE_API_URL")))
    store = ParameterStore(settings.prefix, aws.ssm)
    return AccountDirectory(store, lister, None, settings.now, saves=False)
