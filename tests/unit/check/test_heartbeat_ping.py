"""Somebody outside hears of every complete run, and of no other."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from cloudflare_budgets.domain.run.state import RunState
from cloudflare_budgets.errors import PingFailedError, UsageUnavailableError
from tests.support.builders import ACCOUNT_ID, AS_OF, charge
from tests.support.world import FakePing, FakeRunStateStore, World


@dataclass
class _TakesItsTime(FakeRunStateStore):
    """Leaves a run so much time."""

    world: World = field(kw_only=True)
    left: timedelta = field(kw_only=True)

    def save(self, state: RunState) -> None:
        self.world.time_left = self.left
        super().save(state)


@pytest.fixture
def world() -> World:
    world = World(ping=FakePing())
    world.use(charge(cost="41.2"))
    return world


def test_a_complete_run_is_reported_outside(world: World) -> None:
    assert world.run().failures == ()
    assert world.ping == FakePing(count=1)


def test_a_run_that_left_something_undone_is_not(world: World) -> None:
    world.usage.rows = {ACCOUNT_ID: UsageUnavailableError("503")}
    assert world.run().failures
    assert world.ping == FakePing(count=0)


def test_a_run_that_could_not_even_begin_is_not(world: World) -> None:
    world.configuration.faults["accounts"] = UsageUnavailableError("denied")
    assert world.run().failures
    assert world.ping == FakePing(count=0)


@pytest.mark.parametrize(
    "asked", [{"account_id": ACCOUNT_ID}, {"dry_run": True}, {"as_of": AS_OF - timedelta(hours=25)}]
)
def test_a_run_that_looks_at_less_than_everything_now_is_not(world: World, asked: dict[str, object]) -> None:
    assert world.run(**asked).failures == ()
    assert world.ping == FakePing(count=0)


def test_without_an_outside_source_nothing_is_reported(world: World) -> None:
    world.ping = None
    assert world.run().failures == ()


def test_a_ping_that_fails_fails_no_run_and_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.ping = FakePing(faults={"ping": PingFailedError("answered 503")})
    assert world.run().failures == ()
    [record] = caplog.records
    assert (record.levelname, record.message) == ("WARNING", "ping failed")
    assert vars(record)["reason"] == "answered 503"


@pytest.mark.parametrize(("seconds", "count"), [(29.9, 0), (30, 1)])
def test_no_complete_run_is_put_at_risk_by_its_ping(world: World, seconds: float, count: int) -> None:
    world.use(charge(cost="1"))
    world.run_store = _TakesItsTime(world=world, left=timedelta(seconds=seconds))
    assert world.run().failures == ()
    assert world.ping == FakePing(count=count)
