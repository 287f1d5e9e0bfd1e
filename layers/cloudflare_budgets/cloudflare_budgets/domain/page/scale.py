"""From amounts and instants to places in a picture, and the round figures that stand beside its axes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

from cloudflare_budgets.domain.amount import plain
from cloudflare_budgets.domain.period import Period

# Places are rounded, figures never are: a tenth of a unit is less than anybody sees.
_CONTEXT = Context(prec=300, rounding=ROUND_HALF_EVEN)
_THREE = Context(prec=3, rounding=ROUND_HALF_EVEN)
_TENTH = Decimal("0.1")
_STEPS = (1, 2, 5, 10)
_LETTERS = ((Decimal(10) ** 12, "T"), (Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(1000), "k"))
_SMALL = Decimal("0.001")
_DAY = timedelta(days=1)
# With more days, the axis names months.
_DAYS_ON_AN_AXIS = 45


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps the numbers from `low` to `high` to the places from `start` to `end`, in units of the picture."""

    low: Decimal
    high: Decimal
    start: Decimal
    end: Decimal

    def __call__(self, number: Decimal) -> Decimal:
        """Find a number's place; one beyond the ends is put at the end."""
        if self.high <= self.low:
            return self.start
        inside = min(max(number, self.low), self.high)
        share = _CONTEXT.divide(inside - self.low, self.high - self.low)
        return (self.start + share * (self.end - self.start)).quantize(_TENTH, context=_CONTEXT)


def seconds(instant: datetime, since: datetime) -> Decimal:
    """Count the seconds from one instant to another."""
    return Decimal((instant - since) // timedelta(seconds=1))


def round_numbers(low: Decimal, high: Decimal, most: int = 4) -> list[Decimal]:
    """Find the round numbers for an axis, so that they enclose `low` and `high`."""
    span = high - low
    if span <= 0:
        return [low, low + 1]
    rough = _CONTEXT.divide(span, Decimal(most))
    unit = Decimal(1).scaleb(rough.adjusted())
    step = next(unit * factor for factor in _STEPS if unit * factor >= rough)
    first = _CONTEXT.divide(low, step).to_integral_value(rounding=ROUND_FLOOR)
    last = _CONTEXT.divide(high, step).to_integral_value(rounding=ROUND_CEILING)
    return [step * number for number in range(int(first), int(last) + 1)]


def short(number: Decimal) -> str:
    """Write a round number for an axis: `2.5M`, `500k`, `0.02`."""
    size = abs(number)
    if size and size < _SMALL:
        return f"{number.normalize(_CONTEXT):e}"
    for unit, letter in _LETTERS:
        if size >= unit:
            return f"{_CONTEXT.divide(number, unit).normalize(_CONTEXT):,f}{letter}"
    return plain(number)


def rounded(number: Decimal) -> Decimal:
    """Round a number that stands beside an axis to three digits: its exact text stands elsewhere."""
    return _THREE.plus(number)


def dates(period: Period) -> list[tuple[datetime, str]]:
    """Find the instants that an axis of time names, and their names."""
    days = (period.end - period.start) // _DAY
    if days <= 1:
        return [(period.start + timedelta(hours=hour), f"{hour:02}:00") for hour in range(0, 25, 6)]
    if days > _DAYS_ON_AN_AXIS:
        return _months(period, -(-days // 185))
    step = 1 if days <= 7 else 7  # noqa: PLR2004 - a week is the longest that has room for each day
    found = [period.start + index * _DAY for index in range(0, days, step)]
    return [(day, f"{day.day} {day:%b}") for day in found]


def _months(period: Period, step: int) -> list[tuple[datetime, str]]:
    found = [period.start + index * _DAY for index in range((period.end - period.start) // _DAY)]
    firsts = [day for day in found if day.day == 1]
    return [(day, f"{day:%b}") for day in firsts[::step]]
