"""Reads the shipped price list: Cloudflare's list prices with their sources and dates.

Lists within a column are separated by semicolons; an empty cell is not known. `aggregation` describes the
daily rows: a row of a storage metric is that day's share of a GB-month, so its rows add up. A metric has
one row for each period of validity, in the order of the periods.
"""

import csv
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path

from cloudflare_budgets.domain.pricing.price import (
    Aggregation,
    IncludedPer,
    Price,
    PriceList,
    Rounding,
    Tier,
    words_of,
)

FILE = Path(__file__).parent.parent / "prices" / "cloudflare.csv"


@cache
def shipped_prices() -> PriceList:
    """Return the price list; the file is read once per process."""
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    aliases = {alias: row["metric_id"] for row in rows for alias in _listed(row["aliases"])}
    versions: defaultdict[str, list[Price]] = defaultdict(list)
    for row in rows:
        versions[row["metric_id"]].append(_price(row))
    prices = {key: replace(newest, others=tuple(older)) for key, (*older, newest) in versions.items()}
    return PriceList(prices, aliases)


def _price(row: dict[str, str]) -> Price:
    return Price(
        metric_id=row["metric_id"],
        name=row["name"],
        units=_listed(row["units"]),
        tiers=(Tier(None, Decimal(row["price"])),) if row["price"] else (),
        per=Decimal(row["per"] or 1),
        included=_number(row["included"]),
        included_per=IncludedPer(row["included_per"] or IncludedPer.BILLING_PERIOD),
        each_zone=row["each_zone"] == "yes",
        rounding=Rounding(row["rounding"] or Rounding.UNKNOWN),
        aggregation=Aggregation(row["aggregation"]),
        source=row["source"],
        seen=row["seen"],
        note=row["note"],
        shares_allowance=row["shares_allowance"] == "yes",
        scale=_number(row["scale"]) or Decimal(1),
        max_per_day=_number(row["max_per_day"]),
        valid_from=_day(row["valid_from"]),
        valid_until=_day(row["valid_until"]),
        free=_free(row),
        words=words_of(row["words"]) if row["words"] else frozenset(),
        family=row["product_family"],
    )


def _free(row: dict[str, str]) -> tuple[Decimal, IncludedPer] | None:
    included = _number(row["free_included"])
    return None if included is None else (included, IncludedPer(row["free_per"]))


def _number(cell: str) -> Decimal | None:
    return Decimal(cell) if cell else None


def _day(cell: str) -> datetime | None:
    return datetime.fromisoformat(cell).replace(tzinfo=UTC) if cell else None


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(";")) if cell else ()
