"""Drivers of an amount, and properties of every evaluation."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.data_quality.unknown import listed
from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.window import period_to_read
from tests.support.builders import AS_OF, budget, charge, day
from tests.unit.domain.evaluation.evaluations.judging import REQUESTS, judged

days = st.integers(1, 21).map(lambda number: f"2026-11-{number:02}")
quantities = st.decimals(min_value=0, max_value=10**9, places=6)
charges = st.builds(charge, days, quantities, st.decimals(min_value=0, max_value=10**6, places=9))


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
