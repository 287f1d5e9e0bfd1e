"""Running totals of Version 1: a cycle whose costs do not add up to them has lost something."""

from decimal import Decimal
from typing import Any

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.v1 import contradiction_of
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import charge, day


def row(on: str, cost: str | None, running: str | None, **columns: Any) -> Charge:  # noqa: ANN401 - any column
    defaults: dict[str, Any] = {
        "service_name": "Workers CPU ms (first 30M are included)",
        "contracted_cost": None if cost is None else Decimal(cost),
        "cumulated_contracted_cost": None if running is None else Decimal(running),
        "billing_currency": "USD",
        "billing_period_start": day("2026-11-05"),
        "subscription_id": "SUB-A",
    }
    return charge(on, **(defaults | columns))


def test_trap_16_costs_that_add_up_to_the_newest_running_total_are_in_order() -> None:
    assert contradiction_of([row("2026-11-07", "0.5", "0.9"), row("2026-11-06", "0.4", "0.4")]) is None


def test_trap_16_running_totals_are_separate_by_cycle_subscription_zone_and_service() -> None:
    rows = [
        row("2026-11-06", "0.4", "0.4"),
        row("2026-11-06", "1.4", "1.4", subscription_id="SUB-B"),
        row("2026-11-06", "2.4", "2.4", zone_id="0" * 32),
        row("2026-11-06", "3.4", "3.4", service_name="Workers Standard Requests"),
        row("2026-11-06", "5.4", "5.4", billing_currency="EUR"),
        row("2026-11-04", "4.4", "4.4", billing_period_start=day("2026-10-05")),
    ]
    assert contradiction_of(rows) is None


@pytest.mark.parametrize("costs", [("0.4", "0.49"), ("0.4", "0.51"), ("0.395", "0.495")])
def test_a_cent_may_be_lost_to_rounding(costs: tuple[str, str]) -> None:
    assert contradiction_of([row("2026-11-06", costs[0], "0.4"), row("2026-11-07", costs[1], "0.9")]) is None


@pytest.mark.parametrize(
    "rows",
    [
        [row("2026-11-07", "0.5", "0.9")],
        [row("2026-11-06", "0.4", "0.4"), row("2026-11-07", "0.05", "0.9")],
        [row("2026-11-06", "0.4", "0.4"), row("2026-11-07", "0.51000001", "0.9")],
        [row("2026-11-06", "0.4", "0.4"), row("2026-11-06", "0.40", "0.4"), row("2026-11-07", "0.5", "0.9")],
    ],
    ids=["a row is lost", "a digit is lost", "by a little more than a cent", "a row came twice"],
)
def test_costs_that_do_not_add_up_are_a_contradiction(rows: list[Charge]) -> None:
    found = contradiction_of(rows)
    assert found is not None
    assert "rows or digits are missing, or rows are repeated" in found


def test_the_contradiction_names_the_series_and_both_figures() -> None:
    rows = [row("2026-11-07", "0.5", "0.9", zone_id="0" * 32, zone_name="example.com")]
    found = contradiction_of(rows)
    assert found is not None
    assert found.startswith(
        "the rows of Workers CPU ms (first 30M are included) in zone example.com since 2026-11-05 "
        "cost 0.5 USD in total, but Cloudflare's running total is 0.9: "
    )


def test_trap_5_of_several_rows_on_the_newest_day_the_last_running_total_counts() -> None:
    assert contradiction_of([row("2026-11-06", "0.4", "0.9"), row("2026-11-06", "0.5", "0.5")]) is None


@pytest.mark.parametrize("absent", [("0.4", None), (None, "0.4")])
def test_what_is_absent_is_not_compared(absent: tuple[str | None, str | None]) -> None:
    assert contradiction_of([row("2026-11-06", *absent)]) is None


def test_a_changed_allowance_in_the_name_does_not_end_a_running_total() -> None:
    renamed = "Workers CPU ms (first 50,000,000 are included)"
    rows = [row("2026-11-06", "0.4", "0.4"), row("2026-11-07", "0.5", "0.9", service_name=renamed)]
    assert contradiction_of(rows) is None
    assert contradiction_of([rows[0], row("2026-11-08", "0.5", "1.4", service_name=renamed)]) is not None


def test_costs_rounded_to_cents_may_differ_by_half_a_cent_a_row() -> None:
    exact = Decimal("0.0149")
    rows = [
        row(f"2026-11-{5 + each:02}", str(round(exact, 2)), str(exact * (each + 1))) for each in range(20)
    ]
    assert contradiction_of(rows) is None
    assert contradiction_of([row("2026-11-05", "0.5", "0.5"), *rows[1:]]) is not None
