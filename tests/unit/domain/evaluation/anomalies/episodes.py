"""Days of usage, and the anomalies that are found in them."""

from collections.abc import Mapping
from typing import Any

from cloudflare_budgets.domain.evaluation.anomaly import Anomaly, anomalies_of
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import (
    budget,
    charge,
    each_day,
    known,
    price,
    prices,
    usage_since,
)

SPEND = '{"limit": "100 USD"}'
KV = "kv_read_operations"
PRICED = prices(price(), price(metric=KV))


def with_days(
    quantity: str, days: Mapping[str, str], metric: str = "workers_standard_requests"
) -> list[Charge]:
    """Use the same on each day of November until the 21st, but for some days."""
    usual = each_day("2026-11-01", "2026-11-21", quantity, metric=metric)
    kept = [row for row in usual if f"{row.charge_period_start:%Y-%m-%d}" not in days]
    return [*kept, *(charge(on, other, metric=metric) for on, other in days.items())]


def found(
    rows: list[Charge],
    *texts: str,
    listed: PriceList = PRICED,
    **more: Any,  # noqa: ANN401 - for `evaluation_context`
) -> list[Anomaly]:
    budgets = [budget(text, f"budget-{number}") for number, text in enumerate(texts or (SPEND,))]
    return anomalies_of(budgets, known(usage_since("2026-11-01", *rows), prices=listed, **more))
