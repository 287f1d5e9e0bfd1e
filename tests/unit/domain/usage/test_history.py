from dataclasses import replace
from datetime import timedelta
from decimal import Decimal, getcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.history import (
    HISTORY_DAYS,
    LINES_AT_MOST,
    SETTLE_LAG,
    DayRecord,
    complete_through,
    digest_of,
    history_start,
    records_of,
    stored_form,
)
from cloudflare_budgets.domain.usage.usage import Reading, arrange
from tests.support.builders import ACCOUNT_ID, AS_OF, charge, day, usage

NOVEMBER = Period(day("2026-11-01"), day("2026-11-23"))
HOUR = timedelta(hours=1)


def quantities(record: DayRecord) -> list[tuple[str, str, Decimal]]:
    return [(line.series.metric_id, line.unit, line.quantity) for line in record.lines]


def big_day(lines: int = LINES_AT_MOST + 1) -> DayRecord:
    rows = [charge(quantity="0.1", x_zone_id=f"zone-{number}", region_id="weur") for number in range(lines)]
    (record,) = records_of(usage(*rows), AS_OF)
    return record


def test_a_day_is_recorded_with_what_each_series_counted() -> None:
    rows = (charge("2026-11-20", "1"), charge("2026-11-20", "2"), charge("2026-11-20", "5", metric="r2"))
    (record,) = records_of(usage(*rows, charge("2026-11-20", "7", consumed_unit="GB")), AS_OF)
    assert (record.day, record.source, record.folded) == (day("2026-11-20"), "v2", False)
    assert sorted(quantities(record)) == [
        ("r2", "Requests", Decimal(5)),
        ("workers_standard_requests", "GB", Decimal(7)),
        ("workers_standard_requests", "Requests", Decimal(3)),
    ]


def test_a_day_still_running_is_not_recorded() -> None:
    rows = (charge("2026-11-20"), charge("2026-11-21"), charge("2026-11-22"))
    assert [record.day for record in records_of(usage(*rows), AS_OF)] == [
        day("2026-11-20"),
        day("2026-11-21"),
    ]


def test_days_older_than_a_forecast_looks_back_on_are_not_recorded() -> None:
    oldest = day("2026-11-22") - timedelta(days=HISTORY_DAYS)
    rows = [charge(f"{oldest + timedelta(days=number):%Y-%m-%d}") for number in (-1, 0)]
    assert [record.day for record in records_of(usage(*rows), AS_OF)] == [oldest]


def test_a_forecast_looks_back_on_five_weeks_and_the_longest_cycle() -> None:
    assert history_start(AS_OF) == day("2026-11-22") - (35 + 31) * 24 * HOUR


def test_corrections_of_invoiced_periods_are_no_usage_of_a_day() -> None:
    assert records_of(usage(charge(charge_class="Correction")), AS_OF) == ()


def test_some_rows_of_a_day_before_the_requested_period_are_not_enough() -> None:
    reading = Reading("v1", [charge("2026-10-31"), charge("2026-11-01")], asked=NOVEMBER)
    assert [record.day for record in records_of(arrange(ACCOUNT_ID, reading), AS_OF)] == [day("2026-11-01")]


def test_days_after_the_requested_period_are_another_readings() -> None:
    october = Period(day("2026-10-18"), day("2026-11-01"))
    reading = Reading("v2", [charge("2026-10-31"), charge("2026-11-01")], asked=october)
    assert [record.day for record in records_of(arrange(ACCOUNT_ID, reading), AS_OF)] == [day("2026-10-31")]


def test_days_that_the_source_could_not_report_wholly_are_not_recorded() -> None:
    rows = [charge("2026-11-04"), charge("2026-11-05")]
    reading = Reading("v1", rows, complete_from=day("2026-11-05"), asked=NOVEMBER)
    assert [record.day for record in records_of(arrange(ACCOUNT_ID, reading), AS_OF)] == [day("2026-11-05")]


def test_reading_days_leaves_the_arithmetic_of_others_alone() -> None:
    before = getcontext().prec
    for record in records_of(usage(charge(), charge(metric="other")), AS_OF):
        assert getcontext().prec == before, record


@given(st.lists(st.decimals("-999999999999", "999999999999", places=30), min_size=1, max_size=6))
def test_a_days_rows_are_added_up_exactly(numbers: list[Decimal]) -> None:
    (record,) = records_of(usage(*(charge(quantity=number) for number in numbers)), AS_OF)
    assert Fraction(record.lines[0].quantity) == sum(map(Fraction, numbers))


def test_a_day_of_too_many_series_is_folded_by_metric() -> None:
    kept = stored_form(big_day())
    assert kept.folded
    (line,) = kept.lines
    assert line.quantity == Decimal("0.1") * (LINES_AT_MOST + 1)
    assert (line.series.metric_id, line.series.metric_name) == (
        "workers_standard_requests",
        "Workers standard requests",
    )
    assert {line.series.zone_id, line.series.region_id, line.series.subscription_id} == {None}


def test_a_thousand_series_fit_into_a_day() -> None:
    assert [stored_form(big_day(lines)).folded for lines in (1000, 1001)] == [False, True]


def test_a_day_of_as_many_series_as_fit_is_preserved_as_it_is() -> None:
    kept = stored_form(big_day(LINES_AT_MOST))
    assert (kept.folded, len(kept.lines)) == (False, LINES_AT_MOST)


def test_keeping_what_was_stored_changes_nothing() -> None:
    assert stored_form(stored_form(big_day())) == stored_form(big_day())


def test_the_order_of_rows_is_no_change() -> None:
    rows = [charge(metric=metric) for metric in ("a", "b", "c")]
    (one,), (other,) = records_of(usage(*rows), AS_OF), records_of(usage(*reversed(rows)), AS_OF)
    assert one != other
    assert digest_of(stored_form(one)) == digest_of(stored_form(other))


def test_trailing_zeros_are_no_change() -> None:
    (one,), (other,) = (records_of(usage(charge(quantity=text)), AS_OF) for text in ("1.50", "1.5"))
    assert digest_of(one) == digest_of(other)


def test_a_digest_is_short_and_stays_the_same_or_every_day_would_be_written_again() -> None:
    (record,) = records_of(usage(charge("2026-11-21", "2.50", x_zone_id="z")), AS_OF)
    assert digest_of(stored_form(record)) == "403af3098b2e"


@pytest.mark.parametrize(
    "row",
    [
        charge(quantity="2"),
        charge(consumed_unit="GB"),
        charge(metric="other"),
        charge(x_zone_name="example.com"),
        charge(sub_account_id="example.com"),
    ],
)
def test_every_change_of_content_shows(row: object) -> None:
    (before,), (after,) = records_of(usage(charge()), AS_OF), records_of(usage(row), AS_OF)  # type: ignore[arg-type]
    assert digest_of(before) != digest_of(after)
    assert digest_of(before) != digest_of(replace(before, source="v1"))
    assert digest_of(before) != digest_of(replace(before, folded=True))


@pytest.mark.parametrize(
    ("data_through", "as_of", "through"),
    [
        ("2026-11-22", day("2026-11-22") + SETTLE_LAG - HOUR, "2026-11-21"),
        ("2026-11-22", day("2026-11-22") + SETTLE_LAG, "2026-11-22"),
        ("2026-11-21", day("2026-11-22") + SETTLE_LAG, "2026-11-21"),
        ("2026-11-23", day("2026-11-22") + 23 * HOUR, "2026-11-22"),
    ],
)
def test_a_day_is_complete_when_its_rows_had_time_to_arrive_and_have_arrived(
    data_through: str, as_of: object, through: str
) -> None:
    assert complete_through(day(data_through), as_of) == day(through)  # type: ignore[arg-type]


def test_rows_have_six_hours_to_arrive() -> None:
    data_through = day("2026-11-23")
    begun = day("2026-11-22")
    assert complete_through(data_through, begun + 6 * HOUR) == begun
    assert complete_through(data_through, begun + 6 * HOUR - HOUR / 60) == begun - 24 * HOUR
