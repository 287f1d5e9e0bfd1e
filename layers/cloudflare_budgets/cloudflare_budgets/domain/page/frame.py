"""The frame of a chart: its axes, and the places of amounts and instants within."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.page.markup import Markup, joined, tag
from cloudflare_budgets.domain.page.scale import Scale, dates, round_numbers, seconds, short
from cloudflare_budgets.domain.period import Period

# In units of the picture; a phone shows it a little smaller, a desktop a little larger.
WIDTH, HEIGHT = 400, 220
_TOP, _BOTTOM = 22, 26
# What one character of a figure takes at the larger of the two sizes that the style gives it.
CHARACTER = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """The area of a chart that shows `period` from left to right and the numbers of `y` from the bottom up.

    `margin` is kept free on the right.
    """

    period: Period
    numbers: tuple[Decimal, ...]
    margin: int = 12

    @staticmethod
    def around(period: Period, low: Decimal, high: Decimal, margin: int = 12) -> "Frame":
        """Make the frame that has room for the amounts from `low` to `high`."""
        return Frame(period, tuple(round_numbers(low, high)), margin)

    @property
    def left(self) -> int:
        """Where the area begins: beside the widest figure of the axis."""
        return 6 + CHARACTER * max(2, *(len(short(number)) for number in self.numbers))

    @property
    def right(self) -> int:
        """Where the area ends."""
        return WIDTH - self.margin

    @property
    def top(self) -> int:
        """Where the area begins, from above."""
        return _TOP

    @property
    def bottom(self) -> int:
        """Where the area ends, from above."""
        return HEIGHT - _BOTTOM

    def x(self, instant: datetime) -> Decimal:
        """Find an instant's place."""
        end = seconds(self.period.end, self.period.start)
        scale = Scale(Decimal(0), end, Decimal(self.left), Decimal(self.right))
        return scale(seconds(instant, self.period.start))

    def y(self, number: Decimal) -> Decimal:
        """Find an amount's place."""
        return Scale(self.numbers[0], self.numbers[-1], Decimal(self.bottom), Decimal(self.top))(number)

    def axes(self) -> Markup:
        """Draw the lines of the round numbers, and name numbers and dates."""
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
        # A name in the middle below its tick would be cut off at the end of the picture.
        place = self.x(instant)
        anchor = "end" if place + CHARACTER * len(name) // 2 > WIDTH else "mid"
        return tag("text", name, class_=anchor, x=str(place), y=str(HEIGHT - 5))
