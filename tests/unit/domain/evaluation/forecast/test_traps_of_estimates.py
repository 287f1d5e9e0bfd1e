"""The traps of Cloudflare's usage API that estimates and forecasts answer, by their numbers."""

from decimal import Decimal

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation
from cloudflare_budgets.domain.evaluation.measurement import CostBasis
from cloudflare_budgets.domain.pricing.rated import Rated
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import budget, charge, known, usage


def estimated(*rows: Charge) -> Evaluation:
    return evaluate([budget()], known(usage(*rows), prices=shipped_prices()))[0]


def test_trap_20_an_estimate_of_neurons_returns_both_readings_of_their_allowance() -> None:
    rows = [
        charge(f"2026-11-{number}", "20000", metric="regular_twitch_neurons", consumed_unit="Neurons")
        for number in range(18, 22)
    ]
    costs = estimated(*rows).costs
    assert costs is not None
    assert costs.estimated == Rated(Decimal("0.44"), Decimal(0), Decimal("0.44"))


def test_trap_25_an_estimate_rounds_up_to_whole_blocks_where_that_is_documented() -> None:
    row = charge("2026-11-21", "1000001", metric="r2_storage_class_a_operations", consumed_unit="Operations")
    assert str(estimated(row).observed) == "4.5 USD"


def test_trap_26_a_forecast_sees_the_cost_beyond_the_allowance_while_there_is_none() -> None:
    found = estimated(*(charge(f"2026-11-{number:02}", "450000") for number in range(1, 22)))
    assert str(found.observed) == "0 USD"
    assert found.forecast is not None
    assert found.forecast.expected == Decimal("1.05")


def test_trap_28_an_absent_cost_that_has_a_price_is_estimated_and_called_so() -> None:
    costs = estimated(charge(quantity="20000000")).costs
    assert costs is not None
    assert costs.basis is CostBasis.ESTIMATED


def test_trap_31_each_zone_has_its_own_allowance_where_the_price_says_so() -> None:
    rows = [
        charge(
            quantity="3", metric="smart_shield_argo_accelerated_gigabytes", consumed_unit="GB", x_zone_id=zone
        )
        for zone in "ab"
    ]
    found = estimated(*rows)
    assert str(found.observed) == "0.4 USD"
    name = "Smart Shield Argo Accelerated Gigabytes"
    assert {use.name for use in found.allowances} == {f"{name}, a", f"{name}, b"}


def test_trap_34_bills_far_from_the_list_prices_are_reported() -> None:
    found = estimated(charge("2026-11-01", cost="0"), charge(quantity="500000000", cost="3"))
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.COST_DISAGREES
