"""Where a cost budget's amount comes from: what Cloudflare bills, else an estimate by the price list."""

from decimal import Decimal
from typing import Any

import pytest

from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.evaluation.measurement import CostBasis
from cloudflare_budgets.domain.pricing.price import Rounding
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import charge, day, price, prices
from tests.unit.domain.evaluation.costs.bases import R2, found, kind_of, told


def basis_of(evaluation: Evaluation) -> CostBasis:
    assert evaluation.costs is not None
    return evaluation.costs.basis


@pytest.mark.parametrize(
    ("rows", "basis", "observed"),
    [
        ([charge(quantity="9", cost="3")], CostBasis.BILLED, "3 USD"),
        ([charge(quantity="9")], CostBasis.ESTIMATED, "9 USD"),
        ([charge(quantity="9", cost="3"), charge("2026-11-20", "2")], CostBasis.MIXED, "5 USD"),
        ([charge(quantity="9", cost="0")], CostBasis.BILLED, "0 USD"),
    ],
)
def test_what_is_billed_counts_and_what_has_no_cost_is_estimated(
    rows: list[Charge], basis: CostBasis, observed: str
) -> None:
    evaluation = found(*rows)
    assert (basis_of(evaluation), str(evaluation.observed)) == (basis, observed)


@pytest.mark.parametrize(
    ("rows", "basis", "line"),
    [
        ([charge(quantity="41", cost="41")], "billed", "Costs: without fixed fees and tax\n"),
        (
            [charge(quantity="41")],
            "estimated",
            "Costs: estimated by list prices; without fixed fees and tax\n",
        ),
        (
            [charge(quantity="30", cost="30"), charge("2026-11-20", "11")],
            "mixed",
            "Costs: 11 USD estimated by list prices, the rest billed",
        ),
    ],
)
def test_the_message_says_whether_costs_are_billed_or_estimated(
    rows: list[Charge], basis: str, line: str
) -> None:
    message = told(*rows)
    assert message.alert["cost_basis"] == basis
    assert line in message.body
    assert ("list prices" in message.body) == (basis != "billed")


def test_rounding_that_is_not_documented_is_reported_as_a_range() -> None:
    listed = prices(price("10", per=Decimal(100), rounding=Rounding.UNKNOWN))
    message = told(charge(quantity="410"), listed=listed)
    assert "estimated by list prices; between 41 and 50 USD" in message.body


def test_the_column_of_the_budget_says_what_counts_as_billed() -> None:
    row = charge(quantity="9", cost="3", list_cost=Decimal(7))
    listed = found(row, text='{"limit": "50 USD", "column": "ListCost"}')
    effective = found(row, text='{"limit": "50 USD", "column": "EffectiveCost"}')
    assert (str(listed.observed), basis_of(listed)) == ("7 USD", CostBasis.BILLED)
    assert (str(effective.observed), basis_of(effective)) == ("9 USD", CostBasis.ESTIMATED)


def test_a_metric_without_a_price_is_named_and_makes_the_estimate_a_lower_bound() -> None:
    evaluation = found(charge(quantity="9"), charge(metric="zaraz_loads"))
    assert (evaluation.status, kind_of(evaluation)) == (Status.UNKNOWN, UnknownKind.PRICE_UNKNOWN)
    assert str(evaluation.observed) == "9 USD"
    assert "zaraz_loads: it is not in the price list" in str(evaluation.reason)


def test_a_breach_is_reported_though_something_is_left_out() -> None:
    evaluation = found(charge(quantity="60"), charge(metric="zaraz_loads"))
    assert evaluation.status is Status.BREACHED
    message = told(charge(quantity="60"), charge(metric="zaraz_loads"))
    assert "zaraz_loads" in message.alert["incomplete"]
    assert "The true cost is that or more" in message.body


def test_without_any_price_the_cost_is_not_known_rather_than_zero() -> None:
    evaluation = found(charge(quantity="9"), listed=prices())
    assert (evaluation.observed, kind_of(evaluation)) == (None, UnknownKind.COST_UNAVAILABLE)


def test_nothing_used_of_what_has_no_price_leaves_nothing_out() -> None:
    evaluation = found(charge(quantity="9"), charge(quantity="0", metric="zaraz_loads"))
    assert (evaluation.status, kind_of(evaluation)) == (Status.OK, None)


@pytest.mark.parametrize("quantity", ["5", "0", "-30"])
@pytest.mark.parametrize("cost", [None, "55"])
def test_a_correction_that_lacks_its_cost_leaves_a_breach_reported_and_no_budget_met(
    quantity: str, cost: str | None
) -> None:
    correction = charge("2026-11-20", quantity, charge_class="Correction")
    for used, status in (("55", Status.BREACHED), ("9", Status.UNKNOWN)):
        evaluation = found(charge(quantity=used, cost=used if cost else None), correction)
        assert (evaluation.status, str(evaluation.observed)) == (status, f"{used} USD")
        assert kind_of(evaluation) is UnknownKind.PRICE_UNKNOWN
        assert "a correction of an earlier invoice without its BilledCost" in str(evaluation.reason)
    body = " ".join(told(charge(quantity="55", cost=cost), correction).body.split())
    assert "It may be a credit, so the true cost may be less, or more" in body


def test_where_a_correction_is_all_there_is_nothing_is_known() -> None:
    evaluation = found(charge(quantity="-30", charge_class="Correction"))
    assert (evaluation.status, evaluation.observed) == (Status.UNKNOWN, None)


def test_no_price_is_requested_where_a_correction_lacks_its_cost() -> None:
    reason = str(found(charge(quantity="5", charge_class="Correction"), charge(metric="zaraz_loads")).reason)
    assert "a credit" in reason
    assert "`prices`" not in reason


def test_a_correction_with_its_cost_counts_and_is_not_compared_with_list_prices() -> None:
    evaluation = found(charge(quantity="9"), charge(quantity="500", cost="-2", charge_class="Correction"))
    assert (str(evaluation.observed), basis_of(evaluation)) == ("7 USD", CostBasis.MIXED)
    assert evaluation.costs is not None
    assert evaluation.costs.comparison is None


def test_own_prices_in_another_currency_are_not_added_to_dollars() -> None:
    euros = prices(price(currency="EUR"), price(metric=R2))
    evaluation = found(charge(quantity="9"), charge(quantity="2", metric=R2), listed=euros)
    assert (str(evaluation.observed), kind_of(evaluation)) == ("2 USD", UnknownKind.PRICE_UNKNOWN)
    assert "its price is in EUR" in str(evaluation.reason)


def test_own_prices_in_the_currency_of_the_limit_make_an_estimate() -> None:
    euros = prices(price(currency="EUR"))
    evaluation = found(charge(quantity="30"), text='{"limit": "50 EUR"}', listed=euros)
    assert (str(evaluation.observed), evaluation.status) == ("30 EUR", Status.BREACHED)


def test_an_estimate_in_the_currency_of_the_limit_makes_nothing_billed_in_another_harmless() -> None:
    rows = charge(quantity="30"), charge(cost="0", metric=R2)
    evaluation = found(*rows, text='{"limit": "90 EUR"}', listed=prices(price(currency="EUR")))
    assert (str(evaluation.observed), evaluation.status) == ("30 EUR", Status.OK)


def test_rows_from_before_the_time_that_was_requested_are_priced_as_they_are() -> None:
    quarter: dict[str, Any] = {
        "billing_period_start": day("2026-10-15"),
        "billing_period_end": day("2027-01-15"),
    }
    rows = (charge("2026-10-20", "7", **quarter), charge(quantity="9", **quarter))
    evaluation = found(*rows, text='{"limit": "50 USD", "period": "billing_period"}')
    assert str(evaluation.observed) == "16 USD"


def test_zero_quantity_days_cost_nothing() -> None:
    rows = [charge("2026-11-20", "0"), charge("2026-11-21", "0", x_zone_id="a"), charge("2026-11-19", "3")]
    assert str(found(*rows).observed) == "3 USD"
