"""What runs request again because history lacks it, and what they record."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.history import HistoryIndex
from cloudflare_budgets.errors import StateUnavailableError, UsageRefusedError, UsageUnavailableError
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


def test_what_the_source_has_nothing_of_is_requested_once(world: World, usage: Months) -> None:
    usage.has_from = NOVEMBER.start
    assert run_at(world, AS_OF)[0] == [NOVEMBER, EARLIER]
    for days in (1, 2):
        assert len(run_at(world, AS_OF + days * DAY)[0]) == 1


@pytest.mark.parametrize("fault", ["refusal", "complete_from"])
def test_what_the_source_will_not_give_is_requested_once_a_day(
    world: World, usage: Months, fault: str
) -> None:
    usage.has_from = NOVEMBER.start
    if fault == "refusal":
        usage.refusal = UsageRefusedError("too old")
    else:
        usage.complete_from = NOVEMBER.start
    reply = world.run()
    assert (reply.failures, reply.accounts[0].problems) == ((), ())
    assert len(run_at(world, AS_OF + timedelta(hours=23))[0]) == 1
    assert len(run_at(world, AS_OF + timedelta(hours=24))[0]) == 2


def test_a_day_after_it_was_requested_what_is_not_known_may_be_requested_again() -> None:
    known = HistoryIndex("v2", SINCE, AS_OF, asked=AS_OF)
    hours = {-1: True, 0: False, 23: False, 24: True}
    assert {each: known.may_ask(AS_OF + timedelta(hours=each)) for each in hours} == hours
    assert replace(known, asked=None).may_ask(AS_OF)


def test_days_that_another_source_reports_are_not_mixed_in(world: World, usage: Months) -> None:
    usage.other_source_before = NOVEMBER.start
    assert run_at(world, AS_OF)[0] == [NOVEMBER, EARLIER]
    assert min(on for _, on in world.accounts.days) == NOVEMBER.start
    assert {record.source for record in world.accounts.days.values()} == {"v2"}
    assert len(run_at(world, AS_OF + timedelta(hours=1))[0]) == 1


def test_what_cloudflare_could_not_give_just_now_is_requested_in_the_next_run(
    world: World, usage: Months
) -> None:
    usage.has_from, usage.refusal = NOVEMBER.start, UsageUnavailableError("503")
    assert len(run_at(world, AS_OF)[0]) == 2
    assert len(run_at(world, AS_OF + timedelta(hours=1))[0]) == 2


def test_days_that_only_a_forecast_needs_are_left_when_time_is_short(world: World) -> None:
    world.time_left = timedelta(seconds=194)
    assert run_at(world, AS_OF)[0] == [NOVEMBER]
    world.time_left = timedelta(seconds=195)
    assert run_at(world, AS_OF)[0] == [NOVEMBER, EARLIER]


def test_the_days_before_a_budgets_period_change_no_judgement(world: World, usage: Months) -> None:
    usage.given = {on: row for on, row in usage.given.items() if on < "2026-10-25" or on > "2026-11-10"}
    narrow = World(usage=usage, time_left=timedelta(seconds=160))
    narrow.configuration.given_budgets = MONTHLY
    (without,), (with_them,) = narrow.run().accounts[0].evaluations, world.run().accounts[0].evaluations
    for judged in ("window", "status", "observed", "crossed", "unknown"):
        assert getattr(without, judged) == getattr(with_them, judged)


@pytest.mark.parametrize("request_", [{"dry_run": True}, {"as_of": AS_OF - 10 * DAY}])
def test_a_dry_run_and_a_replay_record_nothing(world: World, request_: dict[str, object]) -> None:
    world.run(**request_)
    assert (world.accounts.writes, world.accounts.days) == ([], {})


def test_a_replay_requests_the_days_that_are_too_old_to_be_remembered(world: World, usage: Months) -> None:
    run_at(world, AS_OF)
    usage.asked.clear()
    world.run(as_of=AS_OF - 10 * DAY)
    assert usage.periods == [
        Period(day("2026-11-01"), day("2026-11-13")),
        Period(day("2026-09-07"), SINCE),
    ]
    assert world.accounts.recalled == [Period(SINCE, day("2026-11-01"))]


@pytest.mark.parametrize(
    ("fault", "failure"),
    [
        (StateUnavailableError("throttled"), "throttled"),
        (KeyError("secret"), "unexpected KeyError, see the log"),
    ],
)
def test_a_history_that_cannot_be_read_fails_the_run_after_all_alerts_were_sent(
    world: World, usage: Months, fault: Exception, failure: str
) -> None:
    run_at(world, AS_OF)
    usage.given["2026-11-20"] = charge("2026-11-20", "1", "800")
    world.accounts.faults["load_days"] = fault
    report = world.run()
    assert report.failures == (f"account {ACCOUNT_ID}: {failure}",)
    assert len(world.topic.published) == 1
    world.accounts.faults.clear()
    assert run_at(world, AS_OF + timedelta(hours=1)) == ([NOVEMBER], [])
    assert world.accounts.recalled == [EARLIER]


def test_a_history_that_cannot_be_written_fails_the_run_and_is_written_by_the_next(
    world: World, usage: Months
) -> None:
    usage.given["2026-11-20"] = charge("2026-11-20", "1", "800")
    world.accounts.faults["save_days"] = StateUnavailableError("throttled")
    report = world.run()
    assert report.failures == (f"account {ACCOUNT_ID}: throttled",)
    assert len(world.topic.published) == 1
    assert world.accounts.states == {}
    world.accounts.faults.clear()
    assert len(run_at(world, AS_OF + timedelta(hours=1))[1]) == 67


def test_a_day_that_lost_its_rows_preserves_its_record(world: World, usage: Months) -> None:
    run_at(world, AS_OF)
    del usage.given["2026-11-10"]
    run_at(world, AS_OF + timedelta(hours=1))
    assert (ACCOUNT_ID, day("2026-11-10")) in world.accounts.days


def test_what_is_known_never_reaches_back_to_what_the_table_forgets(world: World, usage: Months) -> None:
    for number in range(0, 200, 2):
        usage.fill(SINCE, day("2026-11-21") + number * DAY)
        run_at(world, AS_OF + number * DAY)
    history = world.accounts.states[ACCOUNT_ID].history
    assert history is not None
    last = day("2026-11-22") + 198 * DAY
    assert history.known_from == last - 66 * DAY
    assert min(history.digests) == last - 71 * DAY


def test_newest_rows_that_are_gone_again_make_no_gap(world: World, usage: Months) -> None:
    world.configuration.given_budgets = DAILY
    run_at(world, AS_OF)
    for on in ("2026-11-20", "2026-11-21"):
        del usage.given[on]
    run_at(world, AS_OF + timedelta(hours=1))
    history = world.accounts.states[ACCOUNT_ID].history
    assert history is not None
    assert history.known_through >= day("2026-11-21")
