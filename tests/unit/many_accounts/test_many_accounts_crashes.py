"""Planner, workers, sender and audit that are killed at any call, or run at the same time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from cloudflare_budgets.check.delivery import Delivery
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.run.job import read_job
from cloudflare_budgets.domain.run.state import RunCounts, RunState
from cloudflare_budgets.many_accounts.sender import send_pending
from tests.integration.crashes.lock_step import LockStep, by_chance
from tests.model.fleet import Fleet, KilledError, copies, ids
from tests.support.builders import AS_OF, charge
from tests.support.fakes import FakeConfiguration
from tests.support.sizes import SIZE
from tests.support.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

HOUR = timedelta(hours=1)
PARTS = ("configuration", "usage", "outbox", "topic", "accounts", "run_store", "standings")
BUDGETS = {
    "spend": '{"limit": "50 USD", "account_id": "*", "thresholds": ["50%", "80%", "100%"]}',
    "wrong": '{"limit": "?"}',
}


@dataclass
class Calls:
    """Counts the calls that leave a process, and kills it before or after one of them."""

    fatal: int | None = None
    is_after: bool = False
    names: list[str] = field(default_factory=list)

    def of(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            number = len(self.names)
            self.names.append(name)
            if number == self.fatal and not self.is_after:
                raise KilledError(name)
            found = call(*arguments, **named)
            if number == self.fatal:
                raise KilledError(name)
            return found

        return counted


@dataclass(frozen=True, slots=True)
class Watched:
    """Something outside, each method of which is called by way of `call`."""

    outside: object
    name: str
    call: Callable[[str, Callable[..., Any]], Callable[..., Any]]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a port has
        found = getattr(self.outside, name)
        return self.call(f"{self.name}.{name}", found) if callable(found) else found


def _world(count: int) -> World:
    accounts = [Account(one, ApiToken(Secret("s" * 40))) for one in ids(count)]
    world = World(FakeConfiguration(accounts, BUDGETS))
    world.run_store.state = RunState({AS_OF - timedelta(days=30): RunCounts(1)})
    for account in accounts:
        world.use(charge(cost="60"), account_id=account.account_id)
    return world


def _watched(world: World, call: Callable[[str, Callable[..., Any]], Callable[..., Any]]) -> World:
    return replace(world, **{name: Watched(getattr(world, name), name, call) for name in PARTS})  # type: ignore[arg-type]


def _hours(fleet: Fleet, count: int) -> None:
    for _ in range(count):
        end = fleet.world.now + HOUR
        for step in (fleet.audit, fleet.plan, partial(fleet.work, end), fleet.send):
            try:
                step()
            except KilledError:
                step()  # Lambda invokes the function again
        fleet.world.now = end


@pytest.fixture(scope="module")
def calls() -> list[str]:
    """The calls of an hour in which nothing fails."""
    counted = Calls()
    world = _world(2)
    _hours(Fleet(_watched(world, counted.of)), 1)
    assert len(world.topic.published) == 3
    return counted.names


def test_the_calls_of_an_hour_are_known(calls: list[str]) -> None:
    assert {"outbox.store", "outbox.claim", "topic.publish", "outbox.confirm", "standings.standings"} <= {
        *calls
    }


@pytest.mark.crashes
@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("seed", range(SIZE.examples // 5))
def test_a_process_that_is_killed_at_any_call_loses_no_alert(
    seed: int, calls: list[str], *, is_after: bool
) -> None:
    counted = Calls(Random(seed).randrange(len(calls)) if seed >= len(calls) else seed, is_after)
    world = _world(2)

    _hours(Fleet(_watched(world, counted.of)), 3)

    sent = copies(world)
    assert len(sent) == 3, counted.names[counted.fatal or 0]
    assert max(sent.values()) <= 2
    if max(sent.values()) == 2:
        assert counted.names[counted.fatal or 0] in {"topic.publish", "outbox.confirm"}


@pytest.mark.model
@pytest.mark.parametrize("seed", range(SIZE.interleavings // 10))
def test_workers_and_senders_at_the_same_time_send_each_alert_once(seed: int) -> None:
    world = _world(3)
    planned = Fleet(world)
    planned.plan()
    bodies = [queue[0].body for queue in planned.jobs.groups.values()]
    work = [*bodies, bodies[0], None, None]  # a job that is delivered twice, and two senders
    turns = LockStep(len(work), by_chance(seed))

    def run(number: int) -> None:
        def step(_name: str, call: Callable[..., Any]) -> Callable[..., Any]:
            def stepping(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
                turns.step(number)
                return call(*arguments, **named)

            return stepping

        own, body = _watched(world, step), work[number]
        if body is None:
            delivery = Delivery(
                own.outbox, own.topic, f"sender-{number}", lambda: AS_OF, lambda: HOUR, lambda _: None
            )
            send_pending((), delivery)
        else:
            Fleet(own).check(read_job(body), 1)

    turns.all_of(run)
    world.now = AS_OF + HOUR
    final = Fleet(world)
    final.alerts.put("{}", "sender", "pending")
    final.send()

    assert len(world.topic.published) == 3
    assert set(copies(world).values()) == {1}
