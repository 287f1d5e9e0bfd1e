"""Whose usage the demo watches: an account of the local Cloudflare, or a real one."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from local.cloudflare.accounts.examples import SELF_SERVE_RUNAWAY_ID
from local.cloudflare.server import LocalCloudflare


@dataclass(frozen=True, slots=True)
class Subject:
    """An account, the token to read it with, and where its Cloudflare is; `is_local` when made up."""

    account_id: str
    token: str = field(repr=False)
    api_url: str
    is_local: bool


@contextmanager
def subject(environment: Mapping[str, str] = os.environ) -> Iterator[Subject]:
    """Take the real account that `CLOUDFLARE_API_TOKEN` and `CLOUDFLARE_ACCOUNT_ID` name, else the local one.

    The local one is an ordinary self-serve account: Version 2 of the usage API is closed to it. It has a
    program in a loop since three days ago, the kind of accident a budget is for.
    """
    token, account_id = environment.get("CLOUDFLARE_API_TOKEN"), environment.get("CLOUDFLARE_ACCOUNT_ID")
    if token and account_id:
        yield Subject(account_id, token, "https://api.cloudflare.com/client/v4", is_local=False)
        return
    with LocalCloudflare() as cloudflare:
        [account] = [one for one in cloudflare.accounts if one.id == SELF_SERVE_RUNAWAY_ID]
        yield Subject(account.id, account.credentials.token, cloudflare.url, is_local=True)
