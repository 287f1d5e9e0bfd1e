"""By whose prices a cost was worked out."""

from collections.abc import Iterable
from enum import StrEnum

from cloudflare_budgets.domain.price import Origin, Price


class PricedBy(StrEnum):
    """By whose prices a cost was worked out."""

    LIST = "list"
    OWN = "own"
    BOTH = "list_and_own"


_WORDS = {PricedBy.OWN: "your prices", PricedBy.BOTH: "list prices and yours"}


def priced_by(prices: Iterable[Price]) -> PricedBy | None:
    """Say whose some prices are; `None` without any."""
    origins = {price.origin for price in prices}
    if not origins:
        return None
    if len(origins) > 1:
        return PricedBy.BOTH
    return PricedBy.OWN if Origin.OWN in origins else PricedBy.LIST


def prices_text(by: PricedBy | None) -> str:
    """Name prices to people, those of the shipped list unless others are known."""
    return _WORDS.get(by or PricedBy.LIST, "list prices")
