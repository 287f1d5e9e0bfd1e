"""The local Cloudflare of a checkout, for `--demo`."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

from cloudflare_budgets_cli.settings import UsageError, find_checkout


@contextmanager
def cloudflare(as_of: datetime | None) -> Iterator[Mapping[str, str]]:
    """Run a local Cloudflare; yield the environment with an account that has a loop.

    Its clock stands still at `as_of`, if that is given.

    Raises:
        UsageError: the command was not started from a checkout.
    """
    checkout = find_checkout()
    if checkout is None:
        raise UsageError("--demo needs a checkout of the repository: run the command in its folder")
    if str(checkout) not in sys.path:
        sys.path.append(str(checkout))
    from local.cloudflare.accounts.self_serve import SELF_SERVE_RUNAWAY_ID
    from local.cloudflare.server import LocalCloudflare

    with LocalCloudflare(now=as_of) as server:
        [token] = [each.credentials.token for each in server.accounts if each.id == SELF_SERVE_RUNAWAY_ID]
        yield {
            "CLOUDFLARE_API_TOKEN": token,
            "CLOUDFLARE_ACCOUNT_ID": SELF_SERVE_RUNAWAY_ID,
            "CLOUDFLARE_API_URL": server.url,
        }
