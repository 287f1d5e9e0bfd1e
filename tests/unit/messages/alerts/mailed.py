"""Three weeks of an account as people have them, and the mails that come of them."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import charge, day
from tests.support.fakes import Published
from tests.support.world import World

# What a metric is, and what one day uses of it.
REQUESTS = ("workers_standard_requests", "Workers Standard Requests", "Workers", "Requests", 800_000)
READS = ("kv_read_operations", "Workers KV Read Operations", "Workers", "Operations", 1_200_000)
WRITES = ("r2_storage_class_a_operations", "R2 Storage Class A Operations", "R2", "Operations", 150_000)
COSTS = {"workers_standard_requests": "0.0000010", "kv_read_operations": "0.0000003"}
WAVE = (58, 100, 97, 104, 101, 108, 61)  # from Sunday, 1 November on, in percent

BUDGETS = {
    "spend": '{"limit": "50 USD", "description": "keep the shop\'s bill flat"}',
    "workers": '{"limit": "40000000 Requests", "scope": {"metric_id": ["workers_standard_*"]}}',
    "r2": '{"limit": "10 USD", "scope": {"product_family": ["R2"]}}',
    "kv": '{"limit": "20000000 Operations", "scope": {"metric_id": ["kv_*"]}, "muted_until": "2026-12-01"}',
    "europe": '{"limit": "40 EUR", "scope": {"region": ["eu-*"]}}',
}


def a_world(**budgets: str) -> World:
    """Give a world with the prices that are shipped."""
    world = World(prices=shipped_prices())
    world.configuration.given_budgets = budgets
    return world


def days_of(
    metric: tuple[str, str, str, str, int], first: str, last: str, **more: Decimal | str
) -> list[Charge]:
    """Use a metric on each of some days, a little more or less from one to the next."""
    metric_id, name, family, unit, level = metric
    found = []
    for number in range((day(last) - day(first)).days + 1):
        on = day(first) + timedelta(days=number)
        quantity = level * WAVE[(on - day("2026-11-01")).days % 7] / Decimal(100)
        cost = quantity * Decimal(COSTS.get(metric_id, "0.0000045"))
        columns = {
            "consumed_unit": unit,
            "x_billable_metric_name": name,
            "x_product_family_name": family,
            "billing_account_name": "Bicycle shop",
        }
        found.append(charge(f"{on:%Y-%m-%d}", quantity, cost, metric_id, **columns, **more))
    return found


def three_weeks() -> list[Charge]:
    """Use three metrics from 1 to 21 November, R2 twenty times as much on the last two days."""
    busy = (*WRITES[:4], WRITES[4] * 20)
    return [
        *days_of(REQUESTS, "2026-11-01", "2026-11-21"),
        *days_of(READS, "2026-11-01", "2026-11-21", region_id="eu-west"),
        *days_of(WRITES, "2026-11-01", "2026-11-19"),
        *days_of(busy, "2026-11-20", "2026-11-21"),
    ]


def mails(world: World, kind: str) -> Sequence[Published]:
    """Give the messages of a type."""
    return [message for message in world.topic.published if message.attributes["type"] == kind]
