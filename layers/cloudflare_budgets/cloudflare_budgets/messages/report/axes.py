"""Axes, scales and legends of the report's charts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal

from cloudflare_budgets.domain.primitives.amount import plain
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.messages.report.html import Markup, joined, tag

# Positions are rounded to a tenth of a unit, which is not visible; figures are not rounded.
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
    """Maps numbers from `low` to `high` to positions from `start` to `end` in the picture."""

    low: Decimal
    high: Decimal
    start: Decimal
    end: Decimal

    def __call__(self, number: Decimal) -> Decimal:
        """Return the position of a number, at most at the ends."""
        if self.high <= self.low:
            return self.start
        inside = min(max(number, self.low), self.high)
        share = _CONTEXT.divide(inside - self.low, self.high - self.low)
        return (self.start + share * (self.end - self.start)).quantize(_TENTH, context=_CONTEXT)


def seconds(instant: datetime, since: datetime) -> Decimal:
    """Count the seconds from `since` to `instant`."""
    return Decimal((instant - since) // timedelta(seconds=1))


def round_numbers(low: Decimal, high: Decimal, most: int = 4) -> list[Decimal]:
    """Return round numbers for an axis that enclose `low` and `high`."""
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
    """Format a round number for an axis: `2.5M`, `500k`, `0.02`."""
    size = abs(number)
    if size and size < _SMALL:
        return f"{number.normalize(_CONTEXT):e}"
    for unit, letter in _LETTERS:
        if size >= unit:
            return f"{_CONTEXT.divide(number, unit).normalize(_CONTEXT):,f}{letter}"
    return plain(number)


def rounded(number: Decimal) -> Decimal:
    """Round a number beside an axis to three digits; its exact text is elsewhere on the page."""
    return _THREE.plus(number)


def dates(period: Period) -> list[tuple[datetime, str]]:
    """Return the instants that an axis of time names, with their names."""
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


# In units of the picture; phones scale it down a little, desktops up.
WIDTH, HEIGHT = 400, 220
_TOP, _BOTTOM = 22, 26
# The width of one character at the larger font size of the style.
CHARACTER = 8


@dataclass(frozen=True, slots=True)
class PlotArea:
    """The area of a chart: `period` from left to right, the numbers of `y` from the bottom up.

    `margin` stays free on the right.
    """

    period: Period
    numbers: tuple[Decimal, ...]
    margin: int = 12

    @staticmethod
    def around(period: Period, low: Decimal, high: Decimal, margin: int = 12) -> "PlotArea":
        """Return the area with room for amounts from `low` to `high`."""
        return PlotArea(period, tuple(round_numbers(low, high)), margin)

    @property
    def left(self) -> int:
        """The left edge, beside the widest figure of the axis, which may end in a wide letter."""
        return 10 + CHARACTER * max(2, *(len(short(number)) for number in self.numbers))

    @property
    def right(self) -> int:
        """The right edge."""
        return WIDTH - self.margin

    @property
    def top(self) -> int:
        """The upper edge."""
        return _TOP

    @property
    def bottom(self) -> int:
        """The lower edge."""
        return HEIGHT - _BOTTOM

    def x(self, instant: datetime) -> Decimal:
        """Return the position of an instant."""
        end = seconds(self.period.end, self.period.start)
        scale = Scale(Decimal(0), end, Decimal(self.left), Decimal(self.right))
        return scale(seconds(instant, self.period.start))

    def y(self, number: Decimal) -> Decimal:
        """Return the position of an amount."""
        return Scale(self.numbers[0], self.numbers[-1], Decimal(self.bottom), Decimal(self.top))(number)

    def axes(self) -> Markup:
        """Draw the grid with its numbers and dates."""
        lines = "".join(f"M{self.left} {self.y(number)}H{self.right}" for number in self.numbers)
        ticks = "".join(f"M{self.x(instant)} {self.bottom}v4" for instant, _ in dates(self.period))
        return joined(
            [
                tag("path", class_="grid", d=lines),
                tag("path", class_="axis", d=f"M{self.left} {self.y(Decimal(0))}H{self.right}{ticks}"),
                *(self._number(number) for number in self.numbers),
                *(self._date(instant, name) for instant, name in dates(self.period)),
            ]
        )

    def _number(self, number: Decimal) -> Markup:
        place = {"x": str(self.left - 6), "y": str(self.y(number)), "dy": ".35em"}
        return tag("text", short(number), class_="end", **place)

    def _date(self, instant: datetime, name: str) -> Markup:
        # At the right edge, a centred name would be cut off.
        place = self.x(instant)
        anchor = "end" if place + CHARACTER * len(name) // 2 > WIDTH else "mid"
        return tag("text", name, class_=anchor, x=str(place), y=str(HEIGHT - 5))


_AREAS = ("range", "family", "provisional")


@dataclass(frozen=True, slots=True)
class Entry:
    """The CSS class of a line or an area, and its meaning."""

    kind: str
    text: str


def legend(entries: Iterable[Entry]) -> Markup:
    """List what the chart draws, each with a sample."""
    items = (tag("li", _sample(entry.kind), tag("span", entry.text)) for entry in entries)
    return tag("ul", joined(items), class_="legend")


def _sample(kind: str) -> Markup:
    shape = "M1 1H23V11H1Z" if kind.startswith(_AREAS) else "M1 6H23"
    return tag("svg", tag("path", class_=kind, d=shape), viewBox="0 0 24 12", aria_hidden="true")
