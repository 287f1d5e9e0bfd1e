"""What a period came to: told once for all its budgets, as soon as its data is complete."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import ACCOUNT_ID, OTHER_ACCOUNT_ID, charge, day, each_day, price, prices
from tests.support.world import EXAMPLE, OTHER, WATCHED, FakeRunStateStore, World

MONTH = '{"limit": "50 USD", "thresholds": ["900%"]}'
HOUR = timedelta(hours=1)


@pytest.fixture
def world() -> World:
    world = World(run_store=FakeRunStateStore(state=WATCHED))
    world.configuration.given_budgets = {"spend": MONTH}
    return world


def run_at(world: World, on: str, hour: int, rows: list[Charge]) -> None:
    """Run at an hour of a day, with the rows that there are then."""
    world.use(*rows)
    world.now = day(on) + hour * HOUR
    world.run()


def november(until: str = "2026-11-30") -> list[Charge]:
    return each_day("2026-11-01", until, cost="1")


def closed(world: World) -> list[Mapping[str, Any]]:
    return [message.alert for message in world.topic.published if message.alert["type"] == "period_closed"]


def periods(world: World) -> list[str]:
    return [f"{alert['period']['start'][5:10]} {alert['period']['end'][5:10]}" for alert in closed(world)]


def body(world: World) -> str:
    return next(each.body for each in world.topic.published if each.alert["type"] == "period_closed")


def subject(world: World) -> str:
    return next(each.subject for each in world.topic.published if each.alert["type"] == "period_closed")


def test_the_first_run_after_a_period_with_all_of_its_data_reports_what_it_came_to(world: World) -> None:
    run_at(world, "2026-11-30", 23, november("2026-11-29"))
    run_at(world, "2026-12-01", 1, november("2026-11-29"))
    run_at(world, "2026-12-01", 5, november())  # a day's rows keep coming for some hours
    assert closed(world) == []
    run_at(world, "2026-12-01", 6, november())
    run_at(world, "2026-12-01", 7, november())
    (alert,) = closed(world)
    assert periods(world) == ["11-01 12-01"]
    assert alert["account"] == {"id": ACCOUNT_ID, "name": "Example account"}
    assert [each["observed"] for each in alert["budgets"]] == [{"amount": "30", "unit": "USD"}]
    assert (alert["severity"], alert["more"]) == ("info", 0)
    assert (alert["data_through"], alert["source"]) == ("2026-12-01T00:00:00Z", "v2")
    assert subject(world) == ("Closed 1 to 30 Nov 2026: spend within, 30 of 50 USD (60 %) - Example account")


def test_usage_that_arrives_later_does_not_report_it_again(world: World) -> None:
    run_at(world, "2026-12-01", 8, november())
    run_at(world, "2026-12-02", 8, [*november(), charge("2026-11-30", cost="10", metric="r2_class_a")])
    assert len(closed(world)) == 1


def test_a_period_whose_data_stays_away_is_not_reported(world: World) -> None:
    for hours in range(0, 80, 8):
        run_at(world, "2026-12-01", hours, november("2026-11-29"))
    assert closed(world) == []


def test_all_budgets_of_a_period_are_one_message_the_fullest_first(world: World) -> None:
    world.configuration.given_budgets = {
        "a": '{"limit": "900 USD"}',
        "b": '{"limit": "60 USD"}',
        "c": '{"limit": "90 Requests"}',
        "unclear": '{"limit": "5 EUR"}',
    }
    run_at(world, "2026-12-01", 8, november())
    (alert,) = closed(world)
    assert [each["budget"]["name"] for each in alert["budgets"]] == ["b", "c", "a", "unclear"]
    assert alert["budgets"][3]["observed"] is None
    assert "\nunclear unknown: the limit is in EUR" in body(world)
    assert (
        subject(world)
        == "Closed 1 to 30 Nov 2026: b passed 50 %, 30 of 60 USD (50 %), and 3 more - Example account"
    )


@pytest.mark.parametrize(
    ("kind", "on", "told"),
    [
        ("day", "2026-11-24", []),
        ("week", "2026-11-23", ["11-16 11-23"]),
        ("month", "2026-12-01", ["11-01 12-01"]),
        ("quarter", "2026-10-01", ["07-01 10-01"]),
        ("year", "2027-01-01", ["01-01 01-01"]),
    ],
)
def test_periods_of_a_week_or_longer_are_reported(world: World, kind: str, on: str, told: list[str]) -> None:
    world.configuration.given_budgets = {"spend": MONTH.replace("}", f', "period": "{kind}"}}')}
    last = f"{day(on) - timedelta(days=1):%Y-%m-%d}"
    first = f"{day(on) - timedelta(days=365):%Y-%m-%d}"
    run_at(world, on, 8, each_day(first, last, cost="1"))
    assert periods(world) == told


def test_a_billing_period_is_reported_when_its_cycle_is_over(world: World) -> None:
    world.configuration.given_budgets = {"spend": MONTH.replace("}", ', "period": "billing_period"}')}
    cycle: dict[str, Any] = {
        "billing_period_start": day("2026-11-05"),
        "billing_period_end": day("2026-12-05"),
    }
    rows = each_day("2026-11-05", "2026-12-04", cost="1", **cycle)
    run_at(world, "2026-12-04", 8, rows[:-1])
    assert closed(world) == []
    run_at(world, "2026-12-05", 8, rows)
    assert periods(world) == ["11-05 12-05"]


def test_each_account_has_its_own_message(world: World) -> None:
    world.configuration.given_accounts = [EXAMPLE, OTHER]
    world.configuration.given_budgets = {
        name: MONTH.replace("}", f', "account_id": "{account_id}"}}')
        for name, account_id in (("one", ACCOUNT_ID), ("two", OTHER_ACCOUNT_ID))
    }
    world.use(*(charge(f"2026-11-{on:02}", cost="1") for on in range(1, 31)), account_id=OTHER_ACCOUNT_ID)
    run_at(world, "2026-12-01", 8, november())
    assert sorted(alert["account"]["id"] for alert in closed(world)) == sorted([ACCOUNT_ID, OTHER_ACCOUNT_ID])


def test_a_muted_budget_is_left_out(world: World) -> None:
    world.configuration.given_budgets = {
        "spend": MONTH,
        "muted": MONTH.replace("}", ', "muted_until": "2026-12-02"}'),
    }
    run_at(world, "2026-12-01", 8, november())
    assert [each["budget"]["name"] for each in closed(world)[0]["budgets"]] == ["spend"]
    world.configuration.given_budgets = {"muted": world.configuration.given_budgets["muted"]}
    world.outbox.rows.clear()
    run_at(world, "2026-12-01", 9, november())
    assert len(closed(world)) == 1


def test_a_period_of_which_no_budget_is_known_is_not_reported(world: World) -> None:
    world.configuration.given_budgets = {"europe": '{"limit": "50 EUR"}'}
    run_at(world, "2026-12-01", 8, november())
    assert closed(world) == []


def test_more_budgets_than_a_mail_holds_are_counted(world: World) -> None:
    world.configuration.given_budgets = {f"budget-{number:02}": MONTH for number in range(33)}
    run_at(world, "2026-12-01", 8, november())
    (alert,) = closed(world)
    assert (len(alert["budgets"]), alert["more"]) == (30, 3)
    assert "\nand 3 more\n" in body(world)


def test_as_many_budgets_as_a_mail_holds_are_all_there(world: World) -> None:
    world.configuration.given_budgets = {f"budget-{number:02}": MONTH for number in range(30)}
    run_at(world, "2026-12-01", 8, november())
    (alert,) = closed(world)
    assert (len(alert["budgets"]), alert["more"]) == (30, 0)
    assert "\nand " not in body(world)
    assert subject(world).endswith(" within, 30 of 50 USD (60 %), and 29 more - Example account")


def test_of_two_budgets_the_subject_counts_the_other_one(world: World) -> None:
    world.configuration.given_budgets = {"one": MONTH, "two": MONTH}
    run_at(world, "2026-12-01", 8, november())
    assert subject(world).endswith(" within, 30 of 50 USD (60 %), and 1 more - Example account")


def test_costs_that_are_estimated_say_so(world: World) -> None:
    world.prices = prices(price("2"))
    run_at(world, "2026-12-01", 8, each_day("2026-11-01", "2026-11-30", "0.5"))
    assert "\nspend within: 30 of 50 USD (60 %), estimated\n" in body(world)


def test_a_period_before_the_first_row_is_not_reported_to_have_no_usage(world: World) -> None:
    run_at(world, "2026-12-03", 8, each_day("2026-12-01", "2026-12-02", cost="1"))
    assert closed(world) == []


def test_a_budget_that_nothing_counted_for_came_to_nothing_where_others_did(world: World) -> None:
    world.configuration.given_budgets = {"r2": MONTH.replace("}", ', "scope": {"metric_id": ["r2_*"]}}')}
    world.prices = prices(price(metric="r2_class_a"))
    run_at(world, "2026-12-01", 8, november())
    assert "\nr2 within: 0 of 50 USD (0 %)\n" in body(world)
