"""What the local Cloudflare meters: `catalog.csv`, read into values.

The ids are slugs of the names seen on real invoices; `workers_standard_requests` and `http_transferred_bytes`
are the two that Cloudflare's own pages show. Prices and allowances look real and prove nothing.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

_SCALES = {"(in thousands)": 1000, "(in hundred thousands)": 100_000}


class Rounding(StrEnum):
    """How a billable quantity becomes paid blocks."""

    NONE = "none"
    BLOCK = "block"
    NEAREST = "nearest"


class Allowance(StrEnum):
    """How long an allowance lasts."""

    NONE = "none"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Price:
    """USD `amount` for every `per` units beyond `included`."""

    amount: Decimal
    per: Decimal
    included: Decimal
    allowance: Allowance
    rounding: Rounding

    @property
    def per_unit(self) -> Decimal:
        """USD for a single unit."""
        return self.amount / self.per


@dataclass(frozen=True, slots=True)
class Metric:
    """One billable metric and what an ordinary account uses of it on an average day, in `unit`.

    `step` is the smallest amount that the meter counts. `steady` marks stored amounts, which do not drop at
    weekends. A `zoned` metric has a row for each zone. `service_name` is its name in Version 1, with the
    allowance in parentheses or the number of units it counts by.
    """

    id: str
    name: str
    service_name: str
    family: str
    category: str
    unit: str
    per_day: Decimal
    step: Decimal
    steady: bool
    zoned: bool
    region: str
    price: Price

    @property
    def counts_by(self) -> int:
        """How many units Version 1 counts as one, from its service name."""
        return next((scale for words, scale in _SCALES.items() if words in self.service_name), 1)


def _metric(line: dict[str, str]) -> Metric:
    return Metric(
        id=line["id"],
        name=line["name"],
        service_name=line["service_name"],
        family=line["family"],
        category=line["category"],
        unit=line["unit"],
        per_day=Decimal(line["per_day"]),
        step=Decimal(1).scaleb(-int(line["decimals"])),
        steady=line["steady"] == "yes",
        zoned=line["zoned"] == "yes",
        region=line["region"],
        price=Price(
            amount=Decimal(line["price"]),
            per=Decimal(line["price_per"]),
            included=Decimal(line["included"]),
            allowance=Allowance(line["included_per"]),
            rounding=Rounding(line["rounding"]),
        ),
    )


def _read(path: Path) -> tuple[Metric, ...]:
    with path.open(newline="", encoding="utf-8") as lines:
        return tuple(map(_metric, csv.DictReader(lines)))


METRICS = _read(Path(__file__).with_name("catalog.csv"))
CATEGORIES = tuple(dict.fromkeys(metric.category for metric in METRICS))
