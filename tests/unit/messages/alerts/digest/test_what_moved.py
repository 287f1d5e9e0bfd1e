"""What moved most in the digest, by its share of the limit."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import (
    day,
    each_day,
    price,
    prices,
)
from tests.support.world import World
from tests.unit.messages.alerts.digest.digests import digest


def moved(world: World) -> list[str]:
    """Run for a digest, and give what it says that moved."""
    said = digest(world).body.partition("\nWeek over week: ")[2].partition("\n")[0]
    return said.split("; ") if said else []


def test_what_moved_most_is_reported_by_its_share_of_the_limit(world: World) -> None:
    world.use(
        *each_day("2026-11-01", "2026-11-14", cost="10"),
        *each_day("2026-11-15", "2026-11-21", cost="7"),
        *each_day("2026-11-01", "2026-11-14", cost="2", metric="r2_class_a"),
        *each_day("2026-11-15", "2026-11-21", cost="8", metric="r2_class_a"),
        *each_day("2026-11-01", "2026-11-21", cost="100", metric="stream_minutes"),
        *each_day("2026-11-15", "2026-11-21", cost="1", metric="images_stored"),
        *each_day("2026-11-15", "2026-11-15", cost="0.01", metric="queues_operations"),
    )
    assert moved(world) == [
        "R2 42 USD more (+300 %)",
        "Workers 21 USD less (-30 %)",
        "Images 7 USD more",
    ]


def test_each_line_of_an_allowance_covers_its_own_metric(world: World) -> None:
    world.prices = prices(
        price(included="5000", metric="kv_reads"), price(included="1000", metric="kv_writes")
    )
    world.configuration.given_budgets = {"included": '{"limit": "100% of allowance"}'}
    world.use(
        *each_day("2026-11-01", "2026-11-14", "100", metric="kv_reads"),
        *each_day("2026-11-15", "2026-11-21", "150", metric="kv_reads"),
        *each_day("2026-11-01", "2026-11-14", "10", metric="kv_writes"),
        *each_day("2026-11-15", "2026-11-21", "30", metric="kv_writes"),
    )
    assert moved(world) == [
        "kv_writes 140 Requests more (+200 %)",
        "kv_reads 350 Requests more (+50 %)",
    ]


WIDE = '{"limit": "5000 USD"}'
OF_THE_FAMILY = '{"limit": "900 USD", "scope": {"product_family": ["Kv"]}}'
NARROW = '{"limit": "50 USD", "alert_on": [], "scope": {"metric_id": ["kv_reads"]}}'


@pytest.mark.parametrize(
    ("budgets", "words"),
    [
        ({"wide": WIDE, "narrow": NARROW}, "Kv 42 USD more (+30 %)"),
        ({"family": OF_THE_FAMILY, "narrow": NARROW}, "Kv 42 USD more (+30 %)"),
        ({"narrow": NARROW}, "Kv in budget narrow 35 USD more (+50 %)"),
    ],
)
def test_the_widest_budget_covers_a_family_and_one_of_a_part_says_so(
    world: World, budgets: dict[str, str], words: str
) -> None:
    world.configuration.given_budgets = budgets
    world.use(
        *each_day("2026-11-01", "2026-11-14", cost="10", metric="kv_reads"),
        *each_day("2026-11-15", "2026-11-21", cost="15", metric="kv_reads"),
        *each_day("2026-11-01", "2026-11-14", cost="10", metric="kv_writes"),
        *each_day("2026-11-15", "2026-11-21", cost="11", metric="kv_writes"),
    )
    assert moved(world) == [words]


def test_a_family_that_came_to_the_same_has_not_moved_for_what_one_of_its_metrics_did(world: World) -> None:
    world.configuration.given_budgets = {"wide": WIDE, "narrow": NARROW}
    world.use(
        *each_day("2026-11-01", "2026-11-14", cost="10", metric="kv_reads"),
        *each_day("2026-11-15", "2026-11-21", cost="15", metric="kv_reads"),
        *each_day("2026-11-01", "2026-11-14", cost="10", metric="kv_writes"),
        *each_day("2026-11-15", "2026-11-21", cost="5", metric="kv_writes"),
    )
    assert moved(world) == []


READS = '{"limit": "900 USD", "scope": {"metric_id": ["kv_reads"]}}'
WRITES = '{"limit": "300 USD", "alert_on": [], "scope": {"metric_id": ["kv_writes"]}}'
ONE_ZONE = '{"limit": "900 USD", "scope": {"zone": ["a.com"]}}'
OTHER_ZONE = '{"limit": "300 USD", "alert_on": [], "scope": {"zone": ["b.com"]}}'


@pytest.mark.parametrize(
    ("budgets", "words"),
    [
        ({"reads": READS, "writes": WRITES}, ["Kv in budget writes 60.90 USD more (+2,900 %)"]),
        ({"one": ONE_ZONE, "other": OTHER_ZONE}, ["Kv in budget other 60.90 USD more (+2,900 %)"]),
        (
            {"reads": READS, "writes": WRITES, "z": WRITES},
            ["Kv in budget writes 60.90 USD more (+2,900 %)"],
        ),
        ({"wide": WIDE, "reads": READS, "writes": WRITES}, ["Kv 60.90 USD more (+43 %)"]),
    ],
)
def test_each_part_of_a_family_stands_for_itself_where_no_budget_counts_all_of_it(
    world: World, budgets: dict[str, str], words: list[str]
) -> None:
    world.configuration.given_budgets = budgets
    world.use(
        *each_day("2026-11-01", "2026-11-21", cost="20", metric="kv_reads", x_zone_name="a.com"),
        *each_day("2026-11-01", "2026-11-14", cost="0.30", metric="kv_writes", x_zone_name="b.com"),
        *each_day("2026-11-15", "2026-11-21", cost="9", metric="kv_writes", x_zone_name="b.com"),
    )
    assert moved(world) == words


@pytest.mark.parametrize(
    ("list_cost", "words"),
    [
        (10, ["Workers 56 USD more (+800 %)"]),
        (
            20,
            [
                "Workers in budget billed 56 USD more (+800 %)",
                "Workers in budget listed 70 USD more (+100 %)",
            ],
        ),
    ],
)
def test_each_column_stands_for_itself(world: World, list_cost: int, words: list[str]) -> None:
    world.configuration.given_budgets = {
        "billed": '{"limit": "500 USD", "alert_on": []}',
        "listed": '{"limit": "5000 USD", "column": "ListCost", "alert_on": []}',
    }
    world.use(
        *each_day("2026-11-01", "2026-11-14", cost="1", list_cost=Decimal(10)),
        *each_day("2026-11-15", "2026-11-21", cost="9", list_cost=Decimal(list_cost)),
    )
    assert moved(world) == words


def cycle_of(subscription: str, first: str) -> dict[str, Any]:
    start, end = day(f"2026-11-{first}"), day(f"2026-12-{first}")
    return {"subscription_id": subscription, "billing_period_start": start, "billing_period_end": end}


@pytest.mark.parametrize(
    ("budgets", "words"),
    [
        ({}, "Workers in budget cycles, 3 Nov to 2 Dec 2026, 28 USD more (+80 %)"),
        ({"wide": WIDE}, "Workers 28 USD more (+27 %)"),
    ],
)
def test_each_of_a_budgets_billing_periods_stands_for_itself(
    world: World, budgets: dict[str, str], words: str
) -> None:
    cycles = '{"limit": "500 USD", "period": "billing_period", "alert_on": []}'
    world.configuration.given_budgets = {"cycles": cycles, **budgets}
    one, other = cycle_of("A", "05"), cycle_of("B", "03")
    world.use(
        *each_day("2026-11-01", "2026-11-21", cost="10", **one),
        *each_day("2026-11-01", "2026-11-14", cost="5", **other),
        *each_day("2026-11-15", "2026-11-21", cost="9", **other),
    )
    assert moved(world) == [words]


def test_nothing_moved_while_there_are_no_two_weeks_to_compare(world: World) -> None:
    world.use(
        *each_day("2026-11-09", "2026-11-14", cost="1"), *each_day("2026-11-15", "2026-11-21", cost="9")
    )
    assert "Week over week" not in digest(world).body


def test_two_weeks_are_enough_to_compare(world: World) -> None:
    world.use(
        *each_day("2026-11-08", "2026-11-14", cost="1"), *each_day("2026-11-15", "2026-11-21", cost="9")
    )
    assert "\nWeek over week: Workers 56 USD more (+800 %)\n" in digest(world).body
