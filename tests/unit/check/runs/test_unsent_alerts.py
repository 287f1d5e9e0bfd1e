"""Alerts that could not be sent are owed, and sent by a later run."""

from datetime import timedelta

import pytest

from cloudflare_budgets.errors import (
    AlertRejectedError,
    AlertUndeliveredError,
    RetryableError,
    StateUnavailableError,
)
from cloudflare_budgets.messages.reply import reply
from tests.support.builders import charge
from tests.support.fakes import LEASE
from tests.support.world import FakePing, World


@pytest.fixture
def world() -> World:
    return World()


def test_an_alert_that_could_not_be_confirmed_is_repeated_when_its_lease_is_over(world: World) -> None:
    world.use(charge(cost="41"))
    world.outbox.faults["confirm"] = StateUnavailableError("no answer")
    assert world.run().failures
    del world.outbox.faults["confirm"]
    assert world.run().failures  # the lease still runs: pending, and nothing is sent
    assert len(world.topic.published) == 1
    world.now += timedelta(minutes=10)
    report = world.run()
    assert (report.failures, report.resent) == ((), 1)
    first, second = world.topic.published
    assert second.subject == f"{first.subject} (possible repeat)"
    assert second.body == first.body
    assert second.alert["alert_id"] == first.alert["alert_id"]
    assert (first.alert["attempt"], second.alert["attempt"]) == (1, 2)


def test_the_sweep_sends_what_is_owed_even_when_nothing_else_works(world: World) -> None:
    world.use(charge(cost="41"))
    world.topic.faults["publish"] = AlertUndeliveredError("no answer")
    world.run()
    del world.topic.faults["publish"]
    world.configuration.faults["accounts"] = RetryableError("throttled")
    world.now += timedelta(hours=1)
    report = world.run()
    assert report.resent == 1
    assert report.failures == ("throttled",)
    assert len(world.topic.published) == 1


def test_a_rejected_alert_is_tried_again_at_once_by_the_next_run(world: World) -> None:
    world.use(charge(cost="41"))
    world.topic.faults["publish"] = AlertRejectedError("throttled")
    report = world.run()
    assert report.accounts[0].alerts[0].state.value == "owed"
    del world.topic.faults["publish"]
    assert world.run().failures == ()
    assert len(world.topic.published) == 1


def test_without_a_subscriber_alerts_are_held_and_the_run_does_not_fail(world: World) -> None:
    world.use(charge(cost="41"))
    world.topic.subscriptions = 0
    for _ in range(3):
        report = world.run()
        assert report.failures == ()
        assert [alert.state for alert in report.all_alerts] == ["owed"]
        (problem,) = reply(report)["problems"]
        assert problem["kind"] == "no_subscriber"
        assert "AlertEmail" in problem["message"]
    assert world.topic.published == []
    assert world.outbox.rows == {}
    world.topic.subscriptions = 1
    report = world.run()
    assert [alert.state for alert in report.all_alerts] == ["sent"]
    assert reply(report)["problems"] == []
    assert len(world.topic.published) == 1


def test_what_an_interrupted_run_left_waits_for_a_subscriber_too(world: World) -> None:
    world.use(charge(cost="41"))
    world.topic.faults["publish"] = AlertUndeliveredError("no answer")
    assert world.run().failures
    world.topic.faults.clear()
    world.now += LEASE + timedelta(seconds=1)
    world.topic.subscriptions = 0
    report = world.run()
    assert (report.failures, report.resent, len(report.still_pending or ())) == ((), 0, 1)
    world.topic.subscriptions = 1
    assert world.run().resent == 1


def test_no_ping_says_that_all_is_well_while_the_topic_has_no_subscriber(world: World) -> None:
    world.ping = FakePing()
    world.topic.subscriptions = 0
    world.use(charge(cost="1"))
    world.run()
    assert world.ping.count == 0


def test_a_topic_that_does_not_say_who_listens_gets_its_alerts(world: World) -> None:
    world.use(charge(cost="41"))
    world.topic.subscriptions = None
    assert world.run().failures == ()
    assert len(world.topic.published) == 1


def test_without_memory_nothing_is_published(world: World) -> None:
    world.use(charge(cost="41"))
    world.outbox.faults["claim"] = StateUnavailableError("table gone")
    assert world.run().failures
    assert world.topic.published == []


def test_with_too_little_time_left_nothing_is_begun_and_the_run_says_so(world: World) -> None:
    world.use(charge(cost="41"))
    world.time_left = timedelta(seconds=149.9)
    assert "too little time" in world.run().failures[0]
    assert world.usage.asked == []
    world.time_left = timedelta(seconds=150)
    assert world.run().failures == ()
