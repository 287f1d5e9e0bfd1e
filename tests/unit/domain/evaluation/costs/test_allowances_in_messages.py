"""What messages say of allowances."""

from typing import Any

import pytest

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.budgets.budget import Scope
from cloudflare_budgets.domain.evaluation.allowance import AllowanceUse, allowance_uses
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.messages.reply import reply
from tests.support.builders import AS_OF, budget, charge, day, each_day, known, price, prices, usage_since
from tests.support.world import World
from tests.unit.domain.evaluation.costs.allowances import ALLOWANCE, CYCLE, KV, LISTED, R2


def test_each_metric_is_reported_once_while_the_bill_is_nothing() -> None:
    world = World(prices=shipped_prices())
    world.configuration.given_budgets = {"free": ALLOWANCE, "spend": '{"limit": "50 USD"}'}
    world.use(
        *each_day("2026-11-01", "2026-11-21", "400000"),
        *each_day("2026-11-01", "2026-11-21", "40000", metric=R2, consumed_unit="Operations"),
    )
    for _ in range(2):
        report = world.run()
    assert [message.subject for message in world.topic.published] == [
        "free: workers_standard_requests passed 80 %: 84 % - Example account",
        "free: r2_storage_class_a_operations passed 80 %: 84 % - Example account",
    ]
    first = world.topic.published[0]
    assert first.alert["budget"]["limit"] == {"amount": "10000000", "unit": "Requests"}
    assert first.alert["cost_basis"] is None
    assert first.body.startswith(
        "free: workers_standard_requests passed 80 %: 8,400,000 of 10,000,000 Requests included (84 %), "
        "9 days left\n"
    )
    budgets = reply(report)["accounts"][0]["budgets"]
    assert [(found["name"], found["allowance_of"], found["observed"]) for found in budgets] == [
        ("free", "workers_standard_requests", "8400000 Requests"),
        ("free", R2, "840000 Operations"),
        ("spend", None, "0 USD"),
    ]


def test_a_part_of_an_allowance_is_called_a_part() -> None:
    world = World(prices=shipped_prices())
    world.configuration.given_budgets = {"free": '{"limit": "75% of allowance"}'}
    world.use(*each_day("2026-11-01", "2026-11-21", "300000"))
    world.run()
    (told,) = world.topic.published
    assert told.subject == (
        "free: workers_standard_requests passed 80 %: 6,300,000 of 7,500,000 Requests (84 %) - Example ac..."
    )
    assert told.body.startswith(
        "free: workers_standard_requests passed 80 %: 6,300,000 of 7,500,000 Requests (84 %), 9 days left\n"
    )
    assert "\nLimit: 75 % of what the plan includes\n" in told.body
    assert told.alert["budget"]["allowance_percent"] == "75"


def test_a_subject_of_an_allowance_that_has_room_says_how_much_of_how_much() -> None:
    world = World(prices=LISTED)
    world.configuration.given_budgets = {"free": ALLOWANCE}
    world.use(charge(quantity="10", metric=KV), charge("2026-11-20", "35", metric=KV))
    world.run()
    assert world.subjects == [f"free: {KV} passed 80 %: 45 of 50 Requests included (90 %) - Example account"]


def test_one_metric_over_its_allowance_says_nothing_of_another() -> None:
    world = World(prices=LISTED)
    world.configuration.given_budgets = {"free": ALLOWANCE}
    world.use(charge(quantity="120"), charge(quantity="10", metric=KV))
    world.run()
    world.use(charge(quantity="120"), charge(quantity="45", metric=KV))
    world.run()
    told = [
        (message.alert["threshold"]["percent"], message.attributes["severity"])
        for message in world.topic.published
    ]
    assert told == [("100", "critical"), ("80", "warning")]


def test_a_missing_allowance_is_reported_once_a_month() -> None:
    world = World()
    world.configuration.given_budgets = {"free": ALLOWANCE}
    for on in ("2026-11-20", "2026-11-21", "2026-12-01"):
        world.now = day(on).replace(hour=10)
        world.use(charge(f"{world.now.replace(day=max(world.now.day - 1, 1)):%Y-%m-%d}"))
        world.run()
    kinds = [
        message.alert["problem"]["kind"] for message in world.topic.published if "problem" in message.alert
    ]
    assert kinds.count("no_allowance") == 2


def test_a_cost_message_says_how_much_of_each_allowance_is_used() -> None:
    world = World(prices=prices(price("1", "100"), price("1", "200", metric=KV), price(metric=R2)))
    world.use(charge(quantity="126"), charge(quantity="30", metric=KV), charge(metric=R2))
    world.run()
    (message,) = world.topic.published
    assert [(use["metric_id"], use["percent"]) for use in message.alert["allowances"]] == [
        ("workers_standard_requests", "126"),
        (KV, "15"),
    ]
    assert "126 of 100 Requests" in message.body


def test_the_allowances_used_up_most_are_first_and_no_more_than_three() -> None:
    metrics = [f"metric_{number}" for number in range(5)]
    listed = prices(*(price("1", "100", metric=metric) for metric in metrics))
    rows = [charge(quantity=str(number * 10), metric=metric) for number, metric in enumerate(metrics)]
    found = known(usage_since("2026-11-01", *rows), prices=listed)
    uses = allowance_uses(Scope(), found.pools, AS_OF)
    assert [use.used for use in uses] == [40, 30, 20]
    assert isinstance(uses[0], AllowanceUse)
    assert uses[0].unit == "Requests"


def test_metrics_with_equal_allowances_are_distinguished() -> None:
    world = World(prices=prices(price(included="100"), price(included="100", metric=KV)))
    world.configuration.given_budgets = {"free": ALLOWANCE}
    world.use(charge(quantity="90"), charge(quantity="90", metric=KV))
    world.run()
    assert [message.alert["threshold"]["percent"] for message in world.topic.published] == ["80", "80"]


def test_a_message_about_a_month_that_is_over_reports_the_allowances_of_then() -> None:
    rows = [charge("2026-11-30", "300"), charge("2026-12-01", "10")]
    found = known(usage_since("2026-11-01", *rows), day("2026-12-02"), prices=LISTED)
    december, november = evaluate([budget('{"limit": "1 USD"}')], found)
    assert [[use.used for use in each.allowances] for each in (december, november)] == [[10], [300]]


def test_a_zone_is_named_only_where_each_zone_has_an_allowance_of_its_own() -> None:
    row = charge(quantity="40", x_zone_id="a", x_zone_name="a.example")
    for each_zone, name in ((False, "Requests"), (True, "Requests, a.example")):
        listed = prices(price(included="100", name="Requests", each_zone=each_zone))
        (use,) = allowance_uses(Scope(), known(usage_since("2026-11-01", row), prices=listed).pools, AS_OF)
        assert use.name == name


def test_what_an_earlier_cycle_used_is_no_use_of_the_allowance_of_this_one() -> None:
    earlier: dict[str, Any] = {
        "billing_period_start": day("2026-10-11"),
        "billing_period_end": day("2026-11-11"),
    }
    rows = [charge("2026-11-10", "90", **earlier), charge(quantity="30", **CYCLE)]
    found = known(usage_since("2026-11-01", *rows), prices=LISTED)
    (use,) = allowance_uses(Scope(), found.pools, AS_OF)
    assert use.used == 30


@pytest.mark.parametrize(
    ("own", "plan"),
    [
        (None, "Workers Paid"),
        ('{"workers_standard_requests": {"included": "20000000"}}', "your prices"),
    ],
)
def test_an_allowance_names_what_grants_it(own: str | None, plan: str) -> None:
    world = World(prices=shipped_prices())
    world.configuration.given_prices = own
    world.configuration.given_budgets = {"spend": '{"limit": "1 USD"}'}
    world.use(*each_day("2026-11-01", "2026-11-21", "2000000"))
    world.run()
    assert f" Requests, {plan})" in world.topic.published[0].body
