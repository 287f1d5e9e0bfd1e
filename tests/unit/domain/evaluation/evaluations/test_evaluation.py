from decimal import Decimal

import pytest

from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Status
from tests.support.builders import budget, charge, known, price, prices, usage
from tests.unit.domain.evaluation.evaluations.judging import REQUESTS, judged


def test_spend_below_every_threshold_is_ok() -> None:
    found = judged('{"limit": "50 USD"}', charge(cost="24.99"))
    assert (found.status, str(found.observed), found.crossed) == (Status.OK, "24.99 USD", ())


def test_reaching_a_threshold_exactly_crosses_it() -> None:
    found = judged(
        '{"limit": "50 USD"}', charge(cost="39.999999999"), charge("2026-11-20", cost="0.000000001")
    )
    assert found.status is Status.BREACHED
    assert [threshold.label("USD") for threshold in found.crossed] == ["50%", "80%"]


def test_a_quantity_budget_counts_what_was_consumed_free_or_not() -> None:
    found = judged(
        REQUESTS, charge(quantity="600"), charge("2026-11-02", "500"), charge(quantity="9", metric="r2")
    )
    assert (found.status, str(found.observed)) == (Status.BREACHED, "1100 Requests")


def test_an_absolute_threshold_is_crossed_at_its_own_amount() -> None:
    found = judged(
        '{"limit": "1000 Requests", "thresholds": ["700 Requests", "900 Requests"]}', charge(quantity="899")
    )
    assert [threshold.amount for threshold in found.crossed] == [Decimal(700)]


def test_usage_outside_the_period_does_not_count() -> None:
    found = judged(
        REQUESTS, charge("2026-10-31", "5000"), charge("2026-11-01", "1"), charge("2026-12-01", "5000")
    )
    assert str(found.observed) == "1 Requests"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ('{"metric_id": ["WORKERS_*"]}', "1"),
        ('{"metric_id": ["r2_*", "workers_standard_requests"]}', "3"),
        ('{"metric_name": ["r2 class ?"]}', "2"),
        ('{"product_family": ["r2"]}', "2"),
        ('{"zone": ["*.com"]}', "4"),
        ('{"zone": ["feedbeef"]}', "4"),
        ('{"region": ["EEUR"]}', "8"),
        ('{"subscription": ["my *"]}', "16"),
        ('{"zone": ["example.com"], "metric_id": ["workers_*"]}', "0"),
        ("{}", "31"),
    ],
)
def test_a_scope_matches_all_of_its_keys_and_any_of_their_patterns(scope: str, expected: str) -> None:
    rows = (
        charge(quantity="1"),
        charge(quantity="2", metric="r2_class_a"),
        charge(quantity="4", metric="http_requests", x_zone_name="Example.com", x_zone_id="feedbeef"),
        charge(quantity="8", metric="stream_minutes", region_id="EEUR", region_name="Eastern Europe"),
        charge(quantity="16", metric="images", sub_account_name="My Subscription"),
    )
    found = judged('{"limit": "1000 Requests", "scope": %s}' % scope, *rows)  # noqa: UP031 - braces abound
    assert str(found.observed) == f"{expected} Requests"


def test_a_scope_that_matches_nothing_says_so_beside_its_zero() -> None:
    found = judged('{"limit": "5 USD", "scope": {"metric_id": ["wrokers_*"]}}', charge(cost="40"))
    assert (found.status, str(found.observed)) == (Status.UNKNOWN, "0 USD")
    assert found.reason is not None
    assert found.reason.endswith('(metric_id wrokers_*): did you mean "workers_*"?')
    context = known(usage(charge(cost="40")), prices=prices(price(metric="r2_class_a")))
    unused = evaluate([budget('{"limit": "5 USD", "scope": {"metric_id": ["r2_*"]}}')], context)[0]
    assert (unused.status, str(unused.observed)) == (Status.OK, "0 USD")
    assert unused.reason is not None
    assert "r2_*" in unused.reason


def test_cost_that_is_absent_is_unknown_and_never_zero() -> None:
    found = judged('{"limit": "50 USD"}', charge(quantity="99999999"))
    assert found.unknown is not None
    assert (found.status, found.unknown.kind) == (Status.UNKNOWN, UnknownKind.COST_UNAVAILABLE)
    assert found.observed is None


def test_a_row_without_cost_among_rows_with_cost_bars_the_all_clear() -> None:
    found = judged('{"limit": "50 USD"}', charge(cost="10"), charge(metric="r2_class_a"))
    assert found.unknown is not None
    assert (found.status, found.unknown.kind) == (Status.UNKNOWN, UnknownKind.COST_UNAVAILABLE)
    assert "1 of 2 usage rows" in found.unknown.reason
    assert "r2_class_a" in found.unknown.reason


def test_a_breach_that_is_certain_is_reported_although_some_costs_are_missing() -> None:
    found = judged('{"limit": "50 USD"}', charge(cost="45"), charge(metric="r2_class_a"))
    assert found.status is Status.BREACHED
    assert found.unknown is not None
    assert found.crossed[-1].percent == 80


def test_mixed_units_are_unknown_and_named() -> None:
    found = judged(
        '{"limit": "1000 Requests"}', charge(), charge(metric="r2_storage", consumed_unit="GB-months")
    )
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.UNKNOWN_UNIT
    assert "GB-months (r2_storage)" in found.unknown.reason


def test_mixed_currencies_are_unknown_and_named() -> None:
    found = judged(
        '{"limit": "50 USD"}', charge(cost="1"), charge(cost="1", metric="r2", billing_currency="EUR")
    )
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.UNKNOWN_CURRENCY
    assert "EUR (r2)" in found.unknown.reason


@pytest.mark.parametrize(("cost", "status"), [("45", Status.BREACHED), ("0", Status.OK)])
def test_beside_costs_in_the_limits_currency_nothing_is_nothing_in_every_currency(
    cost: str, status: Status
) -> None:
    rows = charge(cost=cost), charge(cost="0", metric="r2", billing_currency="EUR")
    found = judged('{"limit": "50 USD"}', *rows)
    assert (found.status, str(found.observed), found.unknown) == (status, f"{cost} USD", None)


def test_a_cost_of_nothing_needs_no_currency() -> None:
    found = judged('{"limit": "50 EUR"}', charge(cost="0", billing_currency=None))
    assert (found.status, str(found.observed), found.reason) == (Status.OK, "0 EUR", None)


def test_nothing_in_another_currency_alone_meets_no_limit_for_the_bill_will_be_in_that_one() -> None:
    found = judged('{"limit": "50 EUR"}', charge(cost="0"), charge("2026-11-20", cost="0"))
    assert (found.status, found.observed) == (Status.UNKNOWN, None)
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.UNKNOWN_CURRENCY
    assert "bills in USD (workers_standard_requests): write `limit` in that currency" in found.unknown.reason


def test_a_breach_that_is_certain_is_reported_although_other_costs_are_in_another_currency() -> None:
    rows = charge(cost="100"), charge(cost="1", metric="r2", billing_currency="EUR")
    found = judged('{"limit": "50 USD"}', *rows)
    assert (found.status, str(found.observed)) == (Status.BREACHED, "100 USD")
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.UNKNOWN_CURRENCY


def test_what_is_not_breached_without_costs_in_another_currency_is_unknown() -> None:
    rows = charge(cost="1"), charge(cost="100", metric="r2", billing_currency="EUR")
    found = judged('{"limit": "50 USD"}', *rows)
    assert (found.status, str(found.observed)) == (Status.UNKNOWN, "1 USD")
    assert (
        found.reason
        == "what Cloudflare bills in EUR (r2) is left out of what is limited in USD: budget it apart"
    )


def test_where_all_is_billed_in_another_currency_nothing_is_known() -> None:
    rows = charge(cost="0"), charge(cost="1", metric="r2")
    found = judged('{"limit": "50 EUR"}', *rows)
    assert (found.status, found.observed) == (Status.UNKNOWN, None)
    assert found.reason is not None
    assert "write `limit` in that currency" in found.reason


def test_a_small_cost_in_another_currency_is_no_credit() -> None:
    rows = charge(cost="60"), charge(cost="0.5", metric="r2", billing_currency="EUR")
    found = judged('{"limit": "50 USD"}', *rows)
    assert (found.status, str(found.observed)) == (Status.BREACHED, "60 USD")
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.UNKNOWN_CURRENCY


def test_with_a_credit_in_another_currency_no_breach_is_certain() -> None:
    rows = charge(cost="100"), charge(cost="-90", metric="r2", billing_currency="EUR")
    found = judged('{"limit": "50 USD"}', *rows)
    assert (found.status, found.observed) == (Status.UNKNOWN, None)
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.UNKNOWN_CURRENCY


def test_a_cost_without_a_currency_is_unknown() -> None:
    found = judged('{"limit": "50 USD"}', charge(cost="1", billing_currency=None))
    assert found.unknown is not None
    assert "no currency" in found.unknown.reason


def test_another_cost_column_is_summed_when_the_budget_names_it() -> None:
    found = judged('{"limit": "50 USD", "column": "ListCost"}', charge(cost="1", list_cost=Decimal(30)))
    assert str(found.observed) == "30 USD"


def test_corrections_of_earlier_periods_stay_out_of_quantities_and_lower_costs() -> None:
    correction = charge("2026-11-20", "-500", "-7", charge_class="Correction")
    assert str(judged(REQUESTS, charge(quantity="600"), correction).observed) == "600 Requests"
    assert str(judged('{"limit": "50 USD"}', charge(cost="10"), correction).observed) == "3 USD"
