"""A runaway in its first days: what its unfinished day shows belongs to the forecast."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.evaluation.forecast.budget_forecast import BudgetForecast
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import charge, day, each_day, judged, price, prices, usage_since

LIMITS = ['{"limit": "50 Requests"}', '{"limit": "50 USD"}']
LISTED = prices(price("1", "100"), price("0.001", "1000", metric="rows_read"))


def forecast(text: str, *rows: Charge, on: str = "2026-11-29") -> BudgetForecast:
    as_of = day(on) + timedelta(hours=4)
    found = judged(text, usage_since("2026-10-01", *rows, as_of=as_of), as_of, prices=LISTED)
    assert found.observed is not None
    assert found.forecast is not None
    assert found.forecast.expected >= found.observed.number
    return found.forecast


def width(found: BudgetForecast) -> Decimal:
    assert found.low is not None
    assert found.high is not None
    assert found.low <= found.expected <= found.high
    return found.high - found.low


@pytest.mark.parametrize("text", LIMITS)
@pytest.mark.parametrize("first", ["2026-11-26", "2026-11-27", "2026-11-28"])
def test_a_new_runaway_has_a_range_while_days_are_left(text: str, first: str) -> None:
    calm = each_day("2026-10-01", "2026-11-28", "5")
    found = forecast(text, *calm, *each_day(first, "2026-11-28", "100000"))
    assert width(found) >= Decimal(5000)


@pytest.mark.parametrize("text", LIMITS)
@pytest.mark.parametrize("first", ["2026-11-27", "2026-11-28"])
def test_a_new_metric_has_a_range_while_days_are_left(text: str, first: str) -> None:
    calm = each_day("2026-10-01", "2026-11-28", "5")
    found = forecast(text, *calm, *each_day(first, "2026-11-28", "90000000", metric="rows_read"))
    assert width(found) >= Decimal(90000)


def test_a_begun_day_below_its_forecast_changes_nothing() -> None:
    calm = each_day("2026-10-01", "2026-11-27", "5")
    for begun in ("1", "5"):
        assert forecast(LIMITS[0], *calm, charge("2026-11-28", begun)).expected == 150


def test_a_begun_day_beyond_its_forecast_raises_the_sum_by_the_difference() -> None:
    calm = each_day("2026-10-01", "2026-11-27", "5")
    found = forecast(LIMITS[0], *calm, charge("2026-11-28", "45"))
    assert found.expected == 190
    assert found.high == 27 * 5 + 3 * 45


def test_a_begun_day_of_another_zone_is_not_part_of_a_scope() -> None:
    calm = [*each_day("2026-10-01", "2026-11-27", "30", x_zone_id="a")]
    other = [*each_day("2026-10-01", "2026-11-27", "10", x_zone_id="b")]
    begun = charge("2026-11-28", "4000", x_zone_id="b")
    text = '{"limit": "50 USD", "scope": {"zone": ["%s"]}}'
    assert forecast(text % "a", *calm, *other, begun).expected < 900
    assert width(forecast(text % "b", *calm, *other, begun)) > 3000


@given(st.integers(0, 10**6), st.integers(1, 10**9), st.sampled_from(LIMITS), st.integers(26, 28))
def test_no_forecast_has_zero_width_after_a_jump(calm: int, jump: int, text: str, first: int) -> None:
    rows = each_day("2026-10-01", f"2026-11-{first - 1}", str(calm))
    jumped = each_day(f"2026-11-{first}", "2026-11-28", str(1000 + 10 * calm + jump))
    assert width(forecast(text, *rows, *jumped)) > 0
