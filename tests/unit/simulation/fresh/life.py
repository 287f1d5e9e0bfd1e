"""Living through a month with the real check, and counting what became of each provisional crossing."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from cloudflare_budgets.domain.budgets.account import Account
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.fresh import FreshAccess, FreshFigure, FreshUsage
from tests.support.builders import charge
from tests.support.world import FakeFreshUsage, World
from tests.unit.simulation.fresh.month import AFTER, BEFORE, DAY, DAYS, HOUR, START, Month
from tests.unit.simulation.stage import Topic

_STEP = 6  # hours between two checks
_SAMPLED_AT = 100
_OTHER_METRIC = "kv_storage"
_FEWEST_SAMPLES = 30


@dataclass
class Analytics(FakeFreshUsage):
    """Analytics of a month; the lower bound is that which the adapter gives for the kind of dataset."""

    month: Month | None = None
    now: datetime = START

    def read(self, account: Account, window: Period, access: FreshAccess | None) -> FreshUsage:  # noqa: ARG002
        month = self.month
        assert month is not None
        if (self.now - month.first) // HOUR in month.unread:
            return FreshUsage(window.start, window.end, unread={month.metric: "no answer"})
        days = {}
        on = window.start
        while on < window.end:
            place = (on - month.first) // DAY
            until = min(24, (window.end - on) // HOUR)
            if place not in month.lost:
                days[on] = _figure(month, sum(month.counted[place * 24 : place * 24 + until]))
            on += DAY
        return FreshUsage(window.start, window.end, {month.metric: days})


def _figure(month: Month, number: int) -> FreshFigure:
    middle = Decimal(number)
    if month.kind == "exact":
        return FreshFigure(middle, middle)
    if month.kind == "estimate":
        lower = middle * Decimal("0.9")
        return FreshFigure(lower, middle, middle - lower)
    samples = number / _SAMPLED_AT
    bound = max(0, int((samples - 1.96 * samples**0.5) * _SAMPLED_AT)) if samples >= _FEWEST_SAMPLES else 0
    return FreshFigure(Decimal(bound), middle)


@dataclass(frozen=True)
class Crossed:
    """A threshold that was reported, and whether only fresh usage had reached it."""

    at: datetime
    percent: int
    is_provisional: bool


@dataclass
class Life:
    """A month while it is lived: the thresholds that were reported, and those that billing never reached."""

    month: Month
    crossed: list[Crossed] = field(default_factory=list)
    ended: int = 0
    checks: int = 0
    _ids: set[str] = field(default_factory=set)

    def live(self, *, is_fresh: bool = True, checks_always: bool = False) -> None:
        """Check every six hours until the last rows have settled.

        Without `checks_always`, only the last check of a day is made while no threshold can be reached: these
        checks compare analytics with billing, and a false alert of them is seen too.
        """
        month = self.month
        analytics = Analytics(month=month)
        topic = Topic()
        world = World(topic=topic, fresh=analytics if is_fresh else None)
        world.configuration.given_budgets = {"spend": _document(month)}
        for hour in range(2 * 24, (BEFORE + DAYS + AFTER) * 24, _STEP):
            is_last = hour % 24 == 24 - _STEP
            if hour < BEFORE * 24 and not is_last:
                continue
            world.now = analytics.now = month.first + hour * HOUR + timedelta(minutes=20)
            rows = month.rows(world.now)
            if not (is_last or checks_always or self._may_change(rows, hour)):
                continue
            world.use(*_charges(month, rows))
            before = len(topic.published)
            world.run()
            self.checks += 1
            for message in topic.published[before:]:
                self._note(world.now, message.alert)

    def _may_change(self, rows: Mapping[datetime, Decimal], hour: int) -> bool:
        """Return whether a check may report a threshold, or the end of a provisional one.

        No day counts more than its billed row or all that analytics count of it, whichever is larger.
        """
        month = self.month
        highest = max((each.percent for each in self.crossed), default=0)
        if self.ended or month.shown_of(rows) * 100 < month.limit * highest:
            return True
        following = next((each for each in month.percents if each > highest), 2 * highest)
        return month.at_most(rows, hour) * 100 >= month.limit * following

    def _note(self, now: datetime, alert: Mapping[str, Any]) -> None:
        if alert["type"] == "threshold_crossed" and alert["period"]["start"] == f"{START:%Y-%m-%dT%H:%M:%SZ}":
            is_provisional = alert["provisional"] is not None
            self.crossed.append(Crossed(now, int(alert["threshold"]["percent"]), is_provisional))
            self._ids.add(alert["alert_id"])
        elif alert["type"] == "resolved" and alert["resolves"] in self._ids:
            self.ended += 1


def _charges(month: Month, rows: Mapping[datetime, Decimal]) -> Iterator[Charge]:
    """Yield the rows of the metric, and if it is new, those of another metric on every day."""
    for on, used in rows.items():
        if month.is_new:
            yield _charge(_OTHER_METRIC, on, Decimal(1000))
        if used or not month.is_new:
            yield _charge(month.metric, on, used)


@lru_cache(maxsize=512)
def _charge(metric: str, on: datetime, used: Decimal) -> Charge:
    return charge(f"{on:%Y-%m-%d}", used, metric=metric)


def _document(month: Month) -> str:
    thresholds = [f"{percent}%" for percent in month.percents]
    scope = {"metric_id": [month.metric]}
    return json.dumps({"limit": f"{month.limit} Requests", "thresholds": thresholds, "scope": scope})
