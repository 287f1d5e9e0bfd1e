"""Replays past days: each check sees the usage that was complete by then."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cloudflare_budgets.check.run import check
from cloudflare_budgets.configuration_ports import ConfigurationSource
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.period import DAY, Period, midnight
from cloudflare_budgets.domain.run.request import Request
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.ports import UsageQuery, UsageSource
from cloudflare_budgets_cli.checking.topics import ListTopic, SentAlert
from cloudflare_budgets_cli.checking.wiring import dependencies
from cloudflare_budgets_cli.sqlite.database import SqliteDatabase

# A forecast looks back on eight weeks, and a billing cycle of the first day began up to a month before.
_BEFORE = timedelta(days=62)


@dataclass(slots=True)
class ReplayedUsage:
    """Implements `UsageSource` with usage that was read once, returning rows ended by `now`."""

    readings: dict[str, Reading]
    now: datetime

    def read(self, account: Account, query: UsageQuery) -> Reading:
        """Return the rows of a period that had ended by now, and those of its billing cycles."""
        reading = self.readings[account.account_id]
        starts = {
            row.billing_period_start
            for row in reading.charges
            if row.charge_period_start in query.period and row.charge_period_end <= self.now
        }
        rows = [
            row
            for row in reading.charges
            if row.charge_period_end <= self.now
            and (
                row.charge_period_start in query.period
                or (row.billing_period_start is not None and row.billing_period_start in starts)
            )
        ]
        return replace(reading, charges=rows, asked=query.period)


@dataclass(frozen=True, slots=True)
class Replay:
    """The steps of a replay; `every` is the time between two checks."""

    period: Period
    every: timedelta

    @property
    def steps(self) -> Sequence[datetime]:
        """The instants of the checks, oldest first."""
        count = max(0, -((self.period.start - self.period.end) // self.every))
        return [self.period.start + number * self.every for number in range(count)]

    def run(self, configuration: ConfigurationSource, usage: UsageSource) -> Iterator[Sequence[SentAlert]]:
        """Yield what each step would have sent.

        Raises:
            CloudflareBudgetsError: the usage cannot be read.
        """
        source = ReplayedUsage(self._readings(configuration, usage), self.period.start)
        topic = ListTopic(lambda: source.now)
        with closing(SqliteDatabase()) as database:
            for instant in self.steps:
                source.now = instant
                topic.sent = []
                deps = dependencies(configuration, source, topic, database, lambda: source.now)
                check(Request(instant), deps)
                yield topic.sent

    def _readings(self, configuration: ConfigurationSource, usage: UsageSource) -> dict[str, Reading]:
        whole = Period(midnight(self.period.start - _BEFORE), midnight(self.period.end) + DAY)
        accounts = [each for each in configuration.accounts() if isinstance(each, Account)]
        query = UsageQuery(whole, needs_cost=True)
        return {each.account_id: usage.read(each, query) for each in accounts}
