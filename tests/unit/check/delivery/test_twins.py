"""Runs at the same time: a claim of a run that is alive is no failure of the other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.builders import charge
from tests.support.world import World


@pytest.fixture
def world() -> World:
    world = World()
    world.use(charge(cost="41"))
    return world


def claimed_elsewhere(world: World) -> Callable[[], None]:
    """Let another run claim the alert; return what confirms it."""
    preview = replace(world)
    (found,) = preview.run(dry_run=True).all_alerts
    from cloudflare_budgets.messages.alerts.render import outgoing  # noqa: PLC0415

    alert = outgoing(found.alert)
    world.outbox.claim(alert, "twin", world.now)
    return lambda: world.outbox.confirm(alert, "message-1", world.now)


def test_an_alert_that_another_run_sends_meanwhile_is_no_failure(world: World) -> None:
    confirm = claimed_elsewhere(world)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            confirm()

    world.sleep = sleep  # type: ignore[method-assign]
    report = world.run()
    assert report.failures == ()
    assert [alert.state for alert in report.all_alerts] == ["already_sent"]
    assert sum(slept) <= 7
    assert world.topic.published == []


def test_an_alert_that_another_run_never_sends_fails_the_run_and_is_sent_later(world: World) -> None:
    claimed_elsewhere(world)
    report = world.run()
    (failure,) = report.failures
    assert "still being sent by another run" in failure
    assert [alert.state for alert in report.all_alerts] == ["owed"]
    world.now += timedelta(minutes=10)
    assert world.run().resent == 1


def test_without_time_a_run_does_not_wait_for_another_one(world: World) -> None:
    claimed_elsewhere(world)
    before, world.time_left = world.now, timedelta(seconds=29)
    assert world.run().failures
    assert world.now == before
