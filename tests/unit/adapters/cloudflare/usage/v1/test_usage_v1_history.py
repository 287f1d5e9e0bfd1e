"""Whatever the anchors, the day and the period: each day is read once, by ranges that Version 1 answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cloudflare_budgets.adapters.cloudflare.usage.v1 import CloudflareUsageV1
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.billing_cycle import cycle_containing
from cloudflare_budgets.errors import AccountUnknownError
from cloudflare_budgets.ports import UsageQuery
from tests.support.builders import day
from tests.support.canned_api import ACCOUNT, Asked, CannedApi, body, subscribed, subscription, v1_row
from tests.support.sizes import SIZE

ONE = timedelta(days=1)
# So many days of history that a leap day is among them, whatever today is.
HISTORY = timedelta(days=1600)


@dataclass(frozen=True)
class Version1:
    """A Version 1 with one row a day for each subscription, as strict about ranges as it is known to be."""

    anchors: tuple[int, ...]
    today: datetime
    has_previous_cycle: bool = False
    includes_last_day: bool = True
    has_info: bool = True

    def __call__(self, asked: Asked) -> bytes | AccountUnknownError:
        if asked.path.endswith("/info"):
            return self._info() if self.has_info else AccountUnknownError("Cloudflare answers 404")
        return body([row for anchor in self.anchors for row in self._rows(anchor, asked)])

    def _info(self) -> bytes:
        began = f"{self.today - HISTORY:%Y}-01"
        return subscribed(*(subscription(f"SUB-{anchor}", f"{began}-{anchor:02}") for anchor in self.anchors))

    def _rows(self, anchor: int, asked: Asked) -> Iterator[dict[str, Any]]:
        first, last = self._range(anchor, asked)
        while first <= last:
            cycle = cycle_containing(anchor, first).period.start
            yield v1_row(f"{first:%Y-%m-%d}", f"{cycle:%Y-%m-%d}", SubscriptionId=f"SUB-{anchor}")
            first += ONE

    def _range(self, anchor: int, asked: Asked) -> tuple[datetime, datetime]:
        if asked.days is None:
            current = cycle_containing(anchor, self.today).period.start
            previous = cycle_containing(anchor, current - ONE).period.start
            return (previous if self.has_previous_cycle else current), self.today
        first, last = map(day, asked.days)
        last = last if self.includes_last_day else last - ONE
        cycle = cycle_containing(anchor, first).period
        if cycle.start < first:
            cycle = cycle_containing(anchor, cycle.end).period
        return cycle.start, min(last, cycle.end - ONE, self.today)


days = st.dates(date(2024, 1, 1), date(2030, 12, 31)).map(lambda found: day(found.isoformat()))


@settings(max_examples=SIZE.examples * 2 // 5)  # each reads up to a year, day by day
@given(
    anchors=st.sets(st.integers(1, 31), min_size=1, max_size=3).map(sorted).map(tuple),
    today=days,
    back=st.integers(0, 380),
    has_previous_cycle=st.booleans(),
    includes_last_day=st.booleans(),
)
def test_trap_2_and_13_each_day_of_each_subscription_is_read_exactly_once(
    anchors: tuple[int, ...],
    today: datetime,
    back: int,
    has_previous_cycle: bool,  # noqa: FBT001 - drawn
    includes_last_day: bool,  # noqa: FBT001
) -> None:
    api = CannedApi(Version1(anchors, today, has_previous_cycle, includes_last_day))
    period = Period(today - back * ONE, today + ONE)
    reading = CloudflareUsageV1(api).read(ACCOUNT, UsageQuery(period))
    expected = []
    for anchor in anchors:
        first = cycle_containing(anchor, period.start).period.start
        expected += [(f"SUB-{anchor}", first + n * ONE) for n in range((period.end - first).days)]
    found = [(charge.subscription_id, charge.charge_period_start) for charge in reading.charges]
    assert sorted(map(str, found)) == sorted(map(str, expected))
    assert reading.complete_from is None


@given(anchor=st.integers(1, 31), today=days, back=st.integers(0, 200), has_previous_cycle=st.booleans())
def test_trap_13_without_info_the_days_of_the_period_are_read_exactly_once_too(
    anchor: int,
    today: datetime,
    back: int,
    has_previous_cycle: bool,  # noqa: FBT001 - drawn
) -> None:
    api = CannedApi(Version1((anchor,), today, has_previous_cycle, has_info=False))
    period = Period(today - back * ONE, today + ONE)
    reading = CloudflareUsageV1(api).read(ACCOUNT, UsageQuery(period))
    found = [charge.charge_period_start for charge in reading.charges]
    assert len(set(found)) == len(found)
    assert {instant for instant in found if instant >= period.start} == {
        period.start + n * ONE for n in range(back + 1)
    }
