"""The local Cloudflare of a checkout, for `--demo`."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from cloudflare_budgets_cli.settings import UsageError

# cli/cloudflare_budgets_cli/cloudflare/demo.py, in a checkout.
_CHECKOUT = Path(__file__).resolve().parents[3]


@contextmanager
def cloudflare(as_of: datetime | None) -> Iterator[Mapping[str, str]]:
    """Run a local Cloudflare; yield the environment that names an account with a program in a loop.

    Its clock stands still at `as_of`, if that is given.

    Raises:
        UsageError: the command was not started from a checkout.
    """
    if not (_CHECKOUT / "local" / "cloudflare").is_dir():
        raise UsageError("--demo needs a checkout of the repository, with its folder local/")
    if str(_CHECKOUT) not in sys.path:
        sys.path.append(str(_CHECKOUT))
    from local.cloudflare.accounts.self_serve import SELF_SERVE_RUNAWAY_ID
    from local.cloudflare.server import LocalCloudflare

    with LocalCloudflare(now=as_of) as server:
        [token] = [each.credentials.token for each in server.accounts if each.id == SELF_SERVE_RUNAWAY_ID]
        yield {
            "CLOUDFLARE_API_TOKEN": token,
            "CLOUDFLARE_ACCOUNT_ID": SELF_SERVE_RUNAWAY_ID,
            "CLOUDFLARE_API_URL": server.url,
        }
