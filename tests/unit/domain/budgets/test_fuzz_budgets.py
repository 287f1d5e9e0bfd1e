"""Budgets and prices that are nearly right: each is refused by name or judged exactly, and never lost."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.budgets.budget import Basis, Budget
from cloudflare_budgets.domain.budgets.document import InvalidBudget, parse_budget
from cloudflare_budgets.domain.evaluation.evaluation import Status
from cloudflare_budgets.domain.pricing.price import PriceList
from cloudflare_budgets.domain.pricing.price_overrides import parse_prices
from cloudflare_budgets.messages.reply import reply
from tests.support.budget_rendering import render_budget
from tests.support.builders import ACCOUNT_ID, each_day, price, prices
from tests.support.fuzzing import FUZZED, anything, nearly
from tests.support.world import World

pytestmark = pytest.mark.fuzz
_BUDGETS = (
    {"limit": "50 USD"},
    {
        "limit": "100 Requests",
        "description": "stay inside",
        "account_id": ACCOUNT_ID,
        "period": "month",
        "scope": {"metric_id": ["workers_*"], "zone": ["example.com"]},
        "thresholds": ["50%", "80%", "100%", "100% forecast", "90 Requests"],
        "enabled": True,
    },
    {"limit": "10 USD", "column": "BilledCost", "period": "week", "alert_on": ["spike", "new_metric"]},
    {"limit": "80% of allowance", "muted_until": "2026-12-01"},
)
_PRICES = (
    {
        "workers_standard_requests": {"price": "0.25 USD", "included": "10", "per": "1000"},
        "r2_class_a": {
            "tiers": [{"up_to": "10", "price": "0.30 USD"}, {"price": "0.20 USD"}],
            "unit": ["Requests", "Operations"],
            "included": "0",
            "included_per": "month",
            "rounding": "none",
            "each_zone": True,
            "name": "R2",
        },
    },
    {"workers_standard_requests": None},
)
_ROWS = each_day("2026-11-01", "2026-11-21", "5", "3")
_TEXTS = st.text(max_size=40) | nearly(_BUDGETS).map(json.dumps) | anything.map(json.dumps)


@FUZZED
@given(_TEXTS)
def test_a_budget_is_evaluated_by_every_row_or_refused_by_name(text: str) -> None:
    world = World()
    world.configuration.given_budgets = {"fuzzed": text}
    world.use(*_ROWS)
    report = world.run()
    assert report.failures == ()
    json.dumps(reply(report)).encode()
    budget = parse_budget("fuzzed", text)
    if isinstance(budget, InvalidBudget) or (budget.account_id not in {None, ACCOUNT_ID}):
        assert report.all_problems
        return
    assert parse_budget("fuzzed", render_budget(budget)) == budget
    for account in report.accounts:
        for evaluation in account.evaluations:
            if evaluation.status is Status.OK and evaluation.window and not budget.is_allowance:
                assert _spent(budget, evaluation.window) < _lowest(budget)


@FUZZED
@given(st.text(max_size=40) | nearly(_PRICES).map(json.dumps) | anything.map(json.dumps))
def test_own_prices_are_used_or_refused_by_name(text: str) -> None:
    world = World(prices=prices(price(), price(metric="r2_class_a")))
    world.configuration.given_budgets = {
        "spend": '{"limit": "50 USD"}',
        "all": '{"limit": "50% of allowance"}',
    }
    world.configuration.given_prices = text
    rows = [
        *each_day("2026-11-01", "2026-11-21", "5"),
        *each_day("2026-11-01", "2026-11-21", "9", metric="r2_class_a"),
    ]
    world.use(*rows)
    report = world.run()
    assert report.failures == ()
    json.dumps(reply(report)).encode()
    if parse_prices(text, world.prices).refusals:
        assert any(problem.kind == "invalid_price" for problem in report.all_problems)


_MONEY = st.decimals(0, 1000, places=6).map(lambda number: format(number, "f"))


@FUZZED
@given(
    _MONEY,
    st.integers(1, 10**6),
    st.integers(0, 200),
    st.lists(st.integers(0, 10**9), min_size=1, max_size=21),
)
def test_no_estimate_is_below_what_the_price_says(amount: str, per: int, free: int, used: list[int]) -> None:
    entry = {"price": f"{amount} USD", "per": str(per), "included": str(free), "unit": "Requests"}
    world = World(prices=PriceList({}))
    world.configuration.given_budgets = {"spend": '{"limit": "1 USD", "thresholds": ["100%"]}'}
    world.configuration.given_prices = json.dumps({"workers_standard_requests": entry})
    rows = each_day("2026-11-01", "2026-11-21", "0")[: len(used)]
    world.use(
        *(
            each_day(
                f"{row.charge_period_start:%Y-%m-%d}", f"{row.charge_period_start:%Y-%m-%d}", str(number)
            )[0]
            for row, number in zip(rows, used, strict=True)
        )
    )
    (evaluation, *_) = world.run().accounts[0].evaluations
    cost = max(sum(used) - free, 0) * Fraction(amount) / per
    observed = Fraction(evaluation.observed.number) if evaluation.observed else None
    assert observed is not None
    assert abs(observed - cost) <= Fraction(1, 10**9)
    assert (evaluation.status is Status.BREACHED) >= (cost >= 1)


def _spent(budget: Budget, window: Any) -> Fraction:  # noqa: ANN401 - a period's window
    scope = budget.scope
    rows = list(window.charges_of(_ROWS))
    if scope.patterns():
        return Fraction(0)  # which rows a scope holds, other tests say
    numbers = [row.billed_cost if budget.is_cost else row.consumed_quantity for row in rows]
    return sum((Fraction(number) for number in numbers if number is not None), Fraction(0))


def _lowest(budget: Budget) -> Fraction:
    actual = [Fraction(one.amount) for one in budget.thresholds if one.basis is Basis.ACTUAL]
    return min(actual, default=Fraction(10**30))
