"""A check of accounts that live on the local Cloudflare, with both of its usage APIs behind."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cloudflare_budgets.adapters.cloudflare.api import CloudflareApi
from cloudflare_budgets.adapters.cloudflare.usage.auto import AutoUsageSource
from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.adapters.cloudflare.usage.v2 import CloudflareUsageV2
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.messages.reply import reply
from local.cloudflare.accounts.account import Account as LocalAccount
from local.cloudflare.server import LocalCloudflare
from tests.support.fakes import FakeConfiguration
from tests.support.world import World

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Check:
    """Checks one account at a time; its state and its alerts stay in `world`."""

    cloudflare: LocalCloudflare
    world: World

    def __call__(self, local: LocalAccount, budgets: dict[str, str], now: datetime = NOW) -> dict[str, Any]:
        """Check one of the local accounts with the given budgets, and give its part of the reply."""
        self.cloudflare.register(local)
        self.cloudflare.travel_to(now)
        self.world.now = now
        watched = Account(local.id, ApiToken(Secret(local.credentials.token)))
        self.world.configuration = FakeConfiguration([watched], budgets)
        found: dict[str, Any] = reply(self.world.run())["accounts"][0]
        return found


def check_by(cloudflare: LocalCloudflare) -> Check:
    """Make a check that asks Version 2 first, and Version 1 where that is closed."""
    api = CloudflareApi(cloudflare.url)
    world = World(now=NOW)
    world.usage = AutoUsageSource(CloudflareUsageV2(api), CloudflareUsageV1(api))  # type: ignore[assignment]
    return Check(cloudflare, world)
