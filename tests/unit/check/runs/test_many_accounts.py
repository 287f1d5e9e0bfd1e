"""Runs of many accounts: time, pace, and the size of the reply."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.auto import ThreadLocalUsageSource
from cloudflare_budgets.check.collect import AT_A_TIME
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.domain.run.state import RunState
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.errors import (
    AccessDeniedError,
    UsageUnavailableError,
)
from cloudflare_budgets.messages.reply import failure_text, reply, whole_reply
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import ACCOUNT_ID, AS_OF, charge
from tests.support.world import EXAMPLE, FakeUsage, World


@pytest.fixture
def world() -> World:
    return World()


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


def test_a_reply_about_more_than_100_accounts_becomes_counts(world: World) -> None:
    watch(world, ids := [f"{number:032x}" for number in range(101)])
    world.usage.rows = {ids[0]: [charge(cost="60")]}
    report = world.run()
    found = reply(report)
    assert (found["truncated"], found["accounts"], found["budgets"]) == (
        True,
        101,
        {"breached": 1, "unknown": 100},
    )
    assert len(reply(replace(report, accounts=report.accounts[:100]))["accounts"]) == 100
    assert len(whole_reply(report)["accounts"]) == 101


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
                "threshold": "80%",
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
        "total": {
            "name": "spend",
            "level": "threshold_passed",
            "observed": "41.2 USD",
            "limit": "50 USD",
            "percent": "82.4",
            "period": account["budgets"][0]["period"],
            "forecast": None,
            "cost_basis": "billed",
            "period_kind": "month",
        },
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
