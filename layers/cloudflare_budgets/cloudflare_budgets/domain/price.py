"""What a metric costs: the price of its units, the allowance before it, and how they are rounded."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


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
    def why_not(self) -> str | None:
        """Why no cost can be worked out with this price; `None` when it can."""
        if self.aggregation is Aggregation.PEAK_AVERAGE:
            return "it is billed as the mean of daily peaks, which its rows do not add up to"
        if not self.tiers:
            return self.note or "its price is not known"
        if self.included is None:
            return self.note or "how much of it is included is not known"
        return None
