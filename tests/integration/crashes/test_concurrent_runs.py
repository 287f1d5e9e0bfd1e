"""Runs at the same time: each alert goes out once, whatever the order in which their calls interleave."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import pytest

from tests.integration.aws.mailbox import Mailbox
from tests.integration.crashes.boundaries import Boundary
from tests.integration.crashes.lock_step import LockStep, by_chance
from tests.integration.crashes.stage import Stage, stage_on
from tests.support.builders import AS_OF, each_day
from tests.support.fakes import LEASE, FakeConfiguration
from tests.support.sizes import SIZE
from tests.support.world import EXAMPLE, World

pytestmark = pytest.mark.model
TRIALS = SIZE.interleavings
AT_ONCE = 50
THROUGH_THE_HANDLER = TRIALS // 20  # an AWS in memory takes its time

BUDGETS = {
    "spend": '{"limit": "50 USD", "thresholds": ["50%", "80%", "100%", "100% forecast"]}',
    "requests": '{"limit": "40000 Requests", "scope": {"metric_id": ["kv"]},'
    ' "thresholds": ["50%", "90%", "100% forecast", "120% forecast"]}',
    "wrong": '{"limit": "?"}',
}
USAGE = (
    *each_day("2026-10-01", "2026-11-19", "1000", "1"),
    *each_day("2026-11-20", "2026-11-20", "9000", "20"),
    *each_day("2026-10-01", "2026-11-20", "1100", "0", "kv"),
)


@dataclass(frozen=True, slots=True)
class Stepping:
    """Something outside, each call of which waits for its run's turn."""

    deps: object
    step: Callable[[], None]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever a port has
        method = getattr(self.deps, name)

        def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
            self.step()
            return method(*arguments, **named)

        return call


def world() -> World:
    found = World(FakeConfiguration([EXAMPLE], BUDGETS))
    found.use(*USAGE)
    return found


def seen_by(shared: World, step: Callable[[], None]) -> World:
    """Give a run a world of its own, all of whose outside is shared."""
    parts = ("configuration", "usage", "outbox", "topic", "accounts", "run_store")
    return replace(shared, **{part: Stepping(getattr(shared, part), step) for part in parts})  # type: ignore[arg-type]


def told(shared: World) -> Counter[str]:
    alerts = [message.alert for message in shared.topic.published]
    return Counter(each["alert_id"] for alert in alerts for each in (alert, *alert["also"]))


@pytest.fixture(scope="module")
def alone() -> Counter[str]:
    """The alerts that a single run sends."""
    shared = world()
    assert shared.run().failures == ()
    kinds = Counter(message.attributes["type"] for message in shared.topic.published)
    assert kinds == {"threshold_crossed": 2, "problem": 1}
    return told(shared)


@pytest.mark.parametrize("seed", range(TRIALS))
def test_concurrent_runs_send_each_alert_once(seed: int, alone: Counter[str]) -> None:
    runs = AT_ONCE if seed % 50 == 0 else Random(seed).randint(2, 6)
    shared, turns = world(), LockStep(runs, by_chance(seed))

    def run(number: int) -> None:
        own = seen_by(shared, partial(turns.step, number))
        own.runs = number  # owners differ
        own.run()

    turns.all_of(run)
    assert told(shared) == alone
    shared.now = AS_OF + LEASE + timedelta(seconds=1)
    shared.runs = runs
    assert shared.run().failures == ()
    assert told(shared) == alone


@pytest.fixture
def stage(
    monkeypatch: pytest.MonkeyPatch, topic_arn: str, mailbox: Mailbox, table_properties: Mapping[str, Any]
) -> Iterator[Stage]:
    with stage_on(monkeypatch, topic_arn, mailbox, table_properties) as stage:
        yield stage


def test_concurrent_handlers_send_each_alert_once(stage: Stage) -> None:
    stage.begin()
    assert stage.run()
    alone = stage.received()
    for seed in range(THROUGH_THE_HANDLER):
        stage.begin()
        runs = Random(seed).randint(2, 5)
        turns = LockStep(runs, by_chance(seed))
        boundaries = [Boundary(None, turns, number) for number in range(runs)]

        def run(number: int, boundaries: list[Boundary] = boundaries) -> None:
            stage.run(boundaries[number])

        turns.all_of(run)
        assert stage.received() == alone, seed
        stage.wait_after(boundaries)
        assert stage.run(), seed
        assert stage.received() == {}, seed
