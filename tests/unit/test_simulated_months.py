"""Months on a fake clock: late and restated days, faults, repeated ticks; each crossing told exactly once.

`SIMULATED_MONTHS` says how many; `make simulate` runs many more than the tests do.
"""

import os
import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.charge import Charge
from cloudflare_budgets.errors import AlertUndeliveredError, MemoryUnavailableError, UsageUnavailableError
from tests.builders import ACCOUNT_ID, charge, day
from tests.unit.world import World

MONTHS = int(os.environ.get("SIMULATED_MONTHS", "10"))
START, END = day("2026-11-01"), day("2026-12-01")
STEP = timedelta(hours=5)
METRICS = ("workers_standard_requests", "r2_class_a")


@dataclass(frozen=True)
class Month:
    """A month as it really was: each day's cost, when it is reported, and how it is restated once."""

    costs: dict[tuple[str, datetime], Decimal]
    lateness: timedelta
    restated: dict[tuple[str, datetime], Decimal]

    def rows(self, now: datetime) -> list[Charge]:
        """Give the rows that Cloudflare shows at an instant; a day is restated two days after its end."""
        shown = []
        for (metric, on), cost in self.costs.items():
            if on + timedelta(days=1) + self.lateness <= now:
                settled = on + timedelta(days=3) <= now
                amount = self.restated[metric, on] if settled else cost
                shown.append(charge(f"{on:%Y-%m-%d}", "1", amount, metric))
        return shown

    def total(self, now: datetime) -> Decimal:
        """Add up what Cloudflare shows of November at an instant."""
        shown = self.rows(now)
        return sum(
            (row.billed_cost or Decimal(0) for row in shown if row.charge_period_start < END), Decimal(0)
        )


def a_month(rng: random.Random) -> Month:
    days = [START + timedelta(days=number) for number in range(34)]
    jump = rng.choice(days[5:30])
    costs = {}
    for metric in METRICS:
        for on in days:
            base = Decimal(rng.randint(0, 300)) / 100
            costs[metric, on] = base * (rng.choice((1, 10)) if on >= jump else 1)
    restated = {key: cost * Decimal(rng.randint(90, 115)) / 100 for key, cost in costs.items()}
    return Month(costs, timedelta(hours=rng.choice((0, 6, 24, 40))), restated)


def break_something(world: World, rng: random.Random) -> bool:
    """Let one thing outside fail for this run, sometimes; tell whether it does."""
    world.memory.faults.clear()
    world.topic.faults.clear()
    match rng.randint(0, 19):
        case 0:
            world.usage.rows = {ACCOUNT_ID: UsageUnavailableError("503")}
        case 1:
            world.topic.faults["publish"] = AlertUndeliveredError("no answer")
        case 2:
            world.memory.faults["claim"] = MemoryUnavailableError("no answer")
        case 3:
            world.memory.faults["owed"] = MemoryUnavailableError("no answer")
        case _:
            return False
    return True


@pytest.mark.parametrize("seed", range(MONTHS))
def test_every_breach_of_a_month_is_told_exactly_once_and_no_other(seed: int) -> None:
    rng = random.Random(seed)
    month = a_month(rng)
    world = World()
    world.configuration.given_budgets = {
        "spend": '{"limit": "100 USD", "thresholds": ["20%", "50%", "80%", "100%"]}'
    }
    seen_at_most = Decimal(0)
    world.now = START + timedelta(hours=rng.randint(0, 3))
    while world.now < END + timedelta(hours=71):
        world.use(*month.rows(world.now))
        broken = break_something(world, rng)
        for _ in range(rng.choice((1, 1, 1, 2))):
            report = world.run()
            assert not report.failures or broken or any("another run" in text for text in report.failures)
        seen_at_most = max(seen_at_most, month.total(world.now))
        if not broken and not report.failures:
            assert_told(world, month.total(world.now), seen_at_most)
        world.now += STEP
    assert_ends_are_told_once(world)


def assert_ends_are_told_once(world: World) -> None:
    told = {message.alert["alert_id"]: message.alert for message in world.topic.published}
    ends = [message.alert for message in world.topic.published if message.alert["type"] == "resolved"]
    assert max(Counter(alert["resolves"] for alert in ends).values(), default=1) == 1
    assert all(alert["resolves"] in told for alert in ends)  # each ends a message that there was
    closed = [message.alert for message in world.topic.published if message.alert["type"] == "period_closed"]
    assert [alert["period"]["start"][:7] for alert in closed] == ["2026-11"]


def assert_told(world: World, now: Decimal, seen_at_most: Decimal) -> None:
    november = [
        message.alert
        for message in world.topic.published
        if message.alert["type"] == "threshold_crossed"
        and message.alert["period"]["start"] == "2026-11-01T00:00:00Z"
    ]
    told = Counter(
        threshold["amount"]
        for alert in november
        for threshold in (alert["threshold"], *alert["also_crossed"])
    )
    highest = max((Decimal(alert["threshold"]["amount"]) for alert in november), default=Decimal(0))
    crossed = [threshold for threshold in (20, 50, 80, 100) if now >= threshold]
    assert all(Decimal(threshold) <= highest for threshold in crossed)  # nothing is left untold
    assert highest <= seen_at_most  # nothing is told that never was
    fresh = Counter(alert["threshold"]["amount"] for alert in november)
    assert set(fresh.values()) <= {1}  # each message once
    assert set(told) <= {"20", "50", "80", "100"}
    amounts = [Decimal(alert["threshold"]["amount"]) for alert in november]
    assert amounts == sorted(amounts)  # restated usage never tells a lower threshold afterwards
