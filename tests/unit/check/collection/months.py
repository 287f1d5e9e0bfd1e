"""Months of usage, and the runs that read them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Reading
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import charge, day
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


def run_at(world: World, now: datetime) -> tuple[list[Period], list[str]]:
    """Run once; give the periods that were asked for, and what was written."""
    assert isinstance(world.usage, Months)
    world.now = now
    world.usage.asked.clear()
    world.accounts.writes.clear()
    world.accounts.recalled.clear()
    assert world.run().failures == ()
    return world.usage.periods, world.accounts.writes
