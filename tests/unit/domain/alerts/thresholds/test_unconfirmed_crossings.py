"""A crossing that only fresh usage reached, and that billing did not confirm."""

import json

import pytest

from cloudflare_budgets.domain.primitives.period import DAY
from tests.support.builders import instant
from tests.support.world import World
from tests.unit.domain.alerts.thresholds.fresh_usage import (
    QUIET,
    ROWS,
    a_world,
    counted,
    crossings,
    rows,
)


@pytest.fixture
def world() -> World:
    return a_world()


def bill_little(world: World) -> None:
    """Let billing show five days of usual use instead of what analytics counted."""
    counted(world, 0)
    for days in range(1, 6):
        world.now = instant("2026-11-22T15:33") + days * DAY
        world.use(*QUIET, *rows(*["1000"] * days, first="2026-11-22"))
        world.run()


def test_a_crossing_that_billing_never_reaches_ends_once_its_days_have_settled_and_arms_again(
    world: World,
) -> None:
    counted(world, 40_000_000_000)
    world.run()
    bill_little(world)
    assert crossings(world) == [("threshold_crossed", "100"), ("resolved", "not_confirmed")]
    world.use(*QUIET, *rows("1000", "1000", "1000", "1000", "50000000000", first="2026-11-22"))
    world.run()
    assert crossings(world)[2:] == [("threshold_crossed", "200")]


def test_a_threshold_that_billing_confirmed_is_not_sent_again_after_a_higher_one_was_not_confirmed(
    world: World,
) -> None:
    world.configuration.given_budgets = {
        "spend": json.dumps(
            {"limit": "100000 Rows", "thresholds": ["10%", "50%"], "scope": {"metric_id": [ROWS]}}
        )
    }
    world.run()
    counted(world, 40_000)
    world.run()
    bill_little(world)
    told = [("threshold_crossed", "10"), ("threshold_crossed", "50"), ("resolved", "not_confirmed")]
    assert crossings(world) == told
    world.use(*QUIET, *rows("1000", "1000", "1000", "1000", "50000", first="2026-11-22"))
    world.run()
    world.run()
    assert crossings(world) == [*told, ("threshold_crossed", "50")]


def test_a_crossing_stays_open_while_the_row_of_its_day_is_missing_among_newer_rows(world: World) -> None:
    counted(world, 40_000_000_000)
    world.run()
    world.now = instant("2026-11-25T17:33")
    world.use(*QUIET, *rows("1000", "1000", first="2026-11-23"))
    world.run()
    assert crossings(world) == [("threshold_crossed", "100")]
    world.use(*QUIET, *rows("1000", "1000", "1000", first="2026-11-22"))
    world.run()
    assert ("resolved", "not_confirmed") in crossings(world)
