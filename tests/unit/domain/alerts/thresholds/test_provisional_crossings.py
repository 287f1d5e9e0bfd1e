"""A crossing that only fresh usage reaches: sent within the hour, once, confirmed or ended by billing."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.usage.fresh import Resource
from tests.support.builders import ACCOUNT_ID, charge, day, each_day, instant
from tests.support.world import FakeFreshUsage, World
from tests.unit.domain.alerts.thresholds.fresh_usage import (
    LOOP,
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


def test_a_loop_is_reported_in_the_hour_in_which_it_uses_up_the_budget(world: World) -> None:
    counted(world, 50_000_000_000)
    [account] = world.run().accounts
    [evaluation] = account.evaluations
    assert (evaluation.status, str(evaluation.observed)) == (Status.BREACHED, "0 USD")
    assert account.fresh_through == instant("2026-11-22T14:20")
    [message] = world.topic.published
    assert message.alert["severity"] == "critical"
    assert message.alert["threshold"]["percent"] == "200"


def test_the_mail_says_how_much_at_least_by_whom_and_that_it_is_not_billed_yet(world: World) -> None:
    assert world.fresh is not None
    world.fresh.resources = {
        ROWS: (
            Resource("D1 database", "0d9c", "shop-prod", Decimal(97)),
            Resource("D1 database", "7b6a", None, Decimal(3)),
        )
    }
    world.fresh.unread = {ROWS: "unread", "zaraz_events": "not used here"}
    counted(world, 42_000_000_000)
    world.run()
    [message] = world.topic.published
    assert message.subject == (
        "spend over limit: at least 12.80 of 10 USD (128 %), provisional, 9 days left - Example account"
    )
    assert message.body.splitlines()[2:5] == [
        "Mostly D1 rows read, D1 database shop-prod (97 %): 12.80 USD not yet billed",
        "0 USD billed so far; likely 12.80 USD",
        "Cloudflare's analytics until 14:20 UTC; not read: d1_rows_read; not yet compared with bills",
    ]
    [driver] = message.alert["drivers"]
    assert driver["resources"][0] == {
        "kind": "D1 database",
        "id": "0d9c",
        "name": "shop-prod",
        "share": "97",
    }


def test_the_mail_names_only_the_causes_that_were_not_compared_with_bills(world: World) -> None:
    """Rows read were billed as counted for three weeks; rows written are new."""
    written = "d1_rows_written"
    assert world.fresh is not None
    days = {day("2026-11-01") + place * DAY: Decimal(1000) for place in range(21)}
    world.fresh.figures = {
        ROWS: {**days, LOOP: Decimal(50_000_000_000)},
        written: {LOOP: Decimal(70_000_000)},
    }
    world.use(*QUIET, charge("2026-11-20", "1", metric=written, consumed_unit="Rows"))
    world.run()
    [line] = [line for line in world.topic.published[0].body.splitlines() if "analytics" in line]
    assert line.endswith("; D1 rows written not yet compared with bills")


def test_billing_confirms_a_provisional_crossing_silently(world: World) -> None:
    counted(world, 40_000_000_000)
    world.run()
    first = len(world.topic.published)
    for hours in range(0, 120, 6):
        world.now = instant("2026-11-22T15:33") + timedelta(hours=hours)
        world.use(*QUIET, *(rows("40000000000", first="2026-11-22") if hours >= 30 else ()))
        world.run()
    assert first == 1
    assert crossings(world) == [("threshold_crossed", "100")]


def test_without_an_answer_of_analytics_everything_is_as_without_fresh_usage(world: World) -> None:
    assert world.fresh is not None
    counted(world, 50_000_000_000)
    world.fresh.error = RuntimeError("unexpected")
    report = world.run()
    assert world.topic.published == []
    assert report.failures == ()
    assert report.accounts[0].fresh_through is None


def test_a_replay_reads_no_analytics(world: World) -> None:
    counted(world, 50_000_000_000)
    report = world.run(as_of=world.now - 3 * DAY)
    assert report.accounts[0].fresh_through is None


def test_the_users_of_a_metric_are_requested_only_when_an_alert_is_new(world: World) -> None:
    assert world.fresh is not None
    world.fresh.resources = {ROWS: (Resource("D1 database", "0d9c", "shop-prod", Decimal(1)),)}
    world.run()
    assert world.fresh.attributed == []
    counted(world, 40_000_000_000)
    world.run()
    world.run()
    assert world.fresh.attributed == [ROWS]


def test_complete_days_of_analytics_are_stored_with_the_state_of_the_account(world: World) -> None:
    counted(world, 7)
    world.run()
    assert ROWS not in world.accounts.states[ACCOUNT_ID].fresh_history
    world.now += DAY
    counted(world, 9, 5)
    world.run()
    assert world.accounts.states[ACCOUNT_ID].fresh_history == {ROWS: {LOOP: Decimal(9)}}


@given(st.lists(st.integers(0, 10**11), min_size=1, max_size=3))
def test_with_fresh_usage_no_budget_is_ok_that_is_not_ok_without(quantities: list[int]) -> None:
    def statuses(fresh: FakeFreshUsage | None) -> Iterable[Status]:
        world = World(prices=shipped_prices(), fresh=fresh, now=instant("2026-11-22T14:33"))
        world.configuration.given_budgets = {
            "spend": '{"limit": "10 USD"}',
            "rows": '{"limit": "30000000000 Rows", "scope": {"metric_id": ["d1_rows_read"]}}',
            "day": '{"limit": "5 USD", "period": "day"}',
        }
        world.use(*each_day("2026-11-01", "2026-11-21", "9000000", metric=ROWS, consumed_unit="Rows"))
        return [each.status for each in world.run().accounts[0].evaluations]

    figures = {ROWS: {LOOP + place * DAY: Decimal(each) for place, each in enumerate(quantities)}}
    for fresh, billed in zip(statuses(FakeFreshUsage(figures)), statuses(None), strict=True):
        assert fresh in (billed, Status.BREACHED)


@given(st.lists(st.integers(0, 10**11), min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_the_same_answer_again_or_in_another_order_sends_nothing_new(
    quantities: list[int], random: Random
) -> None:
    def alerts(answers: int, *, in_order: bool) -> list[str]:
        world = World(prices=shipped_prices(), fresh=FakeFreshUsage(), now=instant("2026-11-24T14:33"))
        world.configuration.given_budgets = {"spend": '{"limit": "10 USD"}'}
        world.use(*QUIET)
        days = [(LOOP + place * DAY, Decimal(each)) for place, each in enumerate(quantities)]
        assert world.fresh is not None
        world.fresh.figures = {ROWS: dict(days if in_order else random.sample(days, len(days)))}
        for _ in range(answers):
            world.run()
        return [message.alert["alert_id"] for message in world.topic.published]

    assert alerts(1, in_order=True) == alerts(3, in_order=False)


def digest_lines(world: World) -> list[str]:
    world.run(digest=True)
    [message] = [each for each in world.topic.published if each.alert["type"] == "digest"]
    lines = message.body.splitlines()
    return lines[lines.index("Fresh usage") + 1 :][:1] if "Fresh usage" in lines else []


def test_the_digest_says_once_that_analytics_were_not_read_and_no_problem_is_sent(world: World) -> None:
    assert world.fresh is not None
    world.fresh.failure = "the token needs the permission Account > Account Analytics > Read"
    assert digest_lines(world) == [
        "Analytics were not read: the token needs the permission Account > Account Analytics > Read"
    ]
    assert [each.attributes["type"] for each in world.topic.published] == ["digest"]


def test_the_digest_says_how_analytics_compared_with_billed_usage(world: World) -> None:
    assert world.fresh is not None
    world.fresh.figures = {
        ROWS: {LOOP - place * DAY: Decimal(1000 + 10 * place) for place in range(-1, 8)},
    }
    assert digest_lines(world) == ["Analytics ran at 1.03-1.07 of billed over 5 days"]


def test_without_fresh_usage_the_digest_says_nothing_of_analytics(world: World) -> None:
    world.fresh = None
    assert digest_lines(world) == []
