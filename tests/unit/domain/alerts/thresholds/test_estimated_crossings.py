"""A crossing that an estimate makes possible is an alert of its own, and the certain one is another."""

from decimal import Decimal

from cloudflare_budgets.domain.pricing.price import PriceList
from tests.support.builders import charge, price, prices
from tests.support.world import World

SPEND = '{"limit": "50 USD", "thresholds": ["80%", "100%"]}'
UNKNOWN_ALLOWANCE = prices(price(included=None))


def world_of(listed: PriceList, quantity: str) -> World:
    world = World(prices=listed)
    world.configuration.given_budgets = {"spend": SPEND}
    world.use(charge(quantity=quantity))
    return world


def test_a_crossing_by_the_high_end_alone_is_sent_once_as_possible() -> None:
    world = world_of(UNKNOWN_ALLOWANCE, "52")
    world.run()
    world.run()
    [message] = world.topic.published
    assert message.subject == "spend may have passed 100 % (0-52 USD), 9 days left - Example account"
    assert message.alert["severity"] == "warning"
    assert message.alert["cost_range"] == {"low": "0", "high": "52", "unit": "USD"}
    assert [each["percent"] for each in message.alert["also_crossed"]] == ["80"]


def test_the_certain_crossing_is_sent_after_the_possible_one() -> None:
    world = world_of(UNKNOWN_ALLOWANCE, "52")
    world.run()
    world.prices = prices(price(included="0"))
    world.run()
    first, second = world.topic.published
    assert (
        second.subject == "spend over limit: 52 of 50 USD (104 %), estimated, 9 days left - Example account"
    )
    assert first.alert["alert_id"] != second.alert["alert_id"]


def test_a_muted_budget_reports_nothing_that_is_only_possible() -> None:
    world = world_of(UNKNOWN_ALLOWANCE, "52")
    world.configuration.given_budgets = {"spend": '{"limit": "50 USD", "muted_until": "2026-12-05"}'}
    world.run()
    assert world.topic.published == []


def test_a_billed_amount_is_never_only_possible() -> None:
    world = world_of(UNKNOWN_ALLOWANCE, "52")
    world.use(charge(quantity="52", cost=Decimal(52)))
    world.run()
    assert [message.subject for message in world.topic.published] == [
        "spend over limit: 52 of 50 USD (104 %), 9 days left - Example account"
    ]
