"""Planner, workers and sender together: each account is checked, each alert is sent once."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.errors import StateUnavailableError
from local.cloudflare.limit import RequestLimit
from tests.model.fleet import PacedUsage, copies, ids
from tests.support.builders import AS_OF
from tests.unit.many_accounts.agencies import HOUR, fleet_of, pass_hour

if TYPE_CHECKING:
    import pytest


def test_every_account_is_checked_and_every_alert_is_sent_once() -> None:
    fleet = fleet_of(7)

    pass_hour(fleet)
    pass_hour(fleet)

    assert len(fleet.world.topic.published) == 7
    assert set(copies(fleet.world).values()) == {1}
    assert len(fleet.world.standings.standings()) == 7
    assert fleet.jobs.given_up == fleet.alerts.given_up == []


def test_a_plan_that_is_repeated_sends_no_job_twice() -> None:
    fleet = fleet_of(3)

    assert fleet.plan() == fleet.plan() == 3
    assert sum(map(len, fleet.jobs.groups.values())) == 3


def test_accounts_without_an_enabled_budget_are_not_planned() -> None:
    first, second = ids(2)
    budgets = {
        "one": f'{{"limit": "50 USD", "account_id": "{first}"}}',
        "off": f'{{"limit": "50 USD", "account_id": "{second}", "enabled": false}}',
    }

    assert fleet_of(2, budgets=budgets).plan() == 1


def test_a_budget_without_an_account_belongs_to_the_only_account() -> None:
    fleet = fleet_of(1, budgets={"spend": '{"limit": "50 USD"}'})

    pass_hour(fleet)

    assert len(fleet.world.topic.published) == 1


def test_workers_claim_nothing_and_the_first_message_is_no_repeat() -> None:
    fleet = fleet_of(1)
    fleet.plan()
    fleet.work()

    [row] = [row for row in fleet.world.outbox.rows.values() if row.state == "CLAIMED"]
    assert (row.attempts, row.lease_until) == (0, 0)
    assert fleet.world.topic.published == []

    fleet.send()

    [message] = fleet.world.topic.published
    assert message.alert["attempt"] == 1


def test_a_worker_that_ends_before_it_starts_the_sender_loses_no_alert() -> None:
    fleet = fleet_of(1)
    fleet.plan()
    fleet.work()
    fleet.alerts.groups.clear()  # the message to the sender never came

    report = fleet.audit()

    assert report.failures == ()
    assert len(fleet.world.topic.published) == 1


def test_a_poisoned_account_is_given_up_alone_after_five_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    fleet = fleet_of(3)
    poisoned = list(ids(3))[1]
    load = fleet.world.accounts.load_state
    monkeypatch.setattr("cloudflare_budgets.check.account.decide", _raising_for(poisoned))
    monkeypatch.setattr(fleet.world.accounts, "load_state", load)

    for _ in range(2):
        pass_hour(fleet)

    assert {poisoned in message.body for message in fleet.jobs.given_up} == {True}
    assert len(fleet.world.topic.published) == 2
    assert {each["account_id"] for each in fleet.world.standings.standings()} == set(ids(3)) - {poisoned}


def _raising_for(account_id: str) -> object:
    from cloudflare_budgets.domain.alerts.decision import decide  # noqa: PLC0415 - before it is replaced

    def poisonous(budgets: object, context: object, *rest: object) -> object:
        if context.usage.account_id == account_id:  # type: ignore[attr-defined]
            raise ZeroDivisionError
        return decide(budgets, context, *rest)  # type: ignore[arg-type]

    return poisonous


def test_the_first_429_parks_only_its_token_and_the_rest_waits_in_the_queue() -> None:
    fleet = fleet_of(40)
    other = [Account(f"{number:032x}", ApiToken(Secret("o" * 40))) for number in range(100, 105)]
    fleet.world.configuration.given_accounts = [*fleet.world.configuration.given_accounts, *other]
    fleet.usage = PacedUsage(fleet.world, RequestLimit(30))

    fleet.plan()
    fleet.work(fleet.world.now + timedelta(minutes=4))
    checked = {str(each["account_id"]) for each in fleet.world.standings.standings()}

    assert {one.account_id for one in other} <= checked
    assert 0 < len(checked & set(ids(40))) < 40
    assert fleet.jobs.given_up == []


def test_the_next_plan_begins_with_the_accounts_that_were_left() -> None:
    fleet = fleet_of(60)
    fleet.usage = PacedUsage(fleet.world, RequestLimit(40))
    found = []
    for _ in range(3):
        end = fleet.world.now + HOUR
        fleet.plan()
        fleet.work(fleet.world.now + timedelta(minutes=1))
        found.append(len(fleet.world.standings.standings()))
        fleet.jobs.groups.clear()
        fleet.world.now = end

    assert found == [10, 20, 30]  # the first check of an account reads its history too


def test_the_mailbox_gets_at_most_four_messages_a_second_from_any_number_of_workers() -> None:
    fleet = fleet_of(100)
    fleet.plan()
    fleet.work()
    start = fleet.world.now

    fleet.send()

    assert len(fleet.world.topic.published) == 100
    assert fleet.world.now - start >= timedelta(seconds=99 / 4)


def test_without_a_subscriber_alerts_wait_and_the_sender_is_not_retried() -> None:
    fleet = fleet_of(2)
    fleet.world.topic.subscriptions = 0
    pass_hour(fleet)
    assert fleet.alerts.groups == {}

    fleet.world.topic.subscriptions = 1
    fleet.audit()

    assert len(fleet.world.topic.published) == 2


def test_an_alert_that_the_topic_refuses_is_delivered_to_the_sender_again() -> None:
    fleet = fleet_of(1)
    fleet.plan()
    fleet.work()
    fleet.world.topic.faults["publish"] = StateUnavailableError("refused")

    fleet.send()

    assert sum(map(len, fleet.alerts.groups.values())) == 1


def test_an_account_whose_check_fails_is_retried_and_then_left_to_the_next_plan() -> None:
    fleet = fleet_of(1)
    fleet.world.usage.rows = {next(iter(ids(1))): StateUnavailableError("down")}
    fleet.plan()

    fleet.work()

    assert fleet.jobs.groups == {}
    assert fleet.jobs.given_up == []
    assert fleet.world.now - AS_OF == timedelta(minutes=3)
    assert "down" in fleet.audit().failures[0]
