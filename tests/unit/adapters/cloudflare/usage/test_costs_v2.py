"""Rows with costs take the place of those without, where nothing is lost by it."""

from decimal import Decimal

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.v2 import cost_query, with_costs
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import ACCOUNT_ID, charge, day

PERIOD = Period(day("2026-11-01"), day("2026-11-23"))
ZONE, OTHER_ZONE = "0" * 32, "1" * 32


def test_the_question_names_a_half_open_period_and_no_dimension_that_the_rows_lack() -> None:
    period = {"From": "2026-11-01T00:00:00Z", "To": "2026-11-23T00:00:00Z"}
    assert cost_query(PERIOD, [charge()]) == {"Metric": "cost", "TimePeriod": period}
    assert cost_query(PERIOD, [charge(), charge(region_id="EEUR")]) == {
        "Metric": "cost",
        "TimePeriod": period,
        "GroupBy": [{"Type": "DIMENSION", "Key": "region"}],
    }


def test_rows_with_costs_replace_those_of_their_metric_and_day() -> None:
    other_metric, other_day = charge(metric="r2_storage"), charge("2026-11-20")
    rated = charge(cost="0.5")
    assert with_costs([charge(), other_metric, other_day], [rated]) == [rated, other_metric, other_day]


def test_several_rows_of_a_metric_and_day_are_replaced_together() -> None:
    zones = [charge(quantity="2", x_zone_id=zone) for zone in (ZONE, OTHER_ZONE)]
    rated = [charge(quantity="2", cost="1", x_zone_id=zone) for zone in (OTHER_ZONE, ZONE)]
    assert with_costs(zones, rated) == rated


@pytest.mark.parametrize(
    ("rows", "rated"),
    [
        ([charge()], [charge()]),
        ([charge()], [charge(cost="1"), charge(quantity="2")]),
        ([charge(quantity="3")], [charge(quantity="2", cost="1")]),
        ([charge(x_zone_id=ZONE)], [charge(cost="1")]),
        (
            [charge(x_zone_id=ZONE), charge(x_zone_id=OTHER_ZONE)],
            [charge(quantity="2", cost="1", x_zone_id=ZONE)],
        ),
        ([charge(region_id="EEUR")], [charge(cost="1", region_id="WEUR")]),
        ([charge(sub_account_id="SUB-A")], [charge(cost="1")]),
        ([charge(), charge(quantity="-1", charge_class="Correction")], [charge(cost="1")]),
        ([charge()], [charge(cost="1", consumed_unit="Millions")]),
    ],
    ids=[
        "no cost",
        "a cost is missing",
        "less quantity",
        "the zone is lost",
        "one zone is lost",
        "another region",
        "the subscription is lost",
        "trap 29: a correction is lost",
        "another unit",
    ],
)
def test_trap_28_rows_stay_without_costs_where_something_would_be_lost(
    rows: list[Charge], rated: list[Charge]
) -> None:
    assert with_costs(rows, rated) == rows


def test_trap_29_a_correction_has_its_cost() -> None:
    rows = [charge(), charge(quantity="0", charge_class="Correction")]
    rated = [charge(cost="1"), charge(quantity="0", cost=Decimal("-0.5"), charge_class="Correction")]
    assert with_costs(rows, rated) == rated


def test_rows_that_only_the_answer_about_costs_has_are_added() -> None:
    late = charge("2026-11-22", cost="1")
    assert with_costs([charge()], [late]) == [charge(), late]


def test_rows_that_leave_the_account_out_keep_its_name() -> None:
    grouped = charge(cost="1", billing_account_id=None, billing_account_name=None)
    assert with_costs([charge()], [grouped]) == [charge(cost="1", billing_account_id=ACCOUNT_ID)]
