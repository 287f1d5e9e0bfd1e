"""A world in which analytics count rows that are not billed yet, and what it sent."""

from collections.abc import Iterable
from decimal import Decimal

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.primitives.period import DAY
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import charge, day, instant
from tests.support.world import FakeFreshUsage, World

ROWS = "d1_rows_read"
LOOP = day("2026-11-22")


def rows(*quantities: str, first: str = "2026-11-01") -> list[Charge]:
    """Make charges of consecutive days."""
    start = day(first)
    return [
        charge(f"{start + place * DAY:%Y-%m-%d}", quantity, metric=ROWS, consumed_unit="Rows")
        for place, quantity in enumerate(quantities)
    ]


QUIET = rows(*["1000"] * 21)


def a_world(limit: str = "10 USD", used: Iterable[Charge] = QUIET) -> World:
    """Make a world with one budget, on the day of a loop that billing does not show yet."""
    world = World(prices=shipped_prices(), fresh=FakeFreshUsage(), now=instant("2026-11-22T14:33"))
    world.configuration.given_budgets = {"spend": f'{{"limit": "{limit}", "thresholds": ["100%"]}}'}
    world.use(*used)
    return world


def counted(world: World, *quantities: Decimal | int) -> None:
    """Let analytics count these quantities on the day of the loop and the days after it."""
    assert world.fresh is not None
    world.fresh.figures = {ROWS: {LOOP + place * DAY: Decimal(each) for place, each in enumerate(quantities)}}


def crossings(world: World) -> list[tuple[str, str]]:
    """Give the types of the alerts about thresholds, each with its percentage or its reason."""
    alerts = [message.alert for message in world.topic.published]
    return [
        (alert["type"], alert.get("threshold", {}).get("percent", alert.get("reason")))
        for alert in alerts
        if alert["type"] in {"threshold_crossed", "resolved"}
    ]
