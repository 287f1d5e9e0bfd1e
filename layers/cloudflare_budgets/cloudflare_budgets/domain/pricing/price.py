"""Prices: tiers, allowance and rounding of one metric, and the price list that finds them by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from cloudflare_budgets.domain.usage.charge import metric_slug


class IncludedPer(StrEnum):
    """How often an allowance begins again."""

    BILLING_PERIOD = "billing_period"
    DAY = "day"


class Rounding(StrEnum):
    """What becomes of a part of a block of `per` units, at the end of the billing cycle."""

    NONE = "none"
    BLOCK = "block"  # up to whole blocks
    NEAREST = "nearest"  # to the nearest block, half a block up
    UNKNOWN = "unknown"  # not documented: anything from no rounding to whole blocks


class Aggregation(StrEnum):
    """What the daily rows of a metric add up to."""

    SUM = "sum"
    PEAK_AVERAGE = "peak_average"  # billed as the mean of daily peaks: rows do not add up to it


class Origin(StrEnum):
    """Where a price was found."""

    LIST = "list"  # shipped with this program
    OWN = "own"  # written by its users


@dataclass(frozen=True, slots=True)
class Tier:
    """What `per` units cost up to so many billable units, those beyond the allowance; `None`: no end."""

    up_to: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one metric.

    `tiers` ascend, and only the last one has no end; a flat price is one tier, and no tier at all is a
    metric whose price is not known. Amounts are in `currency` for `per` units. `included` units are free
    once per `included_per` (and in every zone anew, if `each_zone`); `None`: how many is not known.
    `units` are the spellings of ConsumedUnit under which the metric's quantity has the scale of the price.
    `source` says where the price stands, `seen` on which day it was read there, `note` why it is of no use.
    """

    metric_id: str
    name: str
    units: tuple[str, ...]
    tiers: tuple[Tier, ...]
    per: Decimal = Decimal(1)
    included: Decimal | None = Decimal(0)
    included_per: IncludedPer = IncludedPer.BILLING_PERIOD
    each_zone: bool = False
    rounding: Rounding = Rounding.NONE
    aggregation: Aggregation = Aggregation.SUM
    currency: str = "USD"
    origin: Origin = Origin.LIST
    source: str = ""
    seen: str = ""
    note: str = ""

    def counts(self, unit: str) -> bool:
        """Tell whether the price is meant for quantities in a unit, spelled in whatever case."""
        return unit.lower() in {each.lower() for each in self.units}

    @property
    def reason_unpriced(self) -> str | None:
        """Why no cost can be worked out with this price; `None` when it can."""
        if self.aggregation is Aggregation.PEAK_AVERAGE:
            return "it is billed as the mean of daily peaks, which its rows do not add up to"
        if not self.tiers:
            return self.note or "its price is not known"
        if self.included is None:
            return self.note or "how much of it is included is not known"
        return None


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
