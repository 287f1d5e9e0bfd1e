"""Accounts of one token, each of which exceeds its budget."""

from __future__ import annotations

from datetime import timedelta

from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.run.state import RunCounts, RunState
from tests.model.fleet import Fleet, ids
from tests.support.builders import AS_OF, charge
from tests.support.fakes import FakeConfiguration
from tests.support.world import World

HOUR = timedelta(hours=1)
SPEND = '{"limit": "50 USD", "account_id": "*"}'
SEEN = RunState({AS_OF - timedelta(days=30): RunCounts(1)})


def fleet_of(count: int, *, budgets: dict[str, str] | None = None, token: str = "s" * 40) -> Fleet:
    accounts = [Account(one, ApiToken(Secret(token))) for one in ids(count)]
    world = World(FakeConfiguration(accounts, budgets or {"spend": SPEND}))
    world.run_store.state = SEEN
    for account in accounts:
        world.use(charge(cost="60"), account_id=account.account_id)
    return Fleet(world)


def pass_hour(fleet: Fleet) -> None:
    end = fleet.world.now + HOUR
    fleet.plan()
    fleet.work(end)
    fleet.send()
    fleet.world.now = end
