"""Corrections and credits are parts of a cost, and are named."""

from decimal import Decimal

from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.primitives.amount import Amount
from tests.support.builders import budget, charge, each_day, judged, known, usage

USAGE = each_day("2026-11-01", "2026-11-20", "500000", "2.5", metric="kv_write_operations")


def usd(number: str) -> Amount:
    return Amount(Decimal(number), "USD")


def test_a_correction_counts_in_costs_and_not_in_quantities() -> None:
    corrected = [
        charge("2026-11-10", "-7", cost, metric="kv_write_operations", charge_class="Correction")
        for cost in ("-4", "1")
    ]
    budgets = [budget('{"limit": "60 USD"}'), budget('{"limit": "90000000 Requests"}')]
    cost, quantity = evaluate(budgets, known(usage(*USAGE, *corrected)))
    assert (cost.observed, cost.corrections, cost.credits) == (usd("47"), usd("-3"), None)
    assert quantity.observed == Amount(Decimal(10_000_000), "Requests")
    assert (quantity.corrections, quantity.credits) == (None, None)


def test_a_credit_is_a_negative_cost_of_usage_and_counts() -> None:
    found = judged('{"limit": "60 USD"}', usage(*USAGE, charge("2026-11-15", "0", "-0.01")))
    assert (found.observed, found.corrections, found.credits) == (usd("49.99"), None, usd("-0.01"))


def test_ordinary_usage_has_neither_corrections_nor_credits() -> None:
    found = judged('{"limit": "60 USD"}', usage(*USAGE))
    assert (found.corrections, found.credits) == (None, None)
