"""A run that reads the analytics of a part of the accounts reads those of others in the next hour."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.fresh import FreshAccess, FreshUsage
from tests.support.builders import AS_OF, charge
from tests.support.world import EXAMPLE, FakeFreshUsage, World

HOUR = timedelta(hours=1)
IDS = [f"{number:032x}" for number in range(120)]


@dataclass
class LimitedAnalytics(FakeFreshUsage):
    """Analytics of so many accounts in each run; those of the others are refused."""

    most: int = 50
    read_for: list[str] = field(default_factory=list)

    def read(self, account: Account, window: Period, access: FreshAccess | None) -> FreshUsage:
        found = super().read(account, window, access)
        if len(self.read_for) >= self.most:
            return replace(found, days={}, failure="the limit of requests is reached")
        self.read_for.append(account.account_id)
        return found


def documents() -> Mapping[str, str]:
    return {f"b{number}": f'{{"limit": "50 USD", "account_id": "{one}"}}' for number, one in enumerate(IDS)}


def world_of_many() -> tuple[World, LimitedAnalytics]:
    analytics = LimitedAnalytics()
    world = World(fresh=analytics)
    world.configuration.given_accounts = [replace(EXAMPLE, account_id=one) for one in IDS]
    world.configuration.given_budgets = dict(documents())
    world.usage.rows = {one: [charge("2026-11-20")] for one in IDS}
    return world, analytics


def test_analytics_of_each_account_are_read_within_hours() -> None:
    world, analytics = world_of_many()
    read: set[str] = set()
    for hour in range(6):
        analytics.read_for.clear()
        world.now = AS_OF + hour * HOUR
        world.run()
        read |= set(analytics.read_for)

    assert sorted(read) == IDS


def test_the_digest_lists_accounts_by_id_in_each_hour() -> None:
    world, _ = world_of_many()
    world.run(digest=True)
    [message] = [each for each in world.topic.published if each.alert["type"] == "digest"]

    assert [each["account"]["id"] for each in message.alert["accounts"]] == IDS[:100]
