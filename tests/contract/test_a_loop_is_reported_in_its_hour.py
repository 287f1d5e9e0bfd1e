"""The demo: a Worker in a loop for 50 minutes is reported by name, before it is billed."""

from datetime import UTC, datetime

import pytest

from cloudflare_budgets.adapters.cloudflare.analytics.source import thread_local_source
from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets_cli.cloudflare.access import usage_source
from local.cloudflare.accounts.self_serve import self_serve_looping
from local.cloudflare.server import LocalCloudflare
from tests.support.world import World


@pytest.mark.parametrize("day", [3, 22, 30])
def test_a_loop_of_50_minutes_is_reported_with_the_name_of_its_worker(day: int) -> None:
    now = datetime(2026, 11, day, 14, 33, tzinfo=UTC)
    local = self_serve_looping(now)
    with LocalCloudflare(now=now, accounts=[local]) as cloudflare:
        fresh = thread_local_source(cloudflare.url)
        world = World(usage=usage_source(cloudflare.url), fresh=fresh, prices=shipped_prices(), now=now)  # type: ignore[arg-type]
        world.configuration.given_accounts = [Account(local.id, ApiToken(Secret(local.credentials.token)))]
        world.configuration.given_budgets = {"spend": '{"limit": "50 USD"}'}
        world.run()
    [message] = [each for each in world.topic.published if each.alert["type"] == "threshold_crossed"]
    assert message.subject.startswith("spend over limit: at least ")
    assert "provisional" in message.subject
    assert "Mostly Workers Standard Requests, Worker shop-api (96 %): " in message.body
