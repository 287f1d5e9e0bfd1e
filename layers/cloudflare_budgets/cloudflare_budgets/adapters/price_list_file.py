"""The price list that ships with the package: Cloudflare's list prices, each with where and when it was read.

Lists within a column are separated by semicolons, an empty cell is not known. `aggregation` is about the
daily rows: a row of a storage metric is that day's share of a GB-month, so its rows add up.
"""

import csv
from decimal import Decimal
from functools import cache
from pathlib import Path

from cloudflare_budgets.domain.pricing.price import Aggregation, IncludedPer, Price, PriceList, Rounding, Tier

FILE = Path(__file__).parent.parent / "prices" / "cloudflare.csv"


@cache
def shipped_prices() -> PriceList:
    """Read the price list, once per process."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    aliases = {alias: row["metric_id"] for row in rows for alias in _listed(row["aliases"])}
    return PriceList({row["metric_id"]: _price(row) for row in rows}, aliases)


def _price(row: dict[str, str]) -> Price:
    return Price(
        metric_id=row["metric_id"],
        name=row["name"],
        units=_listed(row["units"]),
        tiers=(Tier(None, Decimal(row["price"])),) if row["price"] else (),
        per=Decimal(row["per"] or 1),
        included=Decimal(row["included"]) if row["included"] else None,
        included_per=IncludedPer(row["included_per"] or IncludedPer.BILLING_PERIOD),
        each_zone=row["each_zone"] == "yes",
        rounding=Rounding(row["rounding"] or Rounding.UNKNOWN),
        aggregation=Aggregation(row["aggregation"]),
        source=row["source"],
        seen=row["seen"],
        note=row["note"],
    )


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(";")) if cell else ()
