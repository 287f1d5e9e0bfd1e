"""The prices that are known, found by the names that metrics go by."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from cloudflare_budgets.domain.charge import metric_slug
from cloudflare_budgets.domain.price import Price


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices by the id of their metric; `aliases` gives the ids of metrics that have other names too."""

    prices: Mapping[str, Price]
    aliases: Mapping[str, str] = field(default_factory=dict)

    def find(self, metric_id: str, metric_name: str | None) -> Price | None:
        """Find the price of a metric by its id, by an alias of it, or else by the slug of its name.

        Names are compared whole: `durable_objects_storage` is the beginning of five other metrics.
        """
        found = self.prices.get(self.known_as(metric_id))
        if found is None and metric_name:
            found = self.prices.get(self.known_as(metric_slug(metric_name)))
        return found

    def known_as(self, metric_id: str) -> str:
        """Give the id under which the list has a metric; one that it lacks keeps its own."""
        return self.aliases.get(metric_id, metric_id)

    def with_own(self, own: Mapping[str, Price]) -> "PriceList":
        """Make a list in which own prices take the place of those with the same id."""
        return PriceList({**self.prices, **own}, self.aliases)
