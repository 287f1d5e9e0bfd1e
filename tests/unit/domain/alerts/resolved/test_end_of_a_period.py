"""What was sent of a period ends with the period, and nothing ends on missing data."""

from datetime import timedelta
from typing import Any

import pytest

from cloudflare_budgets.errors import (
    UsageUnavailableError,
)
from tests.support.builders import ACCOUNT_ID, AS_OF, charge, day
from tests.support.world import World
from tests.unit.domain.alerts.resolved.later import HOUR, alerts, run_later


def test_a_period_gone_by_ends_in_silence_and_is_forgotten(world: World) -> None:
    world.run()
    assert world.accounts.states[ACCOUNT_ID].open_alerts
    world.use(charge("2026-12-03", cost="1"))
    world.now = day("2026-12-04") + HOUR
    world.run()
    assert alerts(world) == []
    assert not world.accounts.states[ACCOUNT_ID].open_alerts


def test_a_reported_end_is_stored_until_its_period_has_settled_for_72_hours(world: World) -> None:
    world.run()
    world.use(charge(cost="1"))
    run_later(world)
    for hours, is_kept in ((71, True), (72, False)):
        world.use(charge("2026-11-30", cost="1"), charge("2026-12-02", cost="1"))
        world.now = day("2026-12-01") + hours * HOUR
        world.run()
        assert bool(world.accounts.states[ACCOUNT_ID].open_alerts) == is_kept


def test_a_cycle_that_is_not_known_just_now_resolves_nothing(world: World) -> None:
    cycle: dict[str, Any] = {
        "billing_period_start": day("2026-11-05"),
        "billing_period_end": day("2026-12-05"),
    }
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "period": "billing_period"}'}
    world.use(charge(cost="45", **cycle))
    world.run()
    world.use(charge(cost="1"))  # names no cycle
    run_later(world)
    assert alerts(world) == []
    world.use(charge(cost="1", **cycle))
    run_later(world)
    assert sorted(alert["reason"] for alert in alerts(world)) == ["problem_gone", "usage_restated"]


@pytest.mark.parametrize("limit", ["50 USD", "50 EUR"])
def test_a_budget_that_has_another_period_now_ends_in_silence(world: World, limit: str) -> None:
    world.run()
    world.use(charge(cost="1"))
    world.configuration.given_budgets = {"spend": f'{{"limit": "{limit}", "period": "week"}}'}
    run_later(world)
    assert alerts(world) == []
    assert not any("budget spend" in what for what in world.accounts.states[ACCOUNT_ID].open_alerts)


def test_usage_that_cannot_be_read_resolves_nothing_until_it_can(world: World) -> None:
    world.run()
    world.usage.rows = {ACCOUNT_ID: UsageUnavailableError("503")}
    run_later(world)
    assert alerts(world) == []
    world.use(charge(cost="1"))
    run_later(world)
    assert len(alerts(world)) == 1


def test_a_budget_whose_standing_is_unknown_is_not_resolved(world: World) -> None:
    world.run()
    world.use(charge("2026-11-15", cost="1"))  # as old as that, it proves nothing
    run_later(world)
    assert alerts(world) == []
    assert any("spend" in what for what in world.accounts.states[ACCOUNT_ID].open_alerts)


def test_a_dry_run_previews_the_end_and_stores_nothing(world: World) -> None:
    world.run()
    world.use(charge(cost="1"))
    world.now += HOUR
    before = world.accounts.states[ACCOUNT_ID]
    report = world.run(dry_run=True)
    assert [(alert.alert.type, alert.state) for alert in report.all_alerts] == [("resolved", "dry_run")]
    assert alerts(world) == []
    assert world.accounts.states[ACCOUNT_ID] == before


@pytest.mark.parametrize("back", [timedelta(days=12), timedelta(hours=11)])
def test_a_replay_of_a_quieter_time_resolves_nothing(world: World, back: timedelta) -> None:
    world.run()
    world.use(charge("2026-11-09", cost="1"))
    world.run(as_of=AS_OF - back)
    assert alerts(world) == []
    world.use(charge(cost="45"))
    run_later(world)
    assert len(alerts(world, "threshold_crossed")) == 1
