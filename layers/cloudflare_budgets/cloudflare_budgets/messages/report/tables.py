"""The tables of a card: causes, allowances, and the figures of each day."""

from datetime import datetime, timedelta
from decimal import Decimal

from cloudflare_budgets.domain.evaluation.allowance import AllowanceUse
from cloudflare_budgets.domain.evaluation.measurement import Driver
from cloudflare_budgets.domain.primitives.amount import ZERO, Amount
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.messages.formatting import (
    change_text,
    format_amount,
    format_number,
    metric_name,
    percent_text,
    times_text,
)
from cloudflare_budgets.messages.report.budget_view import BudgetView
from cloudflare_budgets.messages.report.chart_data import ChartData, days_shown
from cloudflare_budgets.messages.report.html import NOTHING, Markup, cleaned, joined, tag

_DAY = timedelta(days=1)
# From here on, a factor is easier to read than a percentage.
_MANY_TIMES = 10


def drivers_table(view: BudgetView) -> Markup:
    """List the biggest causes, and how their last day compares with the day before."""
    drivers = view.evaluation.drivers
    if not drivers:
        return NOTHING
    rows = joined(_driver_row(driver, view) for driver in drivers)
    unit = view.budget.limit.unit
    return _section(
        "Where it comes from", _table(("Metric", unit, "Share", "Last day", "Change"), rows, "drivers")
    )


def _driver_row(driver: Driver, view: BudgetView) -> Markup:
    zone = cleaned(driver.zone or "", 60)
    observed = view.evaluation.observed
    share = percent_text(driver.amount, observed.number) if observed and observed.number else ""
    return tag(
        "tr",
        tag("th", cleaned(metric_name(driver.name)), tag("small", zone) if zone else NOTHING, scope="row"),
        tag("td", view.format_number(driver.amount)),
        tag("td", share),
        tag("td", view.format_number(driver.last_day) if driver.last_day is not None else "none"),
        tag("td", _change(driver.last_day, driver.day_before)),
    )


def _change(last_day: Decimal | None, day_before: Decimal | None) -> str:
    # On the first day of a period, the day before is outside of it and has no amount.
    if not last_day or day_before is None or day_before <= 0:
        return ""
    if last_day / day_before >= _MANY_TIMES:
        return times_text(last_day, day_before)
    return change_text(last_day, day_before)


def allowances_table(view: BudgetView) -> Markup:
    """List how much of each included quantity is used."""
    uses = view.evaluation.allowances
    if not uses:
        return NOTHING
    rows = joined(_allowance_row(use) for use in uses)
    head = ("Metric", "Used", "Included", "Share")
    return _section("Included, this billing period", _table(head, rows, "included"))


def _allowance_row(use: AllowanceUse) -> Markup:
    included = Amount(use.included, use.unit)
    return tag(
        "tr",
        tag("th", cleaned(metric_name(use.name)), scope="row"),
        tag("td", format_number(use.used, use.unit)),
        tag("td", cleaned(f"{format_amount(included)} ({use.plan})")),
        tag("td", percent_text(use.used, use.included)),
    )


def days_table(view: BudgetView, growth: ChartData, period: Period) -> Markup:
    """List the figures of the charts, for readers who cannot see them."""
    shown = days_shown(period, growth.until)
    days = sorted(day for day in view.evaluation.breakdown.days if day in shown)
    if not days:
        return NOTHING
    names = [cleaned(name, 40) for name, _ in growth.families]
    totals = dict(growth.points)
    rows = joined(_day_row(day, view, growth, totals) for day in reversed(days))
    table = _table(("Day (UTC)", "Added", "So far", *names), rows)
    return tag("details", tag("summary", "Figures of each day"), tag("div", table, class_="wide"))


def _day_row(day: datetime, view: BudgetView, growth: ChartData, totals: dict[datetime, Decimal]) -> Markup:
    # The running day ends with the data.
    total = totals.get(min(day + _DAY, growth.until), growth.observed)
    added = view.evaluation.breakdown.days.get(day, ZERO)
    numbers = [added, total, *(days.get(day, ZERO) for _, days in growth.families)]
    cells = joined(tag("td", view.format_number(number)) for number in numbers)
    return tag("tr", tag("th", f"{day:%Y-%m-%d}", scope="row"), cells)


def _table(head: tuple[str, ...], rows: Markup, kind: str | None = None) -> Markup:
    cells = joined(tag("th", name, scope="col") for name in head)
    return tag("table", tag("thead", tag("tr", cells)), tag("tbody", rows), class_=kind)


def _section(title: str, content: Markup) -> Markup:
    return tag("section", tag("h4", title), content)
