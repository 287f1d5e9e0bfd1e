"""The burn-up chart: the amount so far, the limit, and the forecast."""

from dataclasses import dataclass
from decimal import Decimal

from cloudflare_budgets.domain.budgets.budget import Basis, Threshold
from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.evaluation.provisional import Provisional
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.messages.budget_text import amounts_text
from cloudflare_budgets.messages.report.axes import (
    CHARACTER,
    HEIGHT,
    WIDTH,
    Entry,
    PlotArea,
    legend,
    rounded,
    short,
)
from cloudflare_budgets.messages.report.budget_view import BudgetView
from cloudflare_budgets.messages.report.chart_data import ChartData
from cloudflare_budgets.messages.report.html import NOTHING, Markup, joined, tag

# Names closer than this would overlap.
_APART = 13
# The provisional area is at least so wide.
_NARROW = 10


@dataclass(frozen=True, slots=True)
class _BurnUp:
    view: BudgetView
    growth: ChartData
    frame: PlotArea

    @property
    def limit(self) -> Decimal:
        return self.view.budget.limit.number

    @property
    def forecast(self) -> BudgetForecast | None:
        """The forecast, until the period ends."""
        return self.view.forecast if self.growth.until < self.frame.period.end else None

    @property
    def provisional(self) -> Provisional | None:
        """The amount with usage that is not billed yet, if it is above the billed one."""
        found = _provisional_of(self.view)
        return found if found and found.amount.number > self.growth.observed else None


def burn_up(view: BudgetView, growth: ChartData, period: Period, key: str) -> Markup:
    """Draw the chart with its legend; `key` sets its ids apart from those of other charts."""
    chart = _BurnUp(view, growth, _frame(view, growth, period))
    picture = tag(
        "svg",
        tag("title", f"{view.name}: so far against the limit", id=f"{key}-title"),
        tag("desc", _description(chart), id=f"{key}-desc"),
        chart.frame.axes(),
        _thresholds(chart),
        _forecast(chart),
        _provisional(chart),
        _so_far(chart),
        _limit(chart),
        _today(chart),
        class_="chart",
        role="img",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        aria_labelledby=f"{key}-title {key}-desc",
    )
    return tag("figure", tag("figcaption", _caption(view)), picture, legend(_entries(chart)))


def _caption(view: BudgetView) -> str:
    shown = "So far, and the forecast" if view.forecast else "So far"
    return f"{shown} ({view.budget.limit.unit})"


def _frame(view: BudgetView, growth: ChartData, period: Period) -> PlotArea:
    forecast = view.forecast
    found = [view.budget.limit.number, *(number for _, number in growth.points)]
    if provisional := _provisional_of(view):
        found.append(provisional.amount.number)
    if forecast:
        found += [
            forecast.expected,
            forecast.continued,
            forecast.low or Decimal(0),
            forecast.high or Decimal(0),
        ]
    names = max((len(_name(threshold)) for threshold in view.budget.thresholds), default=0)
    return PlotArea.around(period, min(Decimal(0), *found), max(found), margin=14 + CHARACTER * names)


def _so_far(chart: _BurnUp) -> Markup:
    frame, growth = chart.frame, chart.growth
    places = [f"{frame.x(instant)} {frame.y(number)}" for instant, number in growth.points]
    return joined(
        [
            tag("path", class_="so-far", d="M" + "L".join(places)),
            tag(
                "circle",
                class_="now",
                cx=str(frame.x(growth.until)),
                cy=str(frame.y(growth.observed)),
                r="3.5",
            ),
        ]
    )


def _forecast(chart: _BurnUp) -> Markup:
    forecast, frame = chart.forecast, chart.frame
    if forecast is None:
        return NOTHING
    start = f"M{frame.x(chart.growth.until)} {frame.y(chart.growth.observed)}"
    end = frame.right

    def line(number: Decimal, kind: str) -> Markup:
        return tag("path", class_=kind, d=f"{start}L{end} {frame.y(number)}")

    band = NOTHING
    if forecast.low is not None and forecast.high is not None:
        d = f"{start}L{end} {frame.y(forecast.high)}V{frame.y(forecast.low)}Z"
        band = tag("path", class_="range", d=d)
    return joined([band, line(forecast.continued, "continued"), line(forecast.expected, "expected")])


def _provisional_of(view: BudgetView) -> Provisional | None:
    found = view.evaluation.provisional
    is_over = view.window is None or view.window.period.end <= view.as_of
    return None if is_over else found


def _provisional(chart: _BurnUp) -> Markup:
    """Draw what is not billed yet as a hatched area above the billed amount."""
    found, frame, growth = chart.provisional, chart.frame, chart.growth
    if found is None:
        return NOTHING
    end = frame.x(min(max(found.through, growth.until), frame.period.end))
    # Billed usage may be known nearly as far as analytics.
    start = max(min(frame.x(growth.until), end - _NARROW), Decimal(frame.left))
    low, high = frame.y(growth.observed), frame.y(found.amount.number)
    return tag("path", class_="provisional", d=f"M{start} {low}L{end} {high}V{low}Z")


def _limit(chart: _BurnUp) -> Markup:
    frame, place = chart.frame, chart.frame.y(chart.limit)
    return joined(
        [
            tag("path", class_="limit", d=f"M{frame.left} {place}H{frame.right}"),
            tag("text", "limit", class_="strong", x=str(frame.left + 5), y=str(place - 5)),
        ]
    )


def _thresholds(chart: _BurnUp) -> Markup:
    frame = chart.frame
    visible = [one for one in chart.view.budget.thresholds if one.amount <= frame.numbers[-1]]
    if not visible:
        return NOTHING
    marks = "".join(f"M{frame.right} {frame.y(one.amount)}h5" for one in visible)
    names: dict[Decimal, str] = {}
    # The limit is named first, then the others from above; a name without room is left out.
    for threshold in sorted(visible, key=lambda one: (one.amount != chart.limit, -one.amount)):
        place = frame.y(threshold.amount)
        if all(abs(place - other) >= _APART for other in names):
            names[place] = _name(threshold)
    texts = (
        tag("text", name, x=str(frame.right + 8), y=str(place), dy=".35em") for place, name in names.items()
    )
    return joined([tag("path", class_="axis", d=marks), *texts])


def _name(threshold: Threshold) -> str:
    if threshold.percent is None:
        return short(rounded(threshold.amount))
    return f"{rounded(threshold.percent):,f} %"


def _today(chart: _BurnUp) -> Markup:
    frame, as_of = chart.frame, chart.view.as_of
    if as_of not in frame.period:
        return NOTHING
    place = frame.x(as_of)
    anchor = "end" if place > frame.right - 20 else "start" if place < frame.left + 20 else "mid"
    return joined(
        [
            tag("path", class_="today", d=f"M{place} {frame.top - 6}V{frame.bottom}"),
            tag("text", "now", class_=anchor, x=str(place), y=str(frame.top - 9)),
        ]
    )


def _entries(chart: _BurnUp) -> list[Entry]:
    view, forecast = chart.view, chart.forecast
    entries = [
        Entry("so-far", f"so far {view.amount(chart.growth.observed)}"),
        Entry("limit", f"limit {view.limit_text}"),
    ]
    if provisional := chart.provisional:
        amount = view.amount(provisional.amount.number)
        entries.append(Entry("provisional", f"provisional {amount}, with usage that is not billed yet"))
    if forecast is None:
        return entries
    entries.append(Entry("expected", f"forecast {view.format_estimate(forecast.expected)}"))
    if forecast.low is not None and forecast.high is not None:
        low, high = view.format_estimate(forecast.low), view.format_estimate(forecast.high)
        entries.append(Entry("range", f"likely {low} to {high}"))
    continued = view.format_estimate(forecast.continued)
    entries.append(Entry("continued", f"{continued} if the last 3 days continue"))
    return entries


def _description(chart: _BurnUp) -> str:
    view = chart.view
    text = f"used {amounts_text(view.evaluation)}"
    waiting = any(one.basis is Basis.FORECAST for one in view.budget.thresholds)
    texts = [text, *(entry.text for entry in _entries(chart)[2:])]
    texts += ["no forecast yet"] if chart.forecast is None and waiting else []
    return "; ".join(texts)
