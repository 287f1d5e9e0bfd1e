"""Replays an incident with a check each hour, and finds when the budget was reported."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.fresh import FreshAccess, FreshFigure, FreshUsage
from tests.support.builders import charge
from tests.support.world import FakeFreshUsage, World
from tests.unit.incidents.incidents import DAY, MINUTE, Incident, Metered

LIMIT = Decimal(50)
HOUR = timedelta(hours=1)
_CUT, _CUT_STEP = timedelta(minutes=10), timedelta(minutes=5)
_BUDGET = f'{{"limit": "{LIMIT} USD", "thresholds": ["100%"], "period": "month"}}'
# The rows of a day appear so long after its end.
POSTED_AFTER = DAY
_DAYS_BEFORE = 10
_USUAL = Decimal(100)
# What the adapter takes for the lower bound of a sampled figure without a confidence interval.
_SAMPLED = Decimal("0.9")


@dataclass
class _Analytics(FakeFreshUsage):
    """Analytics that count an incident, and what the account used each day before."""

    incident: Incident | None = None
    was_used_before: bool = True

    def read(self, account: Account, window: Period, access: FreshAccess | None) -> FreshUsage:  # noqa: ARG002
        assert self.incident is not None
        start, days = window.start, (window.end - window.start) // DAY + 1
        figures = {
            metered.metric_id: {
                day: _figure(metered, _used(self.incident, metered, day, window.end, self.was_used_before))
                for day in (start + place * DAY for place in range(days))
            }
            for metered in self.incident.days
        }
        return FreshUsage(window.start, window.end, figures)


@dataclass(frozen=True)
class Replay:
    """An incident, whether its metrics were used before, and whether analytics are read."""

    incident: Incident
    is_fresh: bool = True
    was_used_before: bool = True

    def reported(self) -> datetime:
        """Return when the budget is first reported, with a check each hour at the least favourable minute."""
        reached = self.incident.reached(LIMIT)
        in_time = reached - reached.replace(hour=0, minute=0) + _CUT_STEP - MINUTE
        able = reached.replace(hour=0, minute=0) + in_time // _CUT_STEP * _CUT_STEP + _CUT
        world = World(prices=shipped_prices())
        if self.is_fresh:
            world.fresh = _Analytics(incident=self.incident, was_used_before=self.was_used_before)
        world.configuration.given_budgets = {"spend": _BUDGET}
        now = able - MINUTE
        for days in range(_DAYS_BEFORE, 0, -1):  # these calibrate the scale
            self._run(world, now - days * DAY)
        assert not _crossings(world)
        while not _crossings(world):
            self._run(world, now)
            now += HOUR
        return now - HOUR

    def _run(self, world: World, now: datetime) -> None:
        world.now = now
        world.use(*self._rows(now))
        world.run()

    def _rows(self, now: datetime) -> list[Charge]:
        start = self.incident.began.replace(hour=0, minute=0)
        rows = []
        for place in range(-28, 12):
            day = start + place * DAY
            if day + DAY + POSTED_AFTER > now:
                break
            rows.append(charge(f"{day:%Y-%m-%d}", "1000", metric="workers_standard_requests"))
            for metered in self.incident.days:
                used = _used(self.incident, metered, day, day + DAY, self.was_used_before)
                if used:
                    unit = metered.unit
                    rows.append(charge(f"{day:%Y-%m-%d}", used, metric=metered.metric_id, consumed_unit=unit))
        return rows


def _used(
    incident: Incident,
    metered: Metered,
    day: datetime,
    until: datetime,
    was_used_before: bool,  # noqa: FBT001
) -> Decimal:
    usual = _USUAL if was_used_before and until >= day + DAY else Decimal(0)
    return (incident.used(metered, day, until) + usual).quantize(Decimal(1))


def _figure(metered: Metered, number: Decimal) -> FreshFigure:
    lower = number * _SAMPLED if metered.is_sampled else number
    return FreshFigure(lower, number, number - lower)


def _crossings(world: World) -> list[str]:
    alerts = [message.alert for message in world.topic.published]
    return [alert["alert_id"] for alert in alerts if alert["type"] == "threshold_crossed"]
