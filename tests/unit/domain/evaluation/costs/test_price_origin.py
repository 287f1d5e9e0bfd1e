"""By whose prices costs are estimated, and held against what is billed: people are told which."""

import re

import pytest

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.pricing.price_overrides import parse_prices
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import charge
from tests.support.fakes import Published
from tests.support.world import World
from tests.unit.messages.slack.shown import shown
from tests.unit.messages.slack.test_slack_messages import notification_of

KV = "kv_read_operations"
OWN = parse_prices(
    '{"workers_standard_requests": {"price": "2 USD", "per": "1", "included": "0"}}', shipped_prices()
).prices
WHOSE = [("list", "list prices"), ("own", "your prices"), ("list_and_own", "list prices and yours")]


def requests(quantity: str, cost: str | None = None) -> Charge:
    return charge(quantity=quantity, cost=cost)


def reads(quantity: str, cost: str | None = None) -> Charge:
    return charge("2026-11-20", quantity, cost, metric=KV, consumed_unit="Operations")


USED: dict[str, list[Charge]] = {
    "list": [reads("110000000")],
    "own": [requests("30")],
    "list_and_own": [reads("110000000"), requests("30")],
}


def told(*rows: Charge) -> Published:
    world = World(prices=OWN)
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "alert_on": []}'}
    world.use(*rows)
    world.run()
    return world.topic.published[0]


@pytest.mark.parametrize(("by", "words"), WHOSE)
def test_an_estimate_says_by_whose_prices_it_is(by: str, words: str) -> None:
    message = told(*USED[by])
    assert f"\nCosts: estimated by {words}; " in message.body
    assert message.alert["priced_by"] == by


@pytest.mark.parametrize(("by", "words"), WHOSE)
def test_a_comparison_says_by_whose_prices_it_is(by: str, words: str) -> None:
    rows = {
        "list": [reads("110000000", "30")],
        "own": [requests("30", "30")],
        "list_and_own": [reads("110000000", "30"), requests("30", "30")],
    }[by]
    message = told(*rows)
    assert re.search(rf"\nCompared: Cloudflare bills .* by {words}\n", message.body)
    assert message.alert["list_prices"]["priced_by"] == by
    assert message.alert["priced_by"] is None


@pytest.mark.parametrize(
    ("rows", "estimated", "compared"),
    [
        ([reads("110000000"), requests("30", "30")], "list prices", "your prices"),
        ([reads("110000000", "30"), requests("30")], "your prices", "list prices"),
    ],
)
def test_an_estimate_and_a_comparison_each_say_by_whose_prices_they_are(
    rows: list[Charge], estimated: str, compared: str
) -> None:
    message = told(*rows)
    assert re.search(rf" estimated by {estimated}, ", message.body)
    assert re.search(rf" for usage that costs [0-9.]+ USD by {compared}\n", message.body)


def test_a_cost_that_disagrees_says_by_whose_prices_and_of_which_metric() -> None:
    message = told(requests("30", "0"))
    assert message.subject == "Problem: budget spend is within its limit, but prices disagree"
    assert (
        "for usage that costs 60 USD by your prices (workers_standard_requests), with"
        in message.alert["problem"]["message"]
    )


def test_where_all_is_billed_as_it_should_be_no_prices_are_named() -> None:
    message = told(requests("20", "40"))
    assert message.alert["priced_by"] is None
    assert "prices" not in message.body
    assert "estimated" not in message.body


@pytest.mark.parametrize(("by", "words"), WHOSE)
def test_slack_says_by_whose_prices_too(by: str, words: str) -> None:
    text = shown(notification_of(told(*USED[by])))
    assert re.search(rf" · (partly )?estimated by {words} · alert", text)
