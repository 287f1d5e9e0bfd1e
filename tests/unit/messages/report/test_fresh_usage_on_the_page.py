"""A budget that only fresh usage brings over its limit: bar and figures show that, and no lower forecast."""

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from cloudflare_budgets.domain.evaluation.provisional import Provisional
from cloudflare_budgets.domain.primitives.amount import Amount
from cloudflare_budgets.domain.run.result import Report
from cloudflare_budgets.messages.report.axes import WIDTH
from cloudflare_budgets.messages.report.page import page
from tests.support.builders import AS_OF
from tests.unit.messages.report.pages import account, evaluation, forecast, of_class, read


def html(low: str) -> str:
    found = evaluation(("20", "18"), forecast=forecast("39.65", "39", "40"))
    amount = Amount(Decimal(low), "USD")
    crossed = tuple(each for each in found.budget.thresholds if 38 < each.amount <= amount.number)
    fresh = Provisional(amount, amount, AS_OF, crossed)
    return page(Report(AS_OF, (account(replace(found, provisional=fresh)),)))


def test_a_forecast_below_what_is_used_at_least_is_not_shown() -> None:
    shown = html("106.14")
    assert "at least 106.14 of 50 USD (212 %), provisional" in shown
    assert "forecast 39.65" not in shown
    assert "So far (USD)" in shown


@pytest.mark.parametrize(("low", "width"), [("106.14", "100.0"), ("45", "90.0")])
def test_the_bar_shows_what_is_used_at_least(low: str, width: str) -> None:
    assert f'width="{width}"' in html(low)


def test_a_forecast_above_what_is_used_at_least_is_shown() -> None:
    assert "forecast 39.65" in html("39")
    assert "So far, and the forecast (USD)" in html("39")


def area(low: str) -> str | None:
    """Return the path of the provisional area of the burn-up chart."""
    root = read(html(low))
    found = of_class(of_class(root, "chart")[0], "provisional")
    return found[0].get("d") if found else None


def test_what_is_not_billed_yet_is_a_hatched_area_above_the_billed_amount() -> None:
    path = area("106.14")
    assert path is not None
    start, low, end, high, foot = (Decimal(each) for each in re.findall(r"[\d.]+", path))
    assert start < end
    assert high < low == foot  # from above
    assert "provisional 106.14 USD, with usage that is not billed yet" in html("106.14")
    assert 'id="provisional"' in html("106.14")
    assert "fill: url(#provisional)" in html("106.14")


def test_an_amount_that_analytics_do_not_raise_has_no_area() -> None:
    assert area("38") is None


def test_the_area_is_within_the_chart_whatever_the_amount() -> None:
    path = area("1000000")
    assert path is not None
    assert all(0 <= Decimal(each) <= WIDTH for each in re.findall(r"[\d.]+", path))
