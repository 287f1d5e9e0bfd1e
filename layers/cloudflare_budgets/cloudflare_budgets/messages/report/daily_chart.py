"""The daily chart: what each day added, by product family."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from cloudflare_budgets.domain.primitives.amount import ZERO
from cloudflare_budgets.domain.primitives.period import Period, midnight
from cloudflare_budgets.messages.formatting import day_text
from cloudflare_budgets.messages.report.axes import HEIGHT, WIDTH, Entry, PlotArea, legend
from cloudflare_budgets.messages.report.budget_view import BudgetView
from cloudflare_budgets.messages.report.chart_data import ChartData, days_shown
from cloudflare_budgets.messages.report.html import Markup, cleaned, tag

_DAY = timedelta(days=1)
# The part of a day's width that its bar fills.
_FILLED = Decimal("0.8")
_WIDEST = Decimal(40)

Heaps = dict[datetime, tuple[Decimal, Decimal]]


def daily_bars(view: BudgetView, growth: ChartData, period: Period, key: str) -> Markup:
    """Draw the chart with its legend; `key` sets its ids apart from those of other charts."""
    shown = days_shown(period, growth.until)
    low, high = _ends(growth, shown)
    frame = PlotArea.around(shown, low, high)
    picture = tag(
        "svg",
        tag("title", f"{view.name}: what each day added", id=f"{key}-title"),
        tag("desc", "The figures are in the table below the charts.", id=f"{key}-desc"),
        frame.axes(),
        *_stacks(view, growth, frame),
        *_labels(view, frame),
        class_="chart",
        role="img",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        aria_labelledby=f"{key}-title {key}-desc",
    )
    caption = tag("figcaption", f"Day by day ({view.budget.limit.unit})")
    return tag("figure", caption, picture, legend(_entries(view, growth)))


def _entries(view: BudgetView, growth: ChartData) -> list[Entry]:
    names = [name for name, _ in growth.families]
    entries = [
        Entry(kind, cleaned(name, 40)) for name, kind in zip(names, view.family_classes(names), strict=True)
    ]
    partial = _partial_day(growth)
    return [*entries, *([Entry("partial", f"{day_text(partial)} is partial")] if partial else [])]


def _partial_day(growth: ChartData) -> datetime | None:
    """Return the day whose data are not complete, if there is one."""
    day = midnight(growth.until)
    days = {day for _, family in growth.families for day in family}
    return day if day != growth.until and day in days else None


def _ends(growth: ChartData, shown: Period) -> tuple[Decimal, Decimal]:
    heaps: Heaps = {}
    for _, days in growth.families:
        _heap(heaps, days, shown)
    return (
        min((low for low, _ in heaps.values()), default=ZERO),
        max((high for _, high in heaps.values()), default=ZERO),
    )


def _heap(heaps: Heaps, days: Mapping[datetime, Decimal], shown: Period) -> list[tuple[datetime, Decimal]]:
    """Stack a family's days on those before, credits below zero; return where each bar begins."""
    found = []
    for day, number in days.items():
        if day in shown:
            low, high = heaps.get(day, (ZERO, ZERO))
            found.append((day, high if number > 0 else low))
            heaps[day] = (low, high + number) if number > 0 else (low + number, high)
    return found


def _stacks(view: BudgetView, growth: ChartData, frame: PlotArea) -> list[Markup]:
    heaps: Heaps = {}
    paths, partial = [], _partial_day(growth)
    classes = view.family_classes([name for name, _ in growth.families])
    for kind, (_, days) in zip(classes, growth.families, strict=True):
        begun = _heap(heaps, days, frame.period)
        for is_partial, suffix in ((False, ""), (True, " partial")):
            bars = [(day, base) for day, base in begun if (day == partial) is is_partial]
            d = "".join(_bar(frame, day, base, base + days[day]) for day, base in bars)
            if d:
                paths.append(tag("path", class_=f"{kind}{suffix}", d=d))
    return paths


def _bar(frame: PlotArea, day: datetime, start: Decimal, end: Decimal) -> str:
    left, right = frame.x(day), frame.x(day + _DAY)
    width = min((right - left) * _FILLED, _WIDEST)
    x = left + (right - left - width) / 2
    return f"M{x:.1f} {frame.y(start)}V{frame.y(end)}h{width:.1f}V{frame.y(start)}Z"


def _labels(view: BudgetView, frame: PlotArea) -> list[Markup]:
    """Add an invisible area to each day that shows its figure at the pointer."""
    days = view.evaluation.breakdown.days
    return [
        tag(
            "rect",
            tag("title", f"{day:%Y-%m-%d}: {view.amount(number)}"),
            class_="ask",
            x=str(frame.x(day)),
            y=str(frame.top),
            width=str(frame.x(day + _DAY) - frame.x(day)),
            height=str(frame.bottom - frame.top),
        )
        for day, number in days.items()
        if day in frame.period
    ]
