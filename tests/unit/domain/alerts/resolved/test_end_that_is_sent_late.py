"""Alerts and ends that are sent late, and runs that are interrupted."""

import pytest

from cloudflare_budgets.domain.alerts.alert import OutgoingAlert
from cloudflare_budgets.errors import (
    AlertRejectedError,
    AlertUndeliveredError,
    StateUnavailableError,
    UsageUnavailableError,
)
from tests.support.builders import ACCOUNT_ID, charge
from tests.support.fakes import FakeAlertTopic
from tests.support.world import EXAMPLE, OTHER, SPEND, World
from tests.unit.domain.alerts.resolved.later import alerts, gone, run_later


def test_an_end_that_could_not_be_reported_is_reported_later(world: World) -> None:
    world.run()
    world.use(charge(cost="1"))
    world.outbox.faults["claim"] = StateUnavailableError("no answer")  # nothing is kept of the alert either
    run_later(world)
    world.outbox.faults.clear()
    run_later(world)
    run_later(world)
    assert len(alerts(world)) == 1


@pytest.mark.parametrize("error", [AlertRejectedError("not now"), AlertUndeliveredError("no answer")])
def test_an_end_that_was_claimed_and_not_sent_is_sent_once(world: World, error: Exception) -> None:
    world.run()
    world.use(charge(cost="1"))
    world.topic.faults["publish"] = error
    run_later(world)
    world.topic.faults.clear()
    run_later(world)
    run_later(world)
    assert len(alerts(world)) == 1


def test_what_was_sent_late_ends_in_the_run_after_it_if_its_cause_is_gone(world: World) -> None:
    world.topic.faults["publish"] = AlertRejectedError("throttled")
    world.run()
    world.topic.faults.clear()
    world.configuration.given_budgets = {"spend": '{"limit": "200 USD"}'}
    run_later(world)
    assert (len(alerts(world, "threshold_crossed")), alerts(world)) == (1, [])
    run_later(world)
    run_later(world)
    (crossing,), (resolved,) = alerts(world, "threshold_crossed"), alerts(world)
    assert (resolved["resolves"], resolved["reason"]) == (crossing["alert_id"], "limit_raised")


def test_what_was_sent_late_is_open_until_it_is_known_to_be_over(world: World) -> None:
    world.topic.faults["publish"] = AlertRejectedError("throttled")
    world.run()
    world.topic.faults.clear()
    world.usage.rows = {ACCOUNT_ID: UsageUnavailableError("503")}
    run_later(world)
    assert (len(alerts(world, "threshold_crossed")), alerts(world)) == (1, [])
    world.use(charge(cost="1"))
    run_later(world)
    assert len(alerts(world)) == 1


def test_what_was_never_sent_has_no_end(world: World) -> None:
    world.topic.faults["publish"] = AlertRejectedError("throttled")
    world.run()
    world.use(charge(cost="1"))
    run_later(world)
    assert alerts(world) == []
    world.topic.faults.clear()
    run_later(world)
    run_later(world)
    assert [message.alert["type"] for message in world.topic.published] == ["threshold_crossed", "resolved"]


def test_late_problems_end_too_with_and_without_an_account(world: World) -> None:
    world.topic.faults["publish"] = AlertRejectedError("throttled")
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        "spend": f'{{"limit": "5000 EUR", "account_id": "{ACCOUNT_ID}"}}',
        "whose": SPEND,
    }
    world.run()
    world.topic.faults.clear()
    world.configuration.given_budgets = dict.fromkeys(
        ("spend", "whose"), f'{{"limit": "5000 USD", "account_id": "{ACCOUNT_ID}"}}'
    )
    run_later(world)
    run_later(world)
    assert sorted(gone(world)) == [("invalid_budget", "whose"), ("unknown_currency", "spend")]


def test_notes_that_could_not_be_recalled_are_not_written_over_for_what_was_sent_late(world: World) -> None:
    world.run()
    kept = world.accounts.states[ACCOUNT_ID]
    world.use(charge(cost="55"))
    world.topic.faults["publish"] = AlertRejectedError("throttled")
    run_later(world)
    world.topic.faults.clear()
    before = world.accounts.states[ACCOUNT_ID]
    assert before == kept
    world.accounts.faults["load_state"] = StateUnavailableError("no answer")
    run_later(world)
    assert world.accounts.states[ACCOUNT_ID] == before


class Killed(BaseException):
    """The process ends here."""


class KillsAfter(FakeAlertTopic):
    """Takes a message, and the process is gone."""

    def publish(self, alert: OutgoingAlert, attempt: int) -> str:
        super().publish(alert, attempt)
        raise Killed


def test_a_run_that_ends_while_sending_loses_neither_the_alert_nor_its_end(world: World) -> None:
    world.topic = KillsAfter()
    with pytest.raises(Killed):
        world.run()
    assert ACCOUNT_ID not in world.accounts.states
    published, world.topic = world.topic.published, FakeAlertTopic()
    run_later(world)  # sends what it finds claimed, perhaps once more
    assert world.topic.published[0].subject.endswith("(possible repeat)")
    assert world.accounts.states[ACCOUNT_ID].source == "v2"
    world.use(charge(cost="1"))
    run_later(world)
    assert [alert["resolves"] for alert in alerts(world)] == [published[0].alert["alert_id"]]
