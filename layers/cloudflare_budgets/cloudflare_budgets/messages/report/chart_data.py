"""The data of a budget's charts: how its amount grew in its period, day by day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, localcontext

from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.evaluation.measurement import OTHER
from cloudflare_budgets.domain.primitives.amount import EXACT, ZERO
from cloudflare_budgets.domain.primitives.period import Period, midnight

FAMILIES_SHOWN = 5
# Of a longer period, only the last days have room for a bar each.
DAYS_SHOWN = 62
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ChartData:
    """The amount at the end of each day of a period, and what each family added each day.

    `families` are the biggest first, the rest together as `Other`.
    """

    points: tuple[tuple[datetime, Decimal], ...]
    families: tuple[tuple[str, Mapping[datetime, Decimal]], ...]
    until: datetime

    @property
    def observed(self) -> Decimal:
        """The amount at the end."""
        return self.points[-1][1]


def growth_of(
    evaluation: Evaluation, period: Period, data_through: datetime | None, as_of: datetime
) -> ChartData:
    """Return how an amount grew, up to the end of the data; on the running day, up to now."""
    days = evaluation.breakdown.days
    ends = [day + _DAY for day in days] + ([data_through] if data_through else [])
    until = max(period.start, min(max(ends, default=period.start), period.end, as_of))
    return ChartData(_points(days, period, until), _families(evaluation.breakdown.families), until)


def days_shown(period: Period, until: datetime) -> Period:
    """Return the days of a period that have a bar each: all, or the last ones of a long period."""
    if (period.end - period.start) // _DAY <= DAYS_SHOWN:
        return period
    end = midnight(until - timedelta(microseconds=1)) + _DAY
    end = max(end, period.start + DAYS_SHOWN * _DAY)
    return Period(end - DAYS_SHOWN * _DAY, end)


def _points(
    days: Mapping[datetime, Decimal], period: Period, until: datetime
) -> tuple[tuple[datetime, Decimal], ...]:
    points = {period.start: ZERO}
    with localcontext(EXACT):
        number = ZERO
        for day in _each(period, days):
            number += days.get(day, ZERO)
            points[min(max(day + _DAY, period.start), until)] = number
    points[until] = number
    return tuple(points.items())


def _each(period: Period, days: Iterable[datetime]) -> list[datetime]:
    # The rows of a billing cycle name the cycle; their days may lie outside its period.
    known = set(days)
    inside = (period.start + index * _DAY for index in range((period.end - period.start) // _DAY))
    return sorted(known | {day for day in inside if known and day <= max(known)})


def _families(
    families: Mapping[str, Mapping[datetime, Decimal]],
) -> tuple[tuple[str, Mapping[datetime, Decimal]], ...]:
    with localcontext(EXACT):
        weights = {name: sum(map(abs, days.values()), ZERO) for name, days in families.items()}
    names = sorted((name for name in families if name != OTHER), key=lambda name: (-weights[name], name))
    shown, rest = names[:FAMILIES_SHOWN], names[FAMILIES_SHOWN:]
    rest += [OTHER] if OTHER in families else []
    found = [(name, families[name]) for name in shown]
    return (*found, (OTHER, _together(families[name] for name in rest))) if rest else tuple(found)


def _together(each: Iterable[Mapping[datetime, Decimal]]) -> Mapping[datetime, Decimal]:
    sums: dict[datetime, Decimal] = {}
    with localcontext(EXACT):
        for days in each:
            for day, number in days.items():
                sums[day] = sums.get(day, ZERO) + number
    return dict(sorted(sums.items()))
