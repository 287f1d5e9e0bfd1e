"""Prices: tiers, allowance and rounding of a metric, and the list that finds them by name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum

from cloudflare_budgets.domain.primitives.units import is_same_unit
from cloudflare_budgets.domain.usage.charge import metric_slug


class IncludedPer(StrEnum):
    """How often an allowance is granted."""

    BILLING_PERIOD = "billing_period"
    DAY = "day"


class Rounding(StrEnum):
    """How a part of a block of `per` units is billed at the end of the billing cycle."""

    NONE = "none"
    BLOCK = "block"  # rounded up to whole blocks
    NEAREST = "nearest"  # rounded to the nearest block, half a block up
    DOWN = "down"  # rounded down to whole blocks
    UNKNOWN = "unknown"  # not documented: between no rounding and whole blocks


class Aggregation(StrEnum):
    """How the daily rows of a metric become the billed quantity of a cycle."""

    SUM = "sum"
    PEAK_AVERAGE = "peak_average"  # the mean of the daily peaks over all days of the cycle


class Origin(StrEnum):
    """Where a price was found."""

    LIST = "list"  # shipped with this program
    OWN = "own"  # written in the parameter `prices`
    BILLED = "billed"  # what an earlier cycle was billed per unit


@dataclass(frozen=True, slots=True)
class Tier:
    """The price of `per` units, up to `up_to` billable units; `None` if the tier has no end."""

    up_to: Decimal | None
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one metric.

    `tiers` ascend, and only the last one has no end; a flat price is one tier, and without any tier the price
    is not known. Amounts are in `currency` for `per` units. `included` units are free once per
    `included_per`, in each zone if `each_zone`; `None`: the number is not known. Where other metrics use up
    the same allowance (`shares_allowance`), any part of the allowance may be left for this one.
    `units` are the spellings of ConsumedUnit under which the metric's quantity has the scale of the price.
    Where the scale is not documented, each unit may stand for `scale` units, at most `max_per_day` of them.
    `source` says where the price was found, `seen` on which day, `note` why it cannot be used.

    The price holds for days from `valid_from` to `valid_until` (exclusive, midnights UTC; `None`: no bound);
    `others` are the prices of the same metric for other days. `free` is the Workers Free plan's allowance.
    `words` find the price of a metric whose id was never recorded. `family` is its product family. `plan` is
    what grants the allowance.
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
    shares_allowance: bool = False
    scale: Decimal = Decimal(1)
    max_per_day: Decimal | None = None
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    others: tuple["Price", ...] = ()
    free: tuple[Decimal, IncludedPer] | None = None
    words: frozenset[str] = frozenset()
    family: str | None = None
    plan: str = "Workers Paid"

    def counts(self, unit: str) -> bool:
        """Return whether the price is for quantities in a unit, in any spelling."""
        return any(is_same_unit(unit, each) for each in self.units)

    def is_one_unit(self, one: str, other: str) -> bool:
        """Return whether two units are the same for this metric, such as `Count` and `Milliseconds`."""
        return self.scale == 1 and self.counts(one) and self.counts(other)

    def shown_unit(self, unit: str) -> str:
        """Return the unit that people read: the metric's own unit instead of `Count`."""
        return (
            self.units[0] if is_same_unit(unit, "Count") and self.is_one_unit(unit, self.units[0]) else unit
        )

    @property
    def reason_unpriced(self) -> str | None:
        """The reason why no cost can be computed with this price; `None` when it can."""
        return None if self.tiers else self.note or "its price is not known"

    @property
    def versions(self) -> tuple["Price", ...]:
        """This price and those of other days, in no order."""
        return (self, *self.others)

    def holds_on(self, day: datetime) -> bool:
        """Return whether the price is valid on a day (a midnight, UTC)."""
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day < self.valid_until
        )

    def at(self, day: datetime) -> "Price | None":
        """Return the version that is valid on a day (a midnight, UTC); `None` where no version is."""
        if self.holds_on(day):  # nearly always, and called for every day
            return self
        return next((version for version in self.others if version.holds_on(day)), None)

    def versions_on(self, days: Iterable[datetime]) -> Iterable["Price | None"]:
        """Return each version that is valid on some of the days; `None` for days without a version."""
        if not self.others and self.valid_from is None and self.valid_until is None:
            return (self,)
        return {id(each): each for each in map(self.at, days)}.values()

    def as_of(self, day: datetime) -> "Price":
        """Return the price with the version of a day first; itself where no version is valid then."""
        version = self.at(day)
        if version is None or version is self:
            return self
        others = tuple(replace(each, others=()) for each in self.versions if each is not version)
        return replace(version, others=others)


@dataclass(frozen=True, slots=True)
class PriceList:
    """Prices by metric id; `aliases` maps other ids of a metric to its id in the list."""

    prices: Mapping[str, Price]
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def checked_on(self) -> datetime | None:
        """The day on which a price was last compared with its source; `None` without any price."""
        days = [each.seen for price in self.prices.values() for each in (price, *price.others) if each.seen]
        return datetime.fromisoformat(max(days)).replace(tzinfo=UTC) if days else None

    def find(self, metric_id: str, metric_name: str | None, family: str | None = None) -> Price | None:
        """Return a metric's price: by its id, an alias, the slug of its name, or its wording.

        Ids are compared whole: `durable_objects_storage` is the beginning of five other metrics. Wording
        finds only prices with `words`: those whose metric has no recorded id.
        """
        found = self.prices.get(self.known_as(metric_id))
        if found is None and metric_name:
            found = self.prices.get(self.known_as(metric_slug(metric_name)))
        return found or self._by_wording(f"{metric_id} {metric_name or ''} {family or ''}")

    def known_as(self, metric_id: str) -> str:
        """Return the id that the list has for a metric, or the given id if it is not in the list."""
        return self.aliases.get(metric_id, metric_id)

    def with_own(self, own: Mapping[str, Price]) -> "PriceList":
        """Return a list in which own prices replace those with the same id."""
        return PriceList({**self.prices, **own}, self.aliases)

    def on_free_plan(self) -> "PriceList":
        """Return the list for an account on the Workers Free plan.

        Usage beyond an allowance of that plan is refused and never billed.
        https://developers.cloudflare.com/workers/platform/pricing/
        """
        return PriceList({key: _on_free_plan(price) for key, price in self.prices.items()}, self.aliases)

    def _by_wording(self, text: str) -> Price | None:
        words = words_of(text)
        found = [price for price in self.prices.values() if price.words and price.words <= words]
        longest = max((len(price.words) for price in found), default=0)
        best = [price for price in found if len(price.words) == longest]
        return best[0] if len(best) == 1 else None


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text in lower case, without a plural's final s."""
    return frozenset(word.removesuffix("s") for word in metric_slug(text).split("_"))


def _on_free_plan(price: Price) -> Price:
    others = tuple(_on_free_plan(each) for each in price.others)
    if price.free is None:
        return replace(price, others=others)
    included, included_per = price.free
    free = (Tier(None, Decimal(0)),)
    return replace(
        price, tiers=free, included=included, included_per=included_per, others=others, plan="Workers Free"
    )


class PricedBy(StrEnum):
    """Which prices a cost was computed with."""

    LIST = "list"
    OWN = "own"
    BOTH = "list_and_own"
    BILLS = "earlier_bills"
    LIST_AND_BILLS = "list_and_bills"


_BY_ORIGINS = {
    frozenset({Origin.LIST}): PricedBy.LIST,
    frozenset({Origin.OWN}): PricedBy.OWN,
    frozenset({Origin.BILLED}): PricedBy.BILLS,
    frozenset({Origin.LIST, Origin.BILLED}): PricedBy.LIST_AND_BILLS,
}
_WORDS = {
    PricedBy.OWN: "your prices",
    PricedBy.BOTH: "list prices and yours",
    PricedBy.BILLS: "what earlier cycles were billed",
    PricedBy.LIST_AND_BILLS: "list prices and what earlier cycles were billed",
}


def priced_by(prices: Iterable[Price]) -> PricedBy | None:
    """Return where prices come from; `None` without any."""
    origins = frozenset(price.origin for price in prices)
    return _BY_ORIGINS.get(origins, PricedBy.BOTH) if origins else None


def prices_text(by: PricedBy | None) -> str:
    """Return a phrase that names the prices; the shipped list is the default."""
    return _WORDS.get(by or PricedBy.LIST, "list prices")
