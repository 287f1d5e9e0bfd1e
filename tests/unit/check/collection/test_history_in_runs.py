"""What runs remember of each day, and what they ask for because they do not know it."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.history import HistoryIndex
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import StateUnavailableError, UsageRefusedError, UsageUnavailableError
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import ACCOUNT_ID, AS_OF, charge, day
from tests.support.world import FakeUsage, World

SINCE = day("2026-09-17")  # 66 days before the 22nd of November
NOVEMBER = Period(day("2026-11-01"), day("2026-11-23"))
EARLIER = Period(SINCE, NOVEMBER.start)
DAY = timedelta(days=1)
DAILY = {"spend": '{"limit": "50 USD", "period": "day"}'}
MONTHLY = {"spend": '{"limit": "500 USD"}'}


@dataclass
class Months(FakeUsage):
    """A source that gives the rows of the asked period, at first one a day until yesterday.

    What begins before `has_from` it does not tell, and refuses if `refusal` is set.
    """

    source: str = "v2"
    given: dict[str, Charge] = field(default_factory=dict)
    has_from: datetime | None = None
    refusal: Exception | None = None
    complete_from: datetime | None = None
    other_source_before: datetime | None = None

    def read(self, account: Account, query: UsageQuery) -> Reading:
        self.asked.append((account.account_id, query))
        if self.refusal is not None and self.has_from and query.period.start < self.has_from:
            raise self.refusal
        first = max(query.period.start, self.has_from or query.period.start)
        rows = [
            row for row in self.given.values() if row.charge_period_start in Period(first, query.period.end)
        ]
        is_other = self.other_source_before is not None and query.period.start < self.other_source_before
        source = "v1" if is_other else self.source
        return Reading(source, rows, complete_from=self.complete_from)

    def fill(self, first: datetime, last: datetime) -> None:
        on = first
        while on <= last:
            self.given.setdefault(f"{on:%Y-%m-%d}", charge(f"{on:%Y-%m-%d}", "10", "1"))
            on += DAY

    @property
    def periods(self) -> list[Period]:
        return [query.period for _, query in self.asked]


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


def run_at(world: World, now: datetime) -> tuple[list[Period], list[str]]:
    """Run once; give the periods that were asked for, and what was written."""
    assert isinstance(world.usage, Months)
    world.now = now
    world.usage.asked.clear()
    world.accounts.writes.clear()
    world.accounts.recalled.clear()
    assert world.run().failures == ()
    return world.usage.periods, world.accounts.writes


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
