"""A bill far below list prices, and the bounds of an estimate."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.adapters.price_list_file import shipped_prices
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.pricing.price import IncludedPer, Rounding
from cloudflare_budgets.domain.usage.charge import Charge
from tests.support.builders import charge, day, each_day, price, prices
from tests.unit.domain.evaluation.costs.bases import R2, found, kind_of, told


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
    rows = [row._replace(consumed_unit="Count") for row in rows]
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
