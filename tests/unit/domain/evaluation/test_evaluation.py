from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.budgets.budget import Budget
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind, listed
from cloudflare_budgets.domain.evaluation.evaluate import evaluate
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.usage import Usage
from cloudflare_budgets.domain.usage.window import period_to_read
from tests.support.builders import AS_OF, budget, charge, day, each_day, known, price, prices, usage

NONE, SECOND = timedelta(0), timedelta(seconds=1)
REQUESTS = '{"limit": "1000 Requests", "scope": {"metric_id": ["workers_*"]}}'

days = st.integers(1, 21).map(lambda number: f"2026-11-{number:02}")
quantities = st.decimals(min_value=0, max_value=10**9, places=6)
charges = st.builds(charge, days, quantities, st.decimals(min_value=0, max_value=10**6, places=9))


def judge(budgets: list[Budget], found: Usage, as_of: datetime) -> list[Evaluation]:
    return evaluate(budgets, known(found, as_of))


def judged(text: str, *rows: Charge) -> Evaluation:
    return judge([budget(text)], usage(*rows), AS_OF)[0]


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


def test_no_rows_at_all_are_no_proof_of_no_usage() -> None:
    found = judged('{"limit": "50 USD"}')
    assert found.unknown is not None
    assert (found.status, found.unknown.kind) == (Status.UNKNOWN, UnknownKind.NO_DATA)


def test_in_the_first_two_days_of_a_period_missing_rows_are_not_reported() -> None:
    found = judge([budget()], usage(charge("2026-10-31", cost="1")), day("2026-11-02"))[0]
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.NO_DATA_YET


def test_an_account_without_rows_is_not_reported_for_48_hours_of_a_period() -> None:
    begun = day("2026-11-01")
    instants = (begun + timedelta(hours=48) - timedelta(seconds=1), begun + timedelta(hours=48))
    kinds = [judge([budget()], usage(), as_of)[0].unknown for as_of in instants]
    assert [unknown and unknown.kind for unknown in kinds] == [UnknownKind.NO_DATA_YET, UnknownKind.NO_DATA]


def test_a_period_has_no_message_for_as_long_as_the_data_before_it_is_fresh() -> None:
    rows = charge("2026-10-31", cost="1")  # ended when November began
    almost_stale, stale = day("2026-11-03") + timedelta(hours=6), day("2026-11-03") + timedelta(hours=7)
    kinds = [judge([budget()], usage(rows), as_of)[0].unknown for as_of in (almost_stale, stale)]
    assert [unknown and unknown.kind for unknown in kinds] == [
        UnknownKind.NO_DATA_YET,
        UnknownKind.STALE_DATA,
    ]


def test_a_past_day_without_rows_is_zero_once_later_days_have_arrived() -> None:
    rows = (charge("2026-11-19"), charge("2026-11-21"))
    found = judge([budget('{"limit": "9 Requests", "period": "day"}')], usage(*rows), AS_OF)
    by_day = {evaluation.window.period.start.day: evaluation for evaluation in found if evaluation.window}
    assert by_day[20].status is Status.OK
    assert str(by_day[20].observed) == "0 Requests"


def test_data_up_to_the_end_of_a_day_prove_that_nothing_was_used_on_it() -> None:
    two_days = charge("2026-11-20", charge_period_end=day("2026-11-22"))
    found = judge([budget('{"limit": "9 Requests", "period": "day"}')], usage(two_days), AS_OF)
    by_day = {evaluation.window.period.start.day: evaluation for evaluation in found if evaluation.window}
    assert (by_day[21].status, str(by_day[21].observed)) == (Status.OK, "0 Requests")


def test_old_data_bars_the_all_clear_but_not_a_breach() -> None:
    fresh, old = "2026-11-19", "2026-11-18"
    assert judged('{"limit": "50 USD"}', charge(fresh, cost="1")).status is Status.UNKNOWN
    assert judged('{"limit": "50 USD"}', charge("2026-11-20", cost="1")).status is Status.OK
    breached = judged('{"limit": "50 USD"}', charge(old, cost="60"))
    assert breached.status is Status.BREACHED
    assert breached.unknown is not None
    assert breached.unknown.kind is UnknownKind.STALE_DATA


def test_data_is_old_after_54_hours() -> None:
    rows = usage(charge("2026-11-19", cost="1"))
    due = day("2026-11-20") + timedelta(hours=54)
    statuses = [judge([budget()], rows, as_of)[0].status for as_of in (due, due + timedelta(seconds=1))]
    assert statuses == [Status.OK, Status.UNKNOWN]


def test_a_closed_period_is_not_ok_by_old_data_of_a_part_of_it() -> None:
    rows = usage(*each_day("2026-11-01", "2026-11-28", cost="1"))
    due = day("2026-11-29") + timedelta(hours=54)  # six hours into December
    fresh, old = (judge([budget('{"limit": "90 USD"}')], rows, due + later) for later in (NONE, SECOND))
    assert [(str(each[-1].observed), each[-1].status) for each in (fresh, old)] == [
        ("28 USD", Status.OK),
        ("28 USD", Status.UNKNOWN),
    ]
    assert old[-1].unknown is not None
    assert old[-1].unknown.kind is UnknownKind.STALE_DATA
    assert (fresh[-1].forecast is None, old[-1].forecast) == (False, None)
    assert judge([budget('{"limit": "50 USD"}')], rows, due + SECOND)[-1].status is Status.BREACHED


def test_a_closed_period_stays_evaluated_by_data_of_all_of_it_however_old() -> None:
    rows = usage(*each_day("2026-11-01", "2026-11-30", cost="1"))
    current, before = judge([budget('{"limit": "90 USD"}')], rows, day("2026-12-03") + timedelta(hours=23))
    assert (current.status, str(before.observed), before.status) == (Status.UNKNOWN, "30 USD", Status.OK)


def test_the_month_before_is_still_evaluated_while_its_last_days_arrive() -> None:
    rows = (charge("2026-10-31", cost="60"), charge("2026-11-01", cost="1"))
    found = judge([budget()], usage(*rows), day("2026-11-02") + timedelta(hours=10))
    assert [evaluation.status for evaluation in found] == [Status.OK, Status.BREACHED]
    settled = judge([budget()], usage(*rows), day("2026-11-04"))
    assert len(settled) == 1


def test_forecast_thresholds_are_named_as_not_evaluated_yet() -> None:
    found = judged('{"limit": "50 USD", "thresholds": ["80%", "100% forecast"]}', charge(cost="1"))
    assert [threshold.label("USD") for threshold in found.not_evaluated] == ["100% forecast"]


def test_drivers_are_the_biggest_metrics_with_their_change_from_day_to_day() -> None:
    found = judged(
        '{"limit": "50 USD"}',
        charge("2026-11-21", cost="9", metric="durable_objects_requests"),
        charge("2026-11-20", cost="3", metric="durable_objects_requests"),
        charge("2026-11-21", cost="1"),
        charge("2026-11-21", cost="0", metric="kv_reads"),
    )
    first, second = found.drivers
    assert (first.metric_id, first.amount, first.last_day, first.day_before) == (
        "durable_objects_requests",
        Decimal(12),
        Decimal(9),
        Decimal(3),
    )
    assert second.metric_id == "workers_standard_requests"


def test_of_many_drivers_the_five_biggest_are_named_and_equal_ones_by_name() -> None:
    rows = [
        charge(cost="2", metric="b", x_billable_metric_name=None),
        charge(cost="2", metric="a"),
        charge(cost="1", metric="c", x_zone_name="z2"),
        charge(cost="1", metric="c", x_zone_name="z1"),
        charge(cost="1", metric="d"),
        charge(cost="1", metric="e"),
        charge(cost="0", metric="f"),
    ]
    found = judged('{"limit": "50 USD"}', *rows).drivers
    assert [(each.metric_id, each.zone) for each in found] == [
        ("a", None),
        ("b", None),
        ("c", "z1"),
        ("c", "z2"),
        ("d", None),
    ]
    assert [each.name for each in found][:2] == ["A", "b"]


def test_a_row_without_the_id_of_its_metric_has_the_one_of_its_name() -> None:
    row = charge(
        x_billable_metric_id=None, x_billable_metric_name="Workers Requests (first 10 million included)"
    )
    assert row.metric_id == "workers_requests"


def test_five_names_are_listed_and_of_more_the_rest_is_counted() -> None:
    assert listed("eabdcc") == "a, b, c, d, e"
    assert listed("abcdef") == "a, b, c, d, e and 1 more"


def test_the_unfinished_day_is_no_last_day() -> None:
    rows = (charge("2026-11-22", "5"), charge("2026-11-21", "90"), charge("2026-11-20", "80"))
    driver = judged(REQUESTS, *rows).drivers[0]
    assert (driver.last_day, driver.day_before) == (Decimal(90), Decimal(80))


def test_one_reading_covers_every_period_that_is_evaluated() -> None:
    budgets = [budget(), budget('{"limit": "1 USD", "period": "week"}')]
    assert period_to_read(budgets, AS_OF) == Period(day("2026-11-01"), day("2026-11-23"))
    early = day("2026-11-02")
    assert period_to_read(budgets, early) == Period(day("2026-10-01"), day("2026-11-03"))
    cycle = period_to_read([budget('{"limit": "1 USD", "period": "billing_period"}')], AS_OF)
    assert cycle.start == day("2026-10-18")


@given(st.lists(charges, max_size=12), st.randoms())
def test_the_order_of_charges_does_not_matter(rows: list[Charge], random: object) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judged('{"limit": "50 USD"}', *rows) == judged('{"limit": "50 USD"}', *shuffled)


@given(st.lists(charges, max_size=6), days, quantities, quantities)
def test_splitting_a_charge_changes_nothing(
    rows: list[Charge], on: str, one: Decimal, other: Decimal
) -> None:
    whole = judged(REQUESTS, *rows, charge(on, one + other))
    split = judged(REQUESTS, *rows, charge(on, one), charge(on, other))
    assert (whole.status, whole.observed, whole.crossed) == (split.status, split.observed, split.crossed)


@given(st.lists(charges, min_size=1, max_size=8), charges)
def test_more_usage_never_uncrosses_a_threshold(rows: list[Charge], more: Charge) -> None:
    for text in (REQUESTS, '{"limit": "5000 USD"}'):
        before, after = judged(text, *rows), judged(text, *rows, more)
        assert set(before.crossed) <= set(after.crossed)


@given(st.lists(quantities, min_size=1, max_size=8), st.integers(1, 10**6))
def test_scaling_limit_and_usage_together_changes_nothing(numbers: list[Decimal], factor: int) -> None:
    plain = judged(REQUESTS, *(charge(quantity=number) for number in numbers))
    scaled_budget = '{"limit": "%d Requests"}' % (1000 * factor)  # noqa: UP031 - braces abound
    scaled = judged(scaled_budget, *(charge(quantity=number * factor) for number in numbers))
    assert plain.status == scaled.status
    assert [threshold.percent for threshold in plain.crossed] == [
        threshold.percent for threshold in scaled.crossed
    ]
