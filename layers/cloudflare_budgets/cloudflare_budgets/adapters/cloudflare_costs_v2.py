"""Costs from Version 2 of Cloudflare's usage API: POST /accounts/{account_id}/billable/usage.

Rows of GET carry no costs; those of POST with `Metric: cost` do. They are split by zone and region only
where the request groups by them.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from cloudflare_budgets.domain.amount import total
from cloudflare_budgets.domain.charge import Charge
from cloudflare_budgets.domain.period import Period, utc_text

_Key = tuple[str, datetime]
_DIMENSIONS = {"zone_id": "x_zone_id", "region": "region_id"}


def question_for_costs(used: Period, charges: Sequence[Charge]) -> Mapping[str, object]:
    """Make the body that asks for the costs of a period, split as the charges are.

    Args:
        used: at most 31 days; `To` is exclusive, unlike that of GET.
        charges: those of the period, without costs.
    """
    split_by = [
        {"Type": "DIMENSION", "Key": key}
        for key, attribute in _DIMENSIONS.items()
        if any(getattr(charge, attribute) for charge in charges)
    ]
    document: dict[str, object] = {
        "Metric": "cost",
        "TimePeriod": {"From": utc_text(used.start), "To": utc_text(used.end)},
    }
    return document | ({"GroupBy": split_by} if split_by else {})


def with_costs(charges: Sequence[Charge], rated: Iterable[Charge]) -> list[Charge]:
    """Put rows with costs in the place of those without, metric by metric and day by day.

    Rows stay as they are where putting others in their place would lose something: a part of the
    quantity, a zone, a region, a subscription or a correction.
    """
    before, after = _by_metric_and_day(charges), _by_metric_and_day(rated)
    found: list[Charge] = []
    for key in before | after:
        rows, candidates = before.get(key, []), after.get(key, [])
        found += [_named(row, rows) for row in candidates] if _can_replace(rows, candidates) else rows
    return found


def _can_replace(rows: Sequence[Charge], candidates: Sequence[Charge]) -> bool:
    return (
        all(candidate.billed_cost is not None for candidate in candidates)
        and set(map(_place, rows)) <= set(map(_place, candidates))
        and total(row.consumed_quantity for row in rows)
        <= total(candidate.consumed_quantity for candidate in candidates)
        and {row.consumed_unit for row in rows} <= {candidate.consumed_unit for candidate in candidates}
    )


def _place(charge: Charge) -> tuple[str | None, ...]:
    return (charge.x_zone_id, charge.region_id, charge.sub_account_id, charge.charge_class)


def _named(charge: Charge, rows: Sequence[Charge]) -> Charge:
    # Grouped rows leave the account out.
    if charge.billing_account_id or not rows:
        return charge
    return replace(
        charge,
        billing_account_id=rows[0].billing_account_id,
        billing_account_name=rows[0].billing_account_name,
    )


def _by_metric_and_day(charges: Iterable[Charge]) -> dict[_Key, list[Charge]]:
    found: defaultdict[_Key, list[Charge]] = defaultdict(list)
    for charge in charges:
        found[charge.metric_id, charge.charge_period_start].append(charge)
    return found
