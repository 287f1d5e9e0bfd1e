import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.auto import ThreadLocalUsageSource
from cloudflare_budgets.check.collect import AT_A_TIME
from cloudflare_budgets.domain.budgets.account import Account, InvalidAccount
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.domain.run.state import RunState
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import (
    AccessDeniedError,
    AlertRejectedError,
    AlertUndeliveredError,
    RetryableError,
    StateUnavailableError,
    UsageUnavailableError,
)
from cloudflare_budgets.messages.reply import failure_text, reply
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import ACCOUNT_ID, AS_OF, OTHER_ACCOUNT_ID, PREFIX, charge
from tests.support.fakes import LEASE, FakeConfiguration
from tests.support.world import EXAMPLE, OTHER, SPEND, WATCHED, FakePing, FakeUsage, World


@pytest.fixture
def world() -> World:
    return World()


def test_a_crossing_is_reported_once_however_often_the_check_runs(world: World) -> None:
    world.use(charge(cost="41.2"))
    states = [world.run().accounts[0].alerts[0].state.value for _ in range(3)]
    assert states == ["sent", "already_sent", "already_sent"]
    assert world.subjects == ["spend passed 80 %: 41.20 of 50 USD (82 %), 9 days left - Example account"]


def test_several_thresholds_crossed_at_once_make_one_message(world: World) -> None:
    world.use(charge(cost="60"))
    world.run()
    (message,) = world.topic.published
    assert message.alert["threshold"]["percent"] == "100"
    assert [lower["percent"] for lower in message.alert["also_crossed"]] == ["50", "80"]
    assert message.attributes["severity"] == "critical"


def test_usage_restated_downwards_does_not_report_the_lower_thresholds_afterwards(world: World) -> None:
    world.use(charge(cost="60"))
    world.run()
    world.use(charge(cost="45"))
    assert world.run().accounts[0].alerts[0].state.value == "already_sent"
    assert len(world.topic.published) == 1


def test_the_next_threshold_is_reported_when_it_is_reached(world: World) -> None:
    for cost in ("26", "41", "49", "50"):
        world.use(charge(cost=cost))
        world.run()
    assert [message.alert["threshold"]["percent"] for message in world.topic.published] == ["50", "80", "100"]


def test_a_changed_limit_arms_again(world: World) -> None:
    world.use(charge(cost="60"))
    world.run()
    world.configuration.given_budgets = {"spend": '{"limit": "55 USD"}'}
    world.run()
    assert len(world.topic.published) == 2


def test_a_problem_is_reported_once_a_day(world: World) -> None:
    world.configuration.given_budgets = {"spend": "{", "other": SPEND}
    world.use(charge(cost="1"))
    for hours in (0, 1, 24):
        world.now = AS_OF + timedelta(hours=hours)
        world.run()
    assert world.subjects == ["Problem: budget spend is invalid and is not watched"] * 2
    assert "/cloudflare-budgets/budgets/spend" in world.topic.published[0].body


def test_a_filter_by_budget_receives_its_problems_and_their_end(world: World) -> None:
    world.configuration.given_budgets = {"workers": "{", "other": SPEND}
    world.run()
    world.configuration.given_budgets = {"workers": SPEND, "other": SPEND}
    world.use(charge(cost="1"))
    world.run()
    about_workers = [m for m in world.topic.published if m.attributes.get("budget") == "workers"]
    assert [message.attributes["type"] for message in about_workers] == ["problem", "resolved"]
    no_data = [m for m in world.topic.published if m.alert.get("problem", {}).get("kind") == "no_data"]
    assert ["budget" in message.attributes for message in no_data] == [
        False,
        False,
    ]  # the account's, and its end


def test_a_refused_token_leaves_its_budgets_unknown_and_is_reported(world: World) -> None:
    world.usage.rows = {ACCOUNT_ID: AccessDeniedError("Cloudflare answered 403")}
    report = world.run()
    assert report.failures == ()
    assert reply(report)["accounts"][0]["budgets"][0]["status"] == "unknown"
    assert world.topic.published[0].alert["problem"] == {
        "kind": "access_denied",
        "subject": ACCOUNT_ID,
        "message": "Cloudflare answered 403",
    }


def test_what_a_retry_can_fix_fails_the_run_after_all_other_work(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        "one": f'{{"limit": "50 USD", "account_id": "{ACCOUNT_ID}"}}',
        "two": f'{{"limit": "50 USD", "account_id": "{OTHER_ACCOUNT_ID}"}}',
    }
    world.usage.rows = {ACCOUNT_ID: UsageUnavailableError("503"), OTHER_ACCOUNT_ID: [charge(cost="60")]}
    report = world.run()
    assert report.failures == (f"account {ACCOUNT_ID}: 503",)
    assert [message.attributes["budget"] for message in world.topic.published] == ["two"]
    unread = next(account for account in report.accounts if account.account_id == ACCOUNT_ID)
    assert [problem.kind for problem in unread.problems] == ["usage_unavailable"]


def test_an_error_that_is_unexpected_stops_one_account_only(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {"two": f'{{"limit": "9 USD", "account_id": "{OTHER_ACCOUNT_ID}"}}'}
    world.configuration.given_budgets |= {"one": f'{{"limit": "9 USD", "account_id": "{ACCOUNT_ID}"}}'}
    world.usage.rows = {ACCOUNT_ID: KeyError("secret"), OTHER_ACCOUNT_ID: [charge(cost="60")]}
    report = world.run()
    assert report.failures == (f"account {ACCOUNT_ID}: unexpected KeyError, see the log",)
    assert len(world.topic.published) == 1


def test_usage_that_cannot_be_evaluated_stops_one_account_only(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        "one": f'{{"limit": "50 USD", "account_id": "{ACCOUNT_ID}"}}',
        "two": f'{{"limit": "50 USD", "account_id": "{OTHER_ACCOUNT_ID}"}}',
    }
    nonsense = replace(charge(cost="1"), billed_cost="sixty")  # type: ignore[arg-type]
    world.usage.rows = {ACCOUNT_ID: [nonsense], OTHER_ACCOUNT_ID: [charge(cost="60")]}
    report = world.run()
    assert report.failures == (f"account {ACCOUNT_ID}: unexpected TypeError, see the log",)
    assert [message.attributes["budget"] for message in world.topic.published] == ["two"]


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


def test_a_dry_run_decides_everything_and_neither_sends_nor_stores(world: World) -> None:
    world.use(charge(cost="41"))
    report = world.run(dry_run=True)
    assert report.accounts[0].alerts[0].state.value == "dry_run"
    assert (world.topic.published, world.outbox.writes, report.failures) == ([], [], ())
    world.run()
    assert world.run(dry_run=True).accounts[0].alerts[0].state.value == "already_sent"


def test_a_replay_of_another_time_teaches_later_runs_nothing(world: World) -> None:
    world.use(charge(cost="1"), charge("2026-10-31", cost="1"))
    world.run()
    learned = dict(world.accounts.states)
    for days in (-40, 40):
        world.run(as_of=AS_OF + timedelta(days=days))
    assert world.accounts.states == learned


def test_the_month_before_is_alerted_when_its_last_days_arrive_late(world: World) -> None:
    world.run_store.state = WATCHED
    world.now = datetime.fromisoformat("2026-12-02T10:00:00Z")
    world.use(charge("2026-11-30", cost="60"), charge("2026-12-01", cost="1"))
    world.run()
    crossing, closed = world.topic.published
    assert (crossing.alert["type"], closed.alert["type"]) == ("threshold_crossed", "period_closed")
    assert crossing.alert["period"]["start"] == closed.alert["period"]["start"] == "2026-11-01T00:00:00Z"


def test_an_account_without_budgets_is_not_read(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {"one": f'{{"limit": "9 USD", "account_id": "{ACCOUNT_ID}"}}'}
    world.run()
    assert {account_id for account_id, _ in world.usage.asked} == {ACCOUNT_ID}


def test_a_disabled_budget_is_neither_evaluated_nor_read_for(world: World) -> None:
    world.configuration.given_budgets = {"spend": '{"limit": "1 USD", "enabled": false}'}
    world.use(charge(cost="60"))
    report = world.run()
    assert (report.accounts[0].evaluations, world.usage.asked, world.topic.published) == ((), [], [])


def test_nothing_configured_is_reported_and_says_how_to_begin(world: World) -> None:
    world.configuration = FakeConfiguration()
    report = world.run()
    assert [problem.kind for problem in report.problems] == ["no_accounts", "no_budgets"]
    assert '{"limit": "50 USD"}' in world.topic.published[1].body


def test_an_unusable_account_parameter_is_named(world: World) -> None:
    name = f"{PREFIX}/accounts/{OTHER_ACCOUNT_ID}/api-token"
    world.configuration.given_accounts = [EXAMPLE, InvalidAccount(name, "is empty", OTHER_ACCOUNT_ID)]
    world.configuration.given_budgets = {"one": f'{{"limit": "9 USD", "account_id": "{ACCOUNT_ID}"}}'}
    world.use(charge(cost="1"))
    (problem,) = world.run().problems
    assert (problem.kind, problem.subject) == ("invalid_account", name)


def test_one_account_can_be_checked_alone(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        "one": f'{{"limit": "50 USD", "account_id": "{ACCOUNT_ID}"}}',
        "two": f'{{"limit": "50 USD", "account_id": "{OTHER_ACCOUNT_ID}"}}',
    }
    world.use(charge(cost="1"))
    report = world.run(account_id=ACCOUNT_ID)
    assert [account.account_id for account in report.accounts] == [ACCOUNT_ID]
    unknown = world.run(account_id="f" * 32)
    assert [problem.kind for problem in unknown.problems] == ["account_unknown"]


def watch(world: World, ids: Iterable[str]) -> None:
    accounts = [replace(EXAMPLE, account_id=account_id) for account_id in ids]
    world.configuration.given_accounts = accounts
    world.configuration.given_budgets = {
        f"b{each.account_id}": f'{{"limit": "50 USD", "account_id": "{each.account_id}"}}'
        for each in accounts
    }


@dataclass
class SlowUsage(FakeUsage):
    """Leaves a run no time for more accounts than so many."""

    world: World = field(kw_only=True)
    accounts: int = field(kw_only=True)

    def read(self, account: Account, query: UsageQuery) -> Reading:
        reading = super().read(account, query)
        has_time = len({account_id for account_id, _ in self.asked}) < self.accounts
        self.world.time_left = timedelta(seconds=300 if has_time else 45)
        return reading


def test_where_time_runs_out_the_next_run_begins(world: World) -> None:
    ids = [f"{number:032x}" for number in range(40)]
    watch(world, reversed(ids))
    read = []
    for _ in range(4):
        world.time_left = timedelta(seconds=300)
        world.usage = SlowUsage(world=world, accounts=2 * AT_A_TIME)
        failures = world.run().failures
        assert len(failures) == 24
        assert "too little time was left to read it; the next run begins with it" in failures[0]
        read.append({account_id for account_id, _ in world.usage.asked})
    assert read == [set(ids[:16]), set(ids[16:32]), {*ids[32:], *ids[:8]}, set(ids[8:24])]


def test_a_run_for_one_account_leaves_where_time_ran_out_as_it_is(world: World) -> None:
    watch(world, ids := [f"{number:032x}" for number in range(4)])
    world.run_store.state = RunState(left_at=ids[2])
    world.run(account_id=ids[0])
    assert world.run_store.state.left_at == ids[2]
    assert [account.account_id for account in world.run().accounts] == [*ids[2:], *ids[:2]]
    assert world.run_store.state.left_at is None


def test_a_thousand_accounts_are_all_read_and_each_is_reported_for_its_own(world: World) -> None:
    watch(world, ids := [f"{number:032x}" for number in range(1000)])
    world.usage.rows = {account_id: [charge(cost="60")] for account_id in ids[::100]}
    world.usage.rows |= {ids[1]: UsageUnavailableError("503"), ids[2]: AccessDeniedError("403")}
    report = world.run()
    assert [account.account_id for account in report.accounts] == ids
    told = {message.attributes["account_id"] for message in world.topic.published}
    assert set(ids[::100]) | {ids[2]} <= told
    assert report.failures == (f"account {ids[1]}: 503",)


def test_no_more_than_five_messages_a_second_leave_a_run(world: World) -> None:
    scoped = {
        f"b{each}": f'{{"limit": "50 USD", "scope": {{"metric_id": ["m{each}"]}}}}' for each in range(11)
    }
    world.configuration.given_budgets = scoped
    world.use(*(charge(cost="60", metric=f"m{each}") for each in range(11)))
    before = world.now
    world.run()
    assert len(world.topic.published) == 11
    assert world.now - before >= timedelta(seconds=2)


def test_a_reply_that_is_too_large_for_lambda_becomes_counts(world: World) -> None:
    world.use(charge(cost="41"))
    report = world.run()
    (account,) = report.accounts
    large = replace(report, accounts=(replace(account, evaluations=account.evaluations * 20_000),))
    found = reply(large)
    assert (found["truncated"], found["accounts"], found["problems"]) == (True, 1, {})
    assert found["budgets"] == {"breached": 20_000}
    assert found["alerts"] == {"sent": 1}
    assert "truncated" not in reply(report)


def test_a_run_with_many_failures_says_how_many_more_there_are() -> None:
    report = Report(AS_OF, own_failures=tuple(f"failure {number}" for number in range(1000)))
    assert failure_text(report).endswith("failure 9; and 990 more, see the log")


def test_each_thread_reads_from_a_source_of_its_own() -> None:
    made: list[FakeUsage] = []

    def make() -> FakeUsage:
        made.append(FakeUsage())
        return made[-1]

    source = ThreadLocalUsageSource(make)
    barrier = threading.Barrier(3)

    def read() -> None:
        barrier.wait()
        source.read(EXAMPLE, UsageQuery(Period(AS_OF, AS_OF)))

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(len(each.asked) for each in made) == [0, 1, 1, 1]


def test_the_reply_is_the_one_of_the_contract(world: World) -> None:
    world.use(charge(cost="41.2"))
    answer = reply(world.run())
    account = answer["accounts"][0]
    alert = account["alerts"][0]
    assert answer["as_of"] == "2026-11-22T10:00:00Z"
    assert account == {
        "account_id": ACCOUNT_ID,
        "source": "v2",
        "data_through": "2026-11-22T00:00:00Z",
        "fresh_through": None,
        "fresh_failure": None,
        "budgets": [
            {
                "name": "spend",
                "status": "breached",
                "level": "threshold_passed",
                "observed": "41.2 USD",
                "low": None,
                "high": None,
                "limit": "50 USD",
                "allowance_of": None,
                "percent": "82.4",
                "period": {
                    "start": "2026-11-01T00:00:00Z",
                    "end": "2026-12-01T00:00:00Z",
                    "estimated_end": False,
                },
                "forecast": None,
                "provisional": None,
                "cost_basis": "billed",
                "reason": None,
                "muted_until": None,
                "not_evaluated": [],
            }
        ],
        "alerts": [
            {
                "alert_id": alert["alert_id"],
                "type": "threshold_crossed",
                "budget": "spend",
                "threshold": "80%",
                "problem": None,
                "metric_id": None,
                "state": "sent",
            }
        ],
        "problems": [],
    }
    assert alert["alert_id"] == world.topic.published[0].alert["alert_id"]
