"""The traps of Cloudflare's usage API that the domain answers, by their numbers in docs/usage-api-traps.md.

Those of reading the API (1, 2, 4, 6, 7, 23, 30, 33, 35) have their tests beside the adapters,
those of estimates theirs in test_traps_of_estimates.py.
"""

from datetime import timedelta
from decimal import Decimal

import pytest

from cloudflare_budgets.adapters.cloudflare.usage.rows import RowReader
from cloudflare_budgets.domain.alerts.crossing import crossings_of
from cloudflare_budgets.domain.alerts.decision import Decision, decide
from cloudflare_budgets.domain.data_quality.unknown import UnknownKind
from cloudflare_budgets.domain.evaluation.evaluation import Evaluation, Status
from cloudflare_budgets.domain.usage.charge import Charge, metric_slug
from cloudflare_budgets.messages.alerts.crossed.alert import crossing_alert
from cloudflare_budgets.messages.alerts.render import render
from tests.support.builders import ACCOUNT_ID, AS_OF, PREFIX, budget, charge, day, known, usage

REQUESTS = '{"limit": "1000 Requests"}'


def decided(text: str, *rows: Charge) -> Decision:
    return decide([budget(text)], known(usage(*rows), AS_OF))


def judged(text: str, *rows: Charge) -> Evaluation:
    return decided(text, *rows).evaluations[0]


def on_the_wire(**columns: object) -> Charge:
    charge = RowReader(ACCOUNT_ID).read(
        {
            "ChargePeriodStart": "2026-11-21T00:00:00Z",
            "ChargePeriodEnd": "2026-11-22T00:00:00Z",
            "ConsumedUnit": "Requests",
            "x_BillableMetricId": "workers_standard_requests",
            **columns,
        }
    )
    assert charge is not None
    return charge


def test_trap_5_several_rows_of_a_metric_and_day_are_summed() -> None:
    rows = [charge(quantity="10", x_zone_name=name) for name in ("a.com", "b.com")]
    assert str(judged(REQUESTS, *rows, charge(quantity="1")).observed) == "21 Requests"


def test_trap_8_a_missing_row_is_zero_only_up_to_the_newest_data() -> None:
    rows = (charge("2026-11-16", "5"), charge("2026-11-21", "1", metric="r2_class_a"))
    covered = judged('{"limit": "99 Requests", "scope": {"metric_id": ["workers_*"]}}', *rows)
    assert (covered.status, str(covered.observed)) == (Status.OK, "5 Requests")
    after = judged('{"limit": "99 Requests", "scope": {"metric_id": ["workers_*"]}}', rows[0])
    assert after.status is Status.UNKNOWN


def test_trap_9_the_running_day_counts_towards_a_crossing_but_is_no_last_day() -> None:
    found = judged(REQUESTS, charge("2026-11-22", "900"), charge("2026-11-21", "100"))
    assert found.status is Status.BREACHED
    assert found.drivers[0].last_day == 100


def test_trap_11_usage_older_than_54_hours_proves_nothing() -> None:
    newest_ended_58_hours_ago = charge("2026-11-19", "1")
    found = judged(REQUESTS, newest_ended_58_hours_ago)
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.STALE_DATA


def test_trap_12_a_calendar_month_and_a_billing_period_are_different_amounts() -> None:
    rows = [
        charge("2026-11-02", cost="30", billing_period_start=day("2026-10-05")),
        charge("2026-11-21", cost="30", billing_period_start=day("2026-11-05")),
    ]
    month = judged('{"limit": "50 USD"}', *rows)
    cycle = judged('{"limit": "50 USD", "period": "billing_period"}', *rows)
    assert (str(month.observed), str(cycle.observed)) == ("60 USD", "30 USD")


def test_trap_15_a_quantity_budget_counts_gross_consumption_never_the_priced_part() -> None:
    row = on_the_wire(ConsumedQuantity=600, PricingQuantity=5)
    assert str(judged(REQUESTS, row).observed) == "600 Requests"


def test_trap_16_running_totals_are_never_added() -> None:
    rows = [
        charge(f"2026-11-{number}", "1", "1", cumulated_contracted_cost=Decimal(number))
        for number in range(10, 22)
    ]
    assert str(judged('{"limit": "50 USD"}', *rows).observed) == "12 USD"


def test_trap_17_storage_rows_are_a_days_share_and_are_summed() -> None:
    rows = [
        charge(f"2026-11-{number:02}", "0.4", metric="r2_data_storage", consumed_unit="GB-months")
        for number in range(1, 22)
    ]
    assert str(judged('{"limit": "10 GB-months"}', *rows).observed) == "8.4 GB-months"


def test_trap_19_a_mean_of_daily_peaks_is_not_summed() -> None:
    rows = charge(metric="browser_rendering_average_concurrent_browsers", consumed_unit="Count")
    found = judged('{"limit": "10 Count"}', rows)
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.NOT_SUMMABLE


def test_trap_19_a_mean_of_daily_peaks_is_known_by_its_name_too() -> None:
    rows = charge(
        metric="brw_avg_01",
        x_billable_metric_name="Browser Run - Average Concurrent Browsers (First 10 included)",
        consumed_unit="Browsers",
    )
    found = judged('{"limit": "10 Browsers"}', rows)
    assert found.unknown is not None
    assert found.unknown.kind is UnknownKind.NOT_SUMMABLE
    assert "brw_avg_01" in found.unknown.reason


def test_trap_20_neurons_are_counted_gross_and_cost_what_cloudflare_says() -> None:
    rows = [
        charge(f"2026-11-{number}", "20000", "0.11", "regular_twitch_neurons", consumed_unit="Count")
        for number in range(18, 22)
    ]
    assert str(judged('{"limit": "90000 Count"}', *rows).observed) == "80000 Count"
    assert str(judged('{"limit": "50 USD"}', *rows).observed) == "0.44 USD"


def test_trap_21_a_unit_that_does_not_match_fails_loudly_and_is_never_converted() -> None:
    found = judged('{"limit": "1 GB-months"}', charge(consumed_unit="MB-months"))
    assert found.unknown is not None
    assert "MB-months" in found.unknown.reason


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("D1 - Rows Read (first 25 billion included)", "d1_rows_read"),
        ("Container Memory, per GiB-Second (First 25 GiB-hours included)", "container_memory_per_gib_second"),
        ("Images Delivered (in hundred thousands)", "images_delivered_in_hundred_thousands"),
        ("Stream Minutes (in thousands)", "stream_minutes_in_thousands"),
        ("R2 (outer (inner) still) Storage", "r2_storage"),
        ("KV Storage (unclosed", "kv_storage"),
    ],
)
def test_trap_22_and_24_a_slug_drops_the_allowance_and_preserves_the_scale(name: str, slug: str) -> None:
    assert metric_slug(name) == slug


def test_trap_24_slugs_are_compared_whole_and_an_unmatched_scope_is_reported() -> None:
    rows = [
        charge(f"2026-11-{number}", "1", metric="durable_objects_storage_reads") for number in range(10, 22)
    ]
    text = '{"limit": "9000 Requests", "scope": {"metric_id": ["durable_objects_storage"]}}'
    (problem,) = decided(text, *rows).problems
    assert problem.kind == "no_matching_usage"
    assert "durable_objects_storage_reads" in problem.message
    assert problem.since == day("2026-11-01")
    assert decided(text, rows[-1]).problems == ()


def test_trap_25_and_34_a_cost_is_cloudflares_own_and_never_computed_from_a_price() -> None:
    row = on_the_wire(
        ConsumedQuantity=215440, BilledCost="4.5", BillingCurrency="USD", ListUnitPrice="0.0000045"
    )
    assert str(judged('{"limit": "50 USD"}', row).observed) == "4.5 USD"


def test_trap_26_a_jump_of_the_cost_is_nothing_but_more_cost() -> None:
    rows = [charge("2026-11-20", "1000000", "0"), charge("2026-11-21", "1000000", "30")]
    found = decided('{"limit": "50 USD"}', *rows)
    assert [each.highest.label("USD") for each in found.crossings] == ["50%"]
    assert found.problems == ()


def test_trap_27_a_message_about_costs_says_what_is_not_in_them() -> None:
    found = known(usage(charge(cost="60")), AS_OF)
    crossing = next(crossings_of(judged('{"limit": "50 USD"}', charge(cost="60")), found.usage, AS_OF))
    body = crossing_alert(crossing, "/x", found.daily).body
    assert "Costs: without fixed fees and tax\n" in body


def test_trap_28_absent_cost_is_not_zero() -> None:
    assert judged('{"limit": "50 USD"}', charge()).status is Status.UNKNOWN
    assert judged('{"limit": "50 USD"}', charge(cost="0")).status is Status.OK


def test_trap_29_corrections_may_be_negative_and_stay_out_of_quantities() -> None:
    row = charge(quantity="-5", cost="-5", charge_class="Correction")
    assert str(judged(REQUESTS, charge(quantity="7"), row).observed) == "7 Requests"
    assert str(judged('{"limit": "50 USD"}', charge(cost="7"), row).observed) == "2 USD"


def test_trap_31_zones_are_distinguished() -> None:
    rows = [charge(cost=cost, x_zone_id=zone) for cost, zone in (("3", "a"), ("40", "b"))]
    assert [driver.zone for driver in judged('{"limit": "50 USD"}', *rows).drivers] == ["b", "a"]


def test_trap_32_currencies_are_never_added() -> None:
    rows = (charge(cost="1"), charge("2026-11-20", cost="1", billing_currency="EUR"))
    found = judged('{"limit": "50 USD"}', *rows)
    assert (found.status, str(found.observed)) == (Status.UNKNOWN, "1 USD")


def test_trap_36_a_crossing_has_one_identity_in_its_period() -> None:
    earlier = known(usage(charge(cost="41")), AS_OF)
    (first, *_) = render(decide([budget()], earlier), earlier, PREFIX)
    found = known(usage(charge(cost="45")), AS_OF + timedelta(days=3))
    (later, *_) = render(decide([budget()], found), found, PREFIX)
    assert first.key == later.key
