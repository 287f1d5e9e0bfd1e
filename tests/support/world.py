"""Everything outside the check, in memory, with a clock that a test moves."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from cloudflare_budgets.check.delivery import Delivery
from cloudflare_budgets.check.dependencies import Dependencies
from cloudflare_budgets.check.run import check
from cloudflare_budgets.domain.budgets.account import Account, ApiToken, Secret
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.domain.run.state import AccountState, RunCounts, RunState
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.fresh import FreshAccess, FreshFigure, FreshUsage, Resource
from cloudflare_budgets.domain.usage.history import DayRecord
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.ports import AlertLog, UsageQuery
from tests.support.builders import ACCOUNT_ID, AS_OF, OTHER_ACCOUNT_ID, PREFIX
from tests.support.canned_api import FakeAccountLister
from tests.support.fakes import (
    FakeAccountLists,
    FakeAlertTopic,
    FakeConfiguration,
    FakeOutbox,
    Faulty,
)

EXAMPLE = Account(ACCOUNT_ID, ApiToken(Secret("x" * 40)))
OTHER = Account(OTHER_ACCOUNT_ID, ApiToken(Secret("y" * 40)))
SPEND = '{"limit": "50 USD"}'
# Runs before have seen every budget, so that periods which are still settling are evaluated.
WATCHED = RunState({datetime(2026, 1, 1, tzinfo=UTC): RunCounts(1)})


@dataclass
class FakeUsage:
    """Usage as given, or the error that reading it raises."""

    rows: Mapping[str, Sequence[Charge] | Exception] = field(default_factory=dict)
    asked: list[tuple[str, UsageQuery]] = field(default_factory=list)
    read_as: dict[str, Account] = field(default_factory=dict)

    def read(self, account: Account, query: UsageQuery) -> Reading:
        self.read_as[account.account_id] = account
        self.asked.append((account.account_id, query))
        found = self.rows.get(account.account_id, ())
        if isinstance(found, Exception):
            raise found
        return Reading("v2", found)


@dataclass
class FakeFreshUsage:
    """What analytics say: figures by metric and day, `unread` metrics, and the resources of each metric."""

    figures: Mapping[str, Mapping[datetime, Decimal]] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, tuple[Resource, ...]] = field(default_factory=dict)
    error: Exception | None = None
    failure: str | None = None
    attributed: list[str] = field(default_factory=list)

    def read(self, account: Account, window: Period, access: FreshAccess | None) -> FreshUsage:  # noqa: ARG002
        if self.error:
            raise self.error
        days = {
            metric: {day: FreshFigure(number, number) for day, number in each.items() if day < window.end}
            for metric, each in self.figures.items()
        }
        return FreshUsage(window.start, window.end, days, self.unread, failure=self.failure)

    def attribute(
        self,
        account: Account,  # noqa: ARG002
        window: Period,  # noqa: ARG002
        metrics: Iterable[str],
    ) -> Mapping[str, tuple[Resource, ...]]:
        found = list(metrics)
        self.attributed += found
        return {metric: self.resources[metric] for metric in found if metric in self.resources}


@dataclass
class FakeAccountStateStore:
    """States and days in dictionaries; `faults` are raised by the methods they are named for."""

    states: dict[str, AccountState] = field(default_factory=dict)
    days: dict[tuple[str, datetime], DayRecord] = field(default_factory=dict)
    writes: list[str] = field(default_factory=list)
    recalled: list[Period] = field(default_factory=list)
    faults: dict[str, Exception] = field(default_factory=dict)

    def load_state(self, account_id: str) -> AccountState:
        self._maybe_fail("load_state")
        return self.states.get(account_id, AccountState())

    def save_state(self, account_id: str, state: AccountState) -> None:
        self.states[account_id] = state
        self.writes.append("state")

    def load_days(self, account_id: str, period: Period) -> list[DayRecord]:
        self._maybe_fail("load_days")
        self.recalled.append(period)
        return [
            record
            for (whose, on), record in sorted(self.days.items())
            if whose == account_id and on in period
        ]

    def save_days(self, account_id: str, records: Sequence[DayRecord]) -> None:
        self._maybe_fail("save_days")
        for record in records:
            self.days[account_id, record.day] = record
            self.writes.append(f"{record.day:%Y-%m-%d}")

    def _maybe_fail(self, method: str) -> None:
        if method in self.faults:
            raise self.faults[method]


@dataclass
class FakeRunStateStore(Faulty):
    """The state of runs."""

    state: RunState = field(default_factory=RunState)

    def load(self) -> RunState:
        self.may_fail("load")
        return self.state

    def save(self, state: RunState) -> None:
        self.may_fail("save")
        self.state = state


@dataclass
class FakeStandingStore(Faulty):
    """The standings by account id; that of the whole run is under `None`."""

    found: dict[str | None, Mapping[str, Any]] = field(default_factory=dict)

    def save_standing(self, standing: Mapping[str, Any]) -> None:
        self.may_fail("save_standing")
        self.found[standing["account_id"]] = standing

    def standings(self) -> Sequence[Mapping[str, Any]]:
        self.may_fail("standings")
        return [self.found[key] for key in sorted(self.found, key=lambda key: key or "")]


@dataclass
class FakeReportStore(Faulty):
    """Pages as given."""

    pages: list[str] = field(default_factory=list)

    def publish(self, page: str) -> str:
        self.may_fail("publish")
        self.pages.append(page)
        return f"https://bucket.example.com/report-{len(self.pages)}.html"


@dataclass
class FakePing(Faulty):
    """Counts the signs of life."""

    count: int = 0

    def __call__(self) -> None:
        self.may_fail("ping")
        self.count += 1


@dataclass
class World:
    """What a run sees and does."""

    configuration: FakeConfiguration = field(
        default_factory=lambda: FakeConfiguration([EXAMPLE], {"spend": SPEND})
    )
    usage: FakeUsage = field(default_factory=FakeUsage)
    outbox: FakeOutbox = field(default_factory=FakeOutbox)
    topic: FakeAlertTopic = field(default_factory=FakeAlertTopic)
    accounts: FakeAccountStateStore = field(default_factory=FakeAccountStateStore)
    run_store: FakeRunStateStore = field(default_factory=FakeRunStateStore)
    standings: FakeStandingStore = field(default_factory=FakeStandingStore)
    fresh: FakeFreshUsage | None = None
    pages: FakeReportStore | None = None
    ping: FakePing | None = None
    operations: FakeAlertTopic | None = None
    lister: FakeAccountLister = field(default_factory=FakeAccountLister)
    lists: FakeAccountLists = field(default_factory=FakeAccountLists)
    alert_log: AlertLog | None = None
    now: datetime = AS_OF
    time_left: timedelta = timedelta(seconds=300)
    prices: PriceList = field(default_factory=lambda: PriceList({}))
    runs: int = 0

    def run(self, **request: object) -> Report:
        self.runs += 1
        delivery = Delivery(
            self.outbox, self.topic, f"run-{self.runs}", lambda: self.now, lambda: self.time_left, self.sleep
        )
        deps = Dependencies(
            PREFIX,
            self.configuration,
            self.usage,
            self.accounts,
            self.run_store,
            self.standings,
            delivery,
            lambda: self.time_left,
            self.prices,
            fresh=self.fresh,
            pages=self.pages,
            ping=self.ping,
            operators=self.operations,
            lister=self.lister,
            lists=self.lists,
            alerts=self.alert_log,
        )
        return check(replace(Request(self.now), **request), deps)  # type: ignore[arg-type]

    def use(self, *rows: Charge, account_id: str = ACCOUNT_ID) -> None:
        self.usage.rows = {**self.usage.rows, account_id: rows}

    def sleep(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    @property
    def subjects(self) -> list[str]:
        return [message.subject for message in self.topic.published]
