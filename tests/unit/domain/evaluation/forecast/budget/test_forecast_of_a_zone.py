"""The forecast of a zone, of rows without detail, and of several currencies."""

from decimal import Decimal
from typing import Any

import pytest

from cloudflare_budgets.domain.evaluation.context import known_since
from cloudflare_budgets.domain.usage.history import DayRecord, Line
from cloudflare_budgets.domain.usage.usage import Series
from tests.support.builders import (
    AS_OF,
    budget,
    charge,
    day,
    each_day,
    judged,
    known,
    price,
    prices,
    usage_since,
)
from tests.unit.domain.evaluation.forecast.budget.forecasts import SPEND, TENS, ZONE_SPEND, forecast


def test_a_zone_is_expected_to_cost_its_share() -> None:
    rows = [
        *each_day("2026-11-01", "2026-11-21", "30", x_zone_id="a"),
        *each_day("2026-11-01", "2026-11-21", "10", x_zone_id="b"),
    ]
    listed = prices(price("1", "840"))
    assert forecast(ZONE_SPEND, *rows, prices=listed).expected == 270
    assert forecast(SPEND, *rows, prices=listed).expected == 360


@pytest.mark.parametrize(("on", "has_share"), [("2026-10-24", False), ("2026-10-25", True)])
def test_a_zone_has_the_share_that_it_had_on_the_last_28_days(on: str, *, has_share: bool) -> None:
    rows = [
        charge(on, "10", x_zone_id="a"),
        *each_day("2026-10-24", "2026-11-21", "10", x_zone_id="b"),
    ]
    found = judged(ZONE_SPEND, usage_since("2026-10-01", *rows), prices=prices(price())).forecast
    assert found is not None
    assert bool(found.expected) == has_share


def test_the_unfinished_day_says_nothing_of_a_zones_share() -> None:
    rows = [
        *each_day("2026-11-01", "2026-11-21", "30", x_zone_id="a"),
        *each_day("2026-11-01", "2026-11-21", "10", x_zone_id="b"),
    ]
    unfinished = charge("2026-11-22", "4000", x_zone_id="b")
    assert forecast(ZONE_SPEND, *rows, unfinished, prices=prices(price())).expected == 900


def test_days_that_do_not_name_zones_say_nothing_of_a_zones_share() -> None:
    metric = Series("workers_standard_requests", None, None, *[None] * 6)
    folded = [
        DayRecord(row.charge_period_start, "v2", (Line(metric, "Requests", Decimal(40)),), folded=True)
        for row in each_day("2026-10-20", "2026-10-31")
    ]
    rows = [
        *each_day("2026-11-01", "2026-11-21", "30", x_zone_id="a"),
        *each_day("2026-11-01", "2026-11-21", "10", x_zone_id="b"),
    ]
    found = forecast(ZONE_SPEND, *rows, prices=prices(price("1", "840")), history=folded)
    assert found.expected == 270


@pytest.mark.parametrize(
    ("scope", "column"), [("zone", "x_zone_id"), ("region", "region_id"), ("subscription", "sub_account_id")]
)
def test_days_that_name_no_detail_are_not_days_without_use_of_it(scope: str, column: str) -> None:
    whole: Any = {column: None}
    metric = Series("workers_standard_requests", None, None, *[None] * 6)
    folded = [
        DayRecord(row.charge_period_start, "v2", (Line(metric, "Requests", Decimal(40)),), folded=True)
        for row in each_day("2026-10-31", "2026-11-20", **whole)
    ]
    as_of = AS_OF
    rows: dict[str, Any] = {column: "a"}
    text = f'{{"limit": "1000 Requests", "scope": {{"{scope}": ["a"]}}}}'
    daily = known(
        usage_since("2026-11-21", *each_day("2026-11-21", "2026-11-21", "30", **rows)), as_of, history=folded
    ).daily
    assert known_since(budget(text).scope, daily) == day("2026-11-21")
    assert known_since(budget().scope, daily) == day("2026-10-31")


def test_a_price_in_another_currency_does_not_price_what_is_billed_in_dollars() -> None:
    rows = each_day("2026-11-01", "2026-11-21", "10", "2")
    assert forecast(SPEND, *rows, prices=prices(price("7", currency="EUR"))).expected == 60


def test_usage_in_other_units_is_no_part_of_a_quantity() -> None:
    text = '{"limit": "1000 GB", "scope": {"metric_id": ["r2"]}}'
    rows = each_day("2026-11-01", "2026-11-21", "3", metric="r2", consumed_unit="GB")
    assert forecast(text, *TENS, *rows).expected == 90
