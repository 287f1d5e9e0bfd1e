"""What runs remember of each day, and what they ask for because they do not know it."""

from datetime import timedelta

import pytest

from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.errors import UsageRefusedError
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import ACCOUNT_ID, AS_OF, charge, day
from tests.support.world import World
from tests.unit.check.collection.months import DAILY, DAY, EARLIER, MONTHLY, NOVEMBER, SINCE, Months, run_at


@pytest.fixture
def usage() -> Months:
    months = Months()
    months.fill(day("2026-09-01"), day("2026-11-21"))
    return months


@pytest.fixture
def world(usage: Months) -> World:
    world = World(usage=usage)
    world.configuration.given_budgets = MONTHLY
    return world


def test_the_first_run_requests_66_days_and_records_them_all(world: World) -> None:
    asked, written = run_at(world, AS_OF)
    assert asked == [NOVEMBER, EARLIER]
    assert world.usage.asked[1][1] == UsageQuery(EARLIER, preferred_source="v2")
    assert written == [*(f"{SINCE + number * DAY:%Y-%m-%d}" for number in range(66)), "state"]


def test_a_later_run_requests_its_budgets_period_alone_and_writes_nothing_new(world: World) -> None:
    run_at(world, AS_OF)
    assert run_at(world, AS_OF + timedelta(hours=1)) == ([NOVEMBER], [])
    assert world.accounts.recalled == [EARLIER]


def test_a_day_that_was_restated_is_written_again(world: World, usage: Months) -> None:
    run_at(world, AS_OF)
    usage.given["2026-11-20"] = charge("2026-11-20", "11", "1")
    _, written = run_at(world, AS_OF + timedelta(hours=1))
    assert written == ["2026-11-20", "state"]
    assert world.accounts.days[ACCOUNT_ID, day("2026-11-20")].lines[0].quantity == 11


def test_in_a_new_month_the_old_one_is_known_from_memory(world: World, usage: Months) -> None:
    for number in range(20):
        usage.fill(SINCE, day("2026-11-21") + number * DAY)
        asked, written = run_at(world, AS_OF + number * DAY)
        assert len(asked) == (2 if number == 0 else 1)
        assert len(written) == (2 if number else 67)
    assert asked == [Period(day("2026-12-01"), day("2026-12-12"))]
    assert world.accounts.recalled == [Period(day("2026-10-06"), day("2026-12-01"))]


def test_after_a_long_outage_the_days_are_requested_again(world: World, usage: Months) -> None:
    world.configuration.given_budgets = DAILY
    run_at(world, AS_OF)
    usage.fill(SINCE, day("2026-11-30"))
    asked, _ = run_at(world, AS_OF + 9 * DAY)
    assert asked == [Period(day("2026-11-19"), day("2026-12-02"))]
    usage.fill(SINCE, day("2027-01-20"))
    assert run_at(world, AS_OF + 60 * DAY)[0] == [
        Period(day("2026-12-21"), day("2027-01-22")),
        Period(day("2026-11-16"), day("2026-12-21")),
    ]


def test_after_an_outage_of_a_day_nothing_more_is_requested(world: World, usage: Months) -> None:
    world.configuration.given_budgets = DAILY
    run_at(world, AS_OF)
    usage.fill(SINCE, day("2026-11-22"))
    assert len(run_at(world, AS_OF + 2 * DAY)[0]) == 1


def test_days_that_begin_where_the_known_ones_end_are_joined_to_them(world: World, usage: Months) -> None:
    world.configuration.given_budgets = DAILY
    run_at(world, AS_OF)
    usage.fill(SINCE, day("2026-11-24"))
    (read,) = run_at(world, AS_OF + 3 * DAY)[0]
    assert read.start == day("2026-11-19")
    assert len(run_at(world, AS_OF + 3 * DAY + timedelta(hours=1))[0]) == 1


def test_when_the_source_changes_the_history_starts_anew(world: World, usage: Months) -> None:
    run_at(world, AS_OF)
    usage.source = "v1"
    asked, written = run_at(world, AS_OF + timedelta(hours=1))
    assert asked == [NOVEMBER, EARLIER]
    assert len(written) == 67
    assert {record.source for record in world.accounts.days.values()} == {"v1"}


def test_days_of_the_source_before_are_no_knowledge_of_the_one_after(world: World, usage: Months) -> None:
    run_at(world, AS_OF)
    usage.source, usage.has_from, usage.refusal = "v1", NOVEMBER.start, UsageRefusedError("too old")
    for hours in (1, 2):
        run_at(world, AS_OF + timedelta(hours=hours))
        assert world.accounts.recalled == []


def test_days_before_a_gap_are_no_history(world: World, usage: Months) -> None:
    world.configuration.given_budgets = DAILY
    run_at(world, AS_OF)
    usage.fill(SINCE, day("2026-12-02"))
    usage.has_from, usage.refusal = day("2026-11-28"), UsageRefusedError("too old")
    assert len(run_at(world, AS_OF + 9 * DAY)[0]) == 3
    run_at(world, AS_OF + 11 * DAY)
    usage.fill(SINCE, day("2026-12-04"))
    run_at(world, AS_OF + 13 * DAY)
    assert world.accounts.recalled == [Period(day("2026-11-28"), day("2026-11-30"))]


def test_a_quarters_budget_requests_the_days_of_the_cycle_before_it(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "500 USD", "period": "quarter"}'}
    asked, written = run_at(world, AS_OF)
    assert asked == [Period(day("2026-10-01"), day("2026-11-23")), Period(SINCE, day("2026-10-01"))]
    assert len(written) == 67
