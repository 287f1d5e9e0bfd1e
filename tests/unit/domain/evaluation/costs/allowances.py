"""Budgets of an allowance, and their lines."""

from typing import Any

from tests.support.builders import day, price, prices

ALLOWANCE = '{"limit": "100% of allowance"}'
KV = "kv_read_operations"
R2 = "r2_storage_class_a_operations"
CYCLE: dict[str, Any] = {
    "billing_period_start": day("2026-11-11"),
    "billing_period_end": day("2026-12-11"),
}
LISTED = prices(price(included="100"), price(metric=KV, included="50"), price(metric=R2, included="0"))
