"""The running totals of Version 1: what proves that no row and no digit of a cost is missing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from cloudflare_budgets.domain.amount import plain, total
from cloudflare_budgets.domain.charge import Charge

TOLERANCE = Decimal("0.01")  # of the currency: what rounding may make of a cycle

_Series = tuple[str | None, str | None, str | None, str | None, datetime | None]


def contradiction_of(charges: Iterable[Charge]) -> str | None:
    """Say how the costs of a series do not add up to its newest running total, if any series' do not.

    Rows or digits were lost then, or some came twice. A breach is told all the same; no budget is kept.

    Args:
        charges: whole billing cycles, each from its first day.
    """
    by_series: defaultdict[_Series, list[Charge]] = defaultdict(list)
    for charge in charges:
        by_series[
            charge.subscription_id,
            charge.service_name,
            charge.zone_id,
            charge.billing_currency,
            charge.billing_period_start,
        ].append(charge)
    return next(filter(None, map(_contradiction, by_series.values())), None)


def _contradiction(rows: Sequence[Charge]) -> str | None:
    newest = max(row.charge_period_start for row in rows)
    running = [row.cumulated_contracted_cost for row in rows if row.charge_period_start == newest]
    costs = [row.contracted_cost for row in rows]
    known = [number for number in running if number is not None]
    if len(known) < len(running) or None in costs:
        return None  # nothing to compare with: a cost that is absent is not taken for zero elsewhere
    summed = total(cost for cost in costs if cost is not None)
    if abs(total((summed, max(known).copy_negate()))) <= TOLERANCE:
        return None
    return _mismatch(rows[0], summed, max(known))


def _mismatch(row: Charge, summed: Decimal, running: Decimal) -> str:
    where = f" in zone {row.zone_name or row.zone_id}" if row.zone_id else ""
    since = f"{row.billing_period_start:%Y-%m-%d}"
    return (
        f"the rows of {row.service_name}{where} since {since} cost {plain(summed)} {row.billing_currency} "
        f"in all, but Cloudflare's own running total says {plain(running)}: rows or digits are missing, "
        "or some came twice"
    )
