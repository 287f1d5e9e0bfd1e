"""The count of runs: proof of life, kept small."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.alerts.alert import AlertType
from cloudflare_budgets.domain.primitives.period import midnight
from cloudflare_budgets.domain.run.state import RunCounts, RunLog, last_week, logged
from cloudflare_budgets.errors import AlertRejectedError, StateUnavailableError, UsageUnavailableError
from tests.support.builders import ACCOUNT_ID, AS_OF, charge, day
from tests.support.world import World

TODAY = midnight(AS_OF)
ONE = RunCounts(complete=1)


def test_runs_of_a_day_add_up() -> None:
    log = logged(logged({}, RunCounts(1, 0, 2), AS_OF), RunCounts(0, 1, 3), AS_OF + timedelta(hours=13))
    assert log == {TODAY: RunCounts(1, 1, 5)}


def test_a_week_is_the_last_seven_days_and_today() -> None:
    log = {day(f"2026-11-{number:02}"): ONE for number in range(10, 23)}
    assert last_week(log, AS_OF) == RunCounts(complete=8)
    assert last_week({}, AS_OF) == RunCounts()


def test_a_day_of_the_log_is_forgotten_after_five_weeks() -> None:
    log = {TODAY - timedelta(days=back): ONE for back in (34, 35)}
    assert logged(log, ONE, AS_OF) == {TODAY - timedelta(days=34): ONE, TODAY: ONE}


@given(st.lists(st.integers(0, 24 * 400), max_size=60))
def test_a_log_never_grows_beyond_five_weeks_and_loses_no_day_that_counts(hours: list[int]) -> None:
    log: RunLog = {}
    for each in sorted(hours):
        as_of = AS_OF + timedelta(hours=each)
        log = logged(log, ONE, as_of)
        recent = sum(
            midnight(AS_OF + timedelta(hours=other)) >= midnight(as_of) - timedelta(days=7)
            for other in sorted(hours)[: sorted(hours).index(each)]
        )
        assert len(log) <= 35
        assert last_week(log, as_of).complete >= recent + 1


def test_every_run_is_counted_with_what_it_reported() -> None:
    world = World()
    world.use(charge(cost="41.2"))
    world.run()
    world.run()
    assert world.run_store.state.log == {TODAY: RunCounts(2, 0, 1)}


def test_a_run_that_fails_is_counted_as_one_that_left_something_undone() -> None:
    world = World()
    world.usage.rows = {ACCOUNT_ID: UsageUnavailableError("503")}
    world.run()
    assert world.run_store.state.log == {TODAY: RunCounts(0, 1, 0)}


def test_an_alert_that_a_later_run_sends_is_counted_by_that_run() -> None:
    world = World()
    world.use(charge(cost="41.2"))
    world.topic.faults["publish"] = AlertRejectedError("not now")
    world.run()
    world.topic.faults.clear()
    world.now += timedelta(hours=1)
    world.run()
    assert world.run_store.state.log == {TODAY: RunCounts(1, 1, 1)}


def test_a_digest_is_nothing_to_report() -> None:
    world = World()
    world.use(charge(cost="1"))
    world.run(digest=True)
    assert world.topic.published[0].attributes["type"] == AlertType.DIGEST
    assert world.run_store.state.log == {TODAY: RunCounts(1, 0, 0)}


def test_a_dry_run_and_a_replay_are_not_counted() -> None:
    world = World()
    world.use(charge(cost="1"))
    world.run(dry_run=True)
    world.run(as_of=AS_OF - timedelta(days=2))
    assert world.run_store.state.log == {}


def test_a_log_that_cannot_be_read_or_written_fails_the_run_and_nothing_else() -> None:
    for method in ("load", "save"):
        world = World()
        world.use(charge(cost="41.2"))
        world.run_store.faults[method] = StateUnavailableError("no answer")
        report = world.run()
        assert report.failures == ("no answer",)
        assert len(world.topic.published) == 1


def test_problems_of_no_account_are_reported_though_the_log_cannot_be_read() -> None:
    world = World()
    world.configuration.given_budgets = {}
    world.run_store.faults["load"] = StateUnavailableError("no answer")
    world.run()
    assert [message.alert["problem"]["kind"] for message in world.topic.published] == ["no_budgets"]


def test_a_digest_that_stays_away_is_reported_once_and_its_return_too() -> None:
    world = World()
    start = world.now
    for days in (0, 7, 14):
        world.now = start + timedelta(days=days)
        world.run(digest=True)
    for days in (21, 29, 30, 31):
        world.now = start + timedelta(days=days)
        world.run()
    told = [message for message in world.topic.published if "digest" in message.subject]
    assert len(told) == 1
    assert "\nNext alert: only if it happens again\n" in told[0].body
    world.run(digest=True)
    world.now += timedelta(hours=1)
    world.run()
    ends = [message.alert for message in world.topic.published if message.alert["type"] == "resolved"]
    assert [alert["problem"]["kind"] for alert in ends if alert["problem"]].count("digest_missing") == 1


def test_a_stack_without_digests_reports_no_missing_digest() -> None:
    world = World()
    for days in (0, 20, 40):
        world.now += timedelta(days=days)
        world.run()
    assert not [message for message in world.topic.published if "digest" in message.subject]
