"""One token reads more accounts than Cloudflare's limit allows: hourly runs read all of them in turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.pacer import Pacer
from cloudflare_budgets.adapters.cloudflare.usage.auto import ThreadLocalUsageSource
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.adapters.http.retries import Clock
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from local.cloudflare.accounts.account import Credentials, GivenRows, account
from local.cloudflare.limit import RequestLimit
from local.cloudflare.server import LocalCloudflare
from tests.integration.check.checking import NOW
from tests.support.fakes import FakeConfiguration
from tests.support.world import World

TOKEN = "shared_" + "t" * 33
IDS = [f"{number:032x}" for number in range(90)]
QUOTA = 120


def _accounts(token: str, ids: list[str]) -> list[Account]:
    return [Account(account_id, ApiToken(Secret(token))) for account_id in ids]


def _world(cloudflare: LocalCloudflare, accounts: list[Account]) -> World:
    world = World(now=NOW)
    budgets = {
        f"b{number}": f'{{"limit": "50 USD", "account_id": "{one.account_id}"}}'
        for number, one in enumerate(accounts)
    }
    world.configuration = FakeConfiguration(accounts, budgets)

    def now() -> float:
        return cloudflare.now.timestamp()

    pacer = Pacer(clock=lambda: Clock(now=now))
    world.usage = ThreadLocalUsageSource(  # type: ignore[assignment]
        lambda: CloudflareUsageV2(CloudflareApi(cloudflare.url, pacer=pacer))
    )
    return world


def _local(token: str, ids: list[str]) -> list[object]:
    credentials = Credentials(token, "owner@example.com", "k" * 37)
    return [replace(account(one, "Client", GivenRows()), credentials=credentials) for one in ids]


@pytest.mark.parametrize("has_headers", [True, False])
def test_three_hourly_runs_leave_no_account_unread(*, has_headers: bool) -> None:
    limit = RequestLimit(QUOTA, has_headers=has_headers)
    with LocalCloudflare(now=NOW, accounts=_local(TOKEN, IDS), limit=limit) as cloudflare:  # type: ignore[arg-type]
        world = _world(cloudflare, _accounts(TOKEN, IDS))
        read: set[str] = set()
        for hour in range(3):
            world.now = NOW + timedelta(hours=hour)
            cloudflare.travel_to(world.now)
            report = world.run()
            read |= {account.account_id for account in report.accounts if account.source}

    assert read == set(IDS)
    assert limit.refused <= 3 * 8 * (0 if has_headers else 1)  # the reads that were under way at the limit


def test_the_accounts_of_another_token_are_read_in_the_same_run() -> None:
    other = "other_" + "o" * 34
    more = [f"{number:032x}" for number in range(1000, 1020)]
    clients = [*_local(TOKEN, IDS), *_local(other, more)]
    with LocalCloudflare(now=NOW, accounts=clients, limit=RequestLimit(QUOTA)) as cloudflare:  # type: ignore[arg-type]
        world = _world(cloudflare, [*_accounts(TOKEN, IDS), *_accounts(other, more)])
        report = world.run()

    read = {account.account_id for account in report.accounts if account.source}
    assert set(more) <= read
    assert 0 < len(read & set(IDS)) < len(IDS)
    assert report.left_at in IDS
