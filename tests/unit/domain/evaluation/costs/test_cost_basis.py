"""Where a cost budget's amount comes from: what Cloudflare bills, else an estimate by the price list."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.evaluation.measurement import CostBasis
from cloudflare_budgets.domain.pricing.price import IncludedPer, PriceList, Rounding
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import charge, day, each_day, judged, price, prices, usage_since
from tests.support.fakes import Published
from tests.support.world import World

SPEND = '{"limit": "50 USD"}'
R2 = "r2_storage_class_a_operations"
BOTH = prices(price(), price(metric=R2))


def found(*rows: Charge, text: str = SPEND, listed: PriceList = BOTH, **more: Any) -> Evaluation:  # noqa: ANN401 - for `evaluation_context`
    return judged(text, usage_since("2026-11-01", *rows), prices=listed, **more)


def kind_of(evaluation: Evaluation) -> UnknownKind | None:
    return evaluation.unknown.kind if evaluation.unknown else None


def basis_of(evaluation: Evaluation) -> CostBasis:
    assert evaluation.costs is not None
    return evaluation.costs.basis


def told(*rows: Charge, listed: PriceList = BOTH, text: str = SPEND) -> Published:
    world = World(prices=listed)
    world.configuration.given_budgets = {"spend": text}
    world.use(*rows)
    world.run()
    return world.topic.published[0]


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


def test_a_bill_far_below_list_prices_reports_no_budget_as_met_that_list_prices_would_break() -> None:
    evaluation = found(charge(quantity="60", cost="0"))
    assert (evaluation.status, kind_of(evaluation)) == (Status.UNKNOWN, UnknownKind.COST_DISAGREES)
    assert "a cost of 0 USD for usage that costs 60 USD" in str(evaluation.reason)


def test_a_threshold_that_list_prices_would_reach_exactly_is_not_met() -> None:
    assert kind_of(found(charge(quantity="25", cost="0"))) is UnknownKind.COST_DISAGREES
    assert kind_of(found(charge(quantity="24.99", cost="0"))) is None


def test_a_bill_far_below_list_prices_is_not_reported_while_no_threshold_is_between() -> None:
    evaluation = found(charge(quantity="20", cost="0"))
    assert (evaluation.status, kind_of(evaluation)) == (Status.OK, None)


def test_one_metrics_bill_does_not_hide_that_another_metric_is_billed_nothing() -> None:
    rows = charge(quantity="1000", cost="1000"), charge(quantity="90", cost="0", metric=R2)
    evaluation = found(*rows, text='{"limit": "1050 USD", "thresholds": ["100%"]}')
    assert (evaluation.status, kind_of(evaluation)) == (Status.UNKNOWN, UnknownKind.COST_DISAGREES)
    assert "a cost of 0 USD for usage that costs 90 USD" in str(evaluation.reason)
    assert found(*rows, text='{"limit": "1091 USD", "thresholds": ["100%"]}').status is Status.OK


def test_what_one_metric_is_billed_too_much_is_not_set_against_what_another_is_billed_too_little() -> None:
    rows = charge(quantity="10", cost="100"), charge(quantity="90", cost="0", metric=R2)
    evaluation = found(*rows, text='{"limit": "190 USD", "thresholds": ["100%"]}')
    assert kind_of(evaluation) is UnknownKind.COST_DISAGREES
    message = told(*rows, text='{"limit": "100 USD"}')
    assert message.alert["list_prices"] == {"billed": "0", "listed": "90", "unit": "USD", "priced_by": "list"}
    assert "Compared: Cloudflare bills 0 USD for usage that costs 90 USD by list prices\n" in message.body


def test_what_two_metrics_lack_counts_together_and_so_does_the_margin() -> None:
    short = charge(quantity="0.9", cost="0"), charge(quantity="0.9", cost="0", metric=R2)
    assert kind_of(found(*short, text='{"limit": "1.8 USD"}')) is UnknownKind.COST_DISAGREES
    one_is_right = charge(quantity="0.9", cost="0"), charge(quantity="0.9", cost="0.9", metric=R2)
    assert kind_of(found(*one_is_right, text='{"limit": "1.8 USD", "thresholds": ["100%"]}')) is None


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        # Too early for a forecast: what is known already counts.
        ('{"limit": "50 USD", "thresholds": ["100% forecast"]}', [charge(quantity="60", cost="0")]),
        # 27 USD are expected, and 63 more by the list.
        (
            '{"limit": "80 USD", "thresholds": ["100%", "100% forecast"]}',
            each_day("2026-11-01", "2026-11-21", "3", "0"),
        ),
    ],
)
def test_a_bill_far_below_list_prices_reports_no_forecast_as_met_that_list_prices_would_break(
    text: str, rows: list[Charge]
) -> None:
    evaluation = found(*rows, text=text)
    assert (evaluation.status, kind_of(evaluation)) == (Status.UNKNOWN, UnknownKind.COST_DISAGREES)
    assert "with which the threshold 100% forecast would be reached" in str(evaluation.reason)


@pytest.mark.parametrize("limit", [26, 91])
def test_a_bill_far_below_list_prices_is_not_reported_while_no_forecast_threshold_is_between(
    limit: int,
) -> None:
    rows = each_day("2026-11-01", "2026-11-21", "3", "0")
    evaluation = found(*rows, text=f'{{"limit": "{limit} USD", "thresholds": ["100% forecast"]}}')
    assert (evaluation.status, kind_of(evaluation)) == (Status.OK, None)
    assert bool(evaluation.forecast_crossed) == (limit == 26)


@pytest.mark.parametrize(
    ("quantity", "cost", "shows_both"),
    [
        ("41", "30", True),
        ("20", "45", True),
        ("37", "30", False),  # by less than a fifth
        ("60", "50", False),
    ],
)
def test_the_message_shows_both_figures_where_they_are_far_apart(
    quantity: str,
    cost: str,
    shows_both: bool,  # noqa: FBT001 - the case
) -> None:
    message = told(charge(quantity=quantity, cost=cost))
    assert ("by list prices" in message.body) == shows_both
    expected = {"billed": cost, "listed": quantity, "unit": "USD", "priced_by": "list"}
    assert message.alert["list_prices"] == (expected if shows_both else None)


def test_a_unit_of_the_currency_is_no_disagreement() -> None:
    message = told(charge(quantity="1.5", cost="0.5"), text='{"limit": "1 USD"}')
    assert message.alert["list_prices"] is None


def test_more_than_a_unit_of_the_currency_and_a_fifth_is_a_disagreement() -> None:
    for quantity, shows_both in (("1.5", False), ("1.51", True)):
        message = told(charge(quantity=quantity, cost="0.5"), text='{"limit": "1 USD"}')
        assert (message.alert["list_prices"] is not None) == shows_both


def test_a_bill_is_not_compared_where_the_allowance_may_be_used_up() -> None:
    cycle = {"billing_period_start": day("2026-10-11"), "billing_period_end": day("2026-11-11")}
    evaluation = found(charge("2026-11-05", "60", "0", **cycle), listed=prices(price(included="10")))  # type: ignore[arg-type]
    assert evaluation.costs is not None
    assert evaluation.costs.comparison is None


@given(st.lists(st.tuples(st.integers(1, 21), st.integers(0, 999), st.sampled_from("abc")), min_size=1))
def test_the_estimates_of_zones_add_up_to_that_of_the_account(rows: list[tuple[int, int, str]]) -> None:
    charges = [
        charge(f"2026-11-{on:02}", str(quantity), x_zone_id=zone, x_zone_name=zone)
        for on, quantity, zone in rows
    ]
    listed = prices(price("1", "500", per=Decimal(7), rounding=Rounding.BLOCK))
    zones = [
        found(
            *charges, text=f'{{"limit": "50 USD", "scope": {{"zone": ["{zone}"]}}}}', listed=listed
        ).observed
        for zone in "abc"
    ]
    whole = found(*charges, listed=listed).observed
    assert whole is not None
    assert sum(zone.number for zone in zones if zone) == pytest.approx(whole.number, abs=Decimal("1e-24"))


def test_the_parts_of_an_estimate_add_up_to_its_sum_to_the_last_digit() -> None:
    rows = each_day("2026-11-01", "2026-11-07", "1", x_zone_id="a") + each_day(
        "2026-11-01", "2026-11-07", "2", x_zone_id="b"
    )
    assert str(found(*rows, listed=prices(price("1", per=Decimal(21)))).observed) == "1 USD"


def bounds(evaluation: Evaluation) -> list[str | None]:
    return [str(each) if each else None for each in (evaluation.low, evaluation.observed, evaluation.high)]


def test_an_estimate_has_bounds_and_a_billed_amount_has_no_bounds() -> None:
    blocks = prices(price(rounding=Rounding.UNKNOWN, per=Decimal(10)))
    assert bounds(found(charge(quantity="9"), listed=blocks)) == ["0.9 USD", "0.9 USD", "1 USD"]
    mixed = found(charge(quantity="9", cost="3"), charge("2026-11-20", "1"), listed=blocks)
    assert bounds(mixed) == ["3.1 USD", "3.1 USD", "4 USD"]
    assert bounds(found(charge(quantity="9", cost="3"), listed=blocks)) == [None, "3 USD", None]


def test_thresholds_are_compared_with_the_low_end_of_an_estimate() -> None:
    unknown_allowance = prices(price(included=None))
    evaluation = found(charge(quantity="40"), listed=unknown_allowance)
    assert bounds(evaluation) == ["0 USD", "0 USD", "40 USD"]
    assert (evaluation.status, evaluation.crossed) == (Status.OK, ())
    assert [each.label("USD") for each in evaluation.may_have_crossed] == ["50%", "80%"]


def test_a_daily_allowance_that_may_be_one_pool_is_compared_by_the_pool() -> None:
    daily = prices(price(included="10", included_per=IncludedPer.DAY))
    evaluation = found(charge(quantity="60"), listed=daily)
    assert bounds(evaluation) == ["0 USD", "50 USD", "50 USD"]
    assert evaluation.crossed == ()
    assert [each.label("USD") for each in evaluation.may_have_crossed] == ["50%", "80%", "100%"]


def test_an_ordinary_paid_account_with_logs_and_dynamic_workers_is_evaluated() -> None:
    rows = [
        charge(on, quantity, metric=metric)
        for on in ("2026-11-20", "2026-11-21")
        for metric, quantity in (
            ("workers_standard_requests", "12000"),
            ("observability_logs", "40000"),
            ("dynamic_workers", "3"),
        )
    ]
    rows = [replace(row, consumed_unit="Count") for row in rows]
    evaluation = found(*rows, listed=shipped_prices())
    assert (evaluation.status, bounds(evaluation)) == (Status.OK, ["0 USD", "0 USD", "0 USD"])


@pytest.mark.parametrize(("columns", "is_advised"), [({}, True), ({"service_name": "Widgets"}, False)])
def test_version_1_is_recommended_only_while_it_does_not_serve_the_account(
    columns: dict[str, str],
    is_advised: bool,  # noqa: FBT001 - the case
) -> None:
    unknown = found(charge(metric="widgets", **columns)).unknown
    assert unknown is not None
    assert unknown.kind is UnknownKind.COST_UNAVAILABLE
    assert "write prices into the parameter `prices`" in unknown.reason
    assert ("UsageApi" in unknown.reason) == is_advised
