"""Whose usage the demo watches: an account of the local Cloudflare, or a real one."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from local.cloudflare.accounts.self_serve import SELF_SERVE_LOOPING_ID
from local.cloudflare.server import LocalCloudflare


@dataclass(frozen=True, slots=True)
class Subject:
    """An account, its token, and the URL of its Cloudflare; `is_local` if not real."""

    account_id: str
    token: str = field(repr=False)
    api_url: str
    is_local: bool


@contextmanager
def subject(environment: Mapping[str, str] = os.environ) -> Iterator[Subject]:
    """Yield the account of `CLOUDFLARE_API_TOKEN` and `..._ACCOUNT_ID`, or a local one.

    The local one is an ordinary self-serve account without access to Version 2 of the usage API. A Worker
    in it has called itself for 50 minutes, the kind of incident that a budget is for.
    """
    token, account_id = environment.get("CLOUDFLARE_API_TOKEN"), environment.get("CLOUDFLARE_ACCOUNT_ID")
    if token and account_id:
        yield Subject(account_id, token, "https://api.cloudflare.com/client/v4", is_local=False)
        return
    with LocalCloudflare() as cloudflare:
        yield local_subject(cloudflare, SELF_SERVE_LOOPING_ID)


def local_subject(cloudflare: LocalCloudflare, account_id: str) -> Subject:
    """Find an account of the local Cloudflare by its id."""
    [account] = [one for one in cloudflare.accounts if one.id == account_id]
    return Subject(account.id, account.credentials.token, cloudflare.url, is_local=True)
