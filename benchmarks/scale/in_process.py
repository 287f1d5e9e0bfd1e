"""Ten thousand accounts in one process: latency and time are simulated, and Cloudflare enforces its limit."""

from __future__ import annotations

import tracemalloc
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.scale.cost import Check
from cloudflare_budgets.adapters.state_codec import dump_account_state, dump_day_record, dump_standing
from cloudflare_budgets.domain.budgets.account import Account, AccountReference, ApiToken, Secret
from cloudflare_budgets.domain.primitives.period import DAY, days_in
from cloudflare_budgets.domain.run.state import RunCounts, RunState
from local.cloudflare.limit import RequestLimit
from tests.model.fleet import Fleet, PacedUsage, copies, ids
from tests.support.builders import AS_OF, each_day
from tests.support.fakes import FakeConfiguration
from tests.support.world import FakeAccountStateStore, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from cloudflare_budgets.domain.primitives.period import Period
    from cloudflare_budgets.domain.usage.history import DayRecord

TOKENS = 4
ONE_ALERT_OF = 10  # accounts
# Assumed: what a worker computes beside waiting for Cloudflare. In `make bench`, a warm check with quantity
# budgets needs about as much processor time, and one with a cost budget three times as much.
COMPUTING = timedelta(seconds=0.1)


@dataclass
class SharedTokens(FakeConfiguration):
    """Accounts of a few tokens."""

    by_id: dict[str, Account] = field(default_factory=dict)

    def references(self) -> list[AccountReference]:
        """List the accounts with the parameter of their token."""
        return [AccountReference(one, f"/p/tokens/{_token(one)}") for one in self.by_id]

    def account(self, reference: AccountReference) -> Account:
        """Return an account with its credential."""
        return self.by_id[reference.account_id]


class DaysByAccount(FakeAccountStateStore):
    """Finds the days of an account without a look at those of all others."""

    def load_days(self, account_id: str, period: Period) -> list[DayRecord]:
        """Return the recorded days of a period, oldest first."""
        found = (self.days.get((account_id, day)) for day in _days(period))
        return [record for record in found if record]


@dataclass(frozen=True, slots=True)
class Hour:
    """What an hour came to; memory is in MB."""

    accounts: int
    minutes: float
    requests: int
    refused: int
    alerts: int
    expected: int
    copies: int
    planner_mb: float
    audit_mb: float


def _token(account_id: str) -> int:
    return int(account_id[:8], 16) % TOKENS


@dataclass(frozen=True, slots=True)
class Many:
    """Many accounts, their requests, and those that exceed their budget."""

    fleet: Fleet
    usage: PacedUsage
    over: frozenset[str]


def many_of(count: int) -> Many:
    """Return so many accounts, one of ten of which exceeds its budget."""
    accounts = {one: Account(one, ApiToken(Secret(f"token-{_token(one)}-" + "s" * 30))) for one in ids(count)}
    budgets = {"spend": '{"limit": "50 USD", "account_id": "*"}'}
    world = World(SharedTokens(given_budgets=budgets, by_id=accounts))
    world.accounts = DaysByAccount()
    world.run_store.state = RunState({AS_OF - timedelta(days=30): RunCounts(1)})
    within = each_day("2026-11-01", "2026-11-20", "1000", "1")
    over = each_day("2026-11-01", "2026-11-20", "1000", "5")
    excessive = frozenset([*accounts][::ONE_ALERT_OF])
    world.usage.rows = {one: over if one in excessive else within for one in accounts}
    usage = PacedUsage(world, RequestLimit())
    return Many(Fleet(world, usage=usage), usage, excessive)


def hour(many: Many) -> Hour:
    """Let an hour pass: plan, check, send, audit."""
    fleet, usage = many.fleet, many.usage
    start, limit = fleet.world.now, usage.limit
    requests, refused = sum(usage.answered.values()), limit.refused
    planner = _peak(fleet.plan)
    fleet.work(start + timedelta(minutes=59))
    standings = [each for each in fleet.world.standings.standings() if each["account_id"]]
    checked = [datetime.fromisoformat(str(each["as_of"])) for each in standings]
    now = [each for each in checked if each >= start.replace(microsecond=0)]
    fleet.send()
    audit = _peak(fleet.audit)
    sent = copies(fleet.world)
    fleet.world.now = max(fleet.world.now, start + timedelta(hours=1))
    return Hour(
        accounts=len(now),
        minutes=(max(now) - start) / timedelta(minutes=1),
        requests=sum(usage.answered.values()) - requests,
        refused=limit.refused - refused,
        alerts=len(sent),
        expected=sum(each["account_id"] in many.over for each in standings),
        copies=sum(sent.values()) - len(sent),
        planner_mb=planner,
        audit_mb=audit,
    )


def check_of(many: Many) -> Check:
    """Return what a check in the steady state reads and writes, by the serialized sizes of its items."""
    world, usage = many.fleet.world, many.usage
    states = [len(dump_account_state(state)) for state in world.accounts.states.values()]
    standings = [len(dump_standing(each)) for each in world.standings.standings() if each["account_id"]]
    days = sum(len(dump_day_record(record)) for record in world.accounts.days.values()) // len(states)
    state, standing = int(median(states)), int(median(standings))
    seconds = (usage.latency * usage.requests + COMPUTING).total_seconds()
    return Check(seconds, state + days, state + standing)


def _days(period: Period) -> list[datetime]:
    return [period.start + number * DAY for number in range(days_in(period))]


def _peak(work: Callable[[], object]) -> float:
    """Return the most memory in MB that a function allocates at once."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 1e6
