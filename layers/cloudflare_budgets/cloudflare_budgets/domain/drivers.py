"""Which metrics a budget's amount comes from."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from cloudflare_budgets.domain.amount import total
from cloudflare_budgets.domain.measure import Part
from cloudflare_budgets.domain.period import midnight

MAX_DRIVERS = 5


@dataclass(frozen=True, slots=True)
class Driver:
    """What one metric, in one zone where it has zones, contributes; amounts in the budget's unit.

    `last_day` is its amount on the last complete day, `day_before` on the day before that one;
    both are `None` when there was none. `data_through` is the end of its newest charge period.
    """

    metric_id: str
    name: str
    zone: str | None
    amount: Decimal
    last_day: Decimal | None
    day_before: Decimal | None
    data_through: datetime


def biggest_drivers(parts: Iterable[Part], complete_through: datetime) -> tuple[Driver, ...]:
    """Find the biggest contributors, biggest first.

    Args:
        parts: what each charge contributes.
        complete_through: the instant up to which days are complete.
    """
    grouped: defaultdict[tuple[str, str | None], list[Part]] = defaultdict(list)
    for part in parts:
        grouped[part.series.metric_id, part.series.zone_name or part.series.zone_id].append(part)
    last_day = midnight(complete_through) - timedelta(days=1)
    drivers = [_driver(metric_id, zone, group, last_day) for (metric_id, zone), group in grouped.items()]
    positive = [driver for driver in drivers if driver.amount > 0]
    positive.sort(key=lambda driver: (-driver.amount, driver.metric_id, driver.zone or ""))
    return tuple(positive[:MAX_DRIVERS])


def _driver(metric_id: str, zone: str | None, parts: list[Part], last_day: datetime) -> Driver:
    return Driver(
        metric_id,
        parts[0].series.metric_name or metric_id,
        zone,
        total(part.number for part in parts),
        _on(parts, last_day),
        _on(parts, last_day - timedelta(days=1)),
        max(part.charge.charge_period_end for part in parts),
    )


def _on(parts: list[Part], day: datetime) -> Decimal | None:
    numbers = [part.number for part in parts if midnight(part.charge.charge_period_start) == day]
    return total(numbers) if numbers else None
