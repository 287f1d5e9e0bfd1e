"""The subscriptions of an account on Version 1 are requested once a day, not in each run."""

from datetime import timedelta

from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from tests.support.canned_api import Asked, CannedApi, body, subscribed, v1_row
from tests.support.world import World


def test_subscriptions_are_requested_once_a_day() -> None:
    def answer(asked: Asked) -> bytes:
        return subscribed() if asked.path.endswith("/info") else body([v1_row()])

    api, world = CannedApi(answer), World()
    world.usage = CloudflareUsageV1(api)  # type: ignore[assignment]
    hours = []
    for hour in range(50):
        api.asked.clear()
        world.run()
        world.now += timedelta(hours=1)
        if any(asked.path.endswith("/info") for asked in api.asked):
            hours.append(hour)
    assert hours == [0, 24, 48]
