from datetime import timedelta
from decimal import Decimal

from cloudflare_budgets.domain.primitives.period import Period
from cloudflare_budgets.domain.usage.charge import Charge
from cloudflare_budgets.domain.usage.daily_usage import DailyUsage, daily_usage
from cloudflare_budgets.domain.usage.history import (
    LINES_AT_MOST,
    SETTLE_LAG,
    DayRecord,
    records_of,
    stored_form,
)
from cloudflare_budgets.domain.usage.usage import Reading, Usage, arrange
from tests.support.builders import ACCOUNT_ID, charge, day, usage

NOVEMBER = Period(day("2026-11-01"), day("2026-11-23"))
MORNING = day("2026-11-22") + SETTLE_LAG - timedelta(hours=1)
EVENING = day("2026-11-22") + timedelta(hours=20)


def november(*rows: Charge, source: str = "v2") -> Usage:
    return arrange(ACCOUNT_ID, Reading(source, rows, asked=NOVEMBER))


def october(*rows: Charge) -> tuple[DayRecord, ...]:
    return records_of(usage(*rows), MORNING)


def numbers(found: DailyUsage) -> dict[str, dict[str, Decimal]]:
    return {
        series.metric_id: {f"{on:%m-%d}": number for on, number in sorted(days.items())}
        for (series, _), days in found.quantities.items()
    }


def test_recorded_days_and_those_of_this_run_make_one_series() -> None:
    found = daily_usage(november(charge("2026-11-20", "3")), october(charge("2026-10-30", "2")), MORNING)
    assert numbers(found) == {"workers_standard_requests": {"10-30": Decimal(2), "11-20": Decimal(3)}}
    assert (found.since, found.began, found.through) == (
        day("2026-10-30"),
        day("2026-10-30"),
        day("2026-11-21"),
    )


def test_what_this_run_read_of_a_day_wins() -> None:
    records = records_of(usage(charge("2026-11-19", "2"), charge("2026-11-20", "2")), MORNING)
    found = daily_usage(november(charge("2026-11-20", "3")), records, MORNING)
    assert numbers(found) == {"workers_standard_requests": {"11-20": Decimal(3)}}


def test_days_of_another_source_are_not_mixed_in() -> None:
    found = daily_usage(november(charge("2026-11-20"), source="v1"), october(charge("2026-10-30")), MORNING)
    assert numbers(found) == {"workers_standard_requests": {"11-20": Decimal(1)}}
    assert found.since == day("2026-11-01")


def test_some_rows_of_a_day_before_the_requested_period_do_not_count() -> None:
    found = daily_usage(november(charge("2026-10-31"), charge("2026-11-20")), (), MORNING)
    assert list(numbers(found)["workers_standard_requests"]) == ["11-20"]


def test_days_that_are_known_to_be_empty_are_known_but_begin_no_forecast() -> None:
    rows, since = november(charge("2026-11-03")), day("2026-09-16")
    found = daily_usage(rows, (), MORNING, since)
    assert (found.known_from, found.since, found.began) == (since, day("2026-11-01"), day("2026-11-03"))
    assert daily_usage(rows, (), MORNING).known_from == day("2026-11-01")


def test_a_day_still_running_or_just_over_does_not_count() -> None:
    rows = november(charge("2026-11-20"), charge("2026-11-21"), charge("2026-11-22"))
    assert daily_usage(rows, (), MORNING).through == day("2026-11-21")
    evening = daily_usage(rows, (), EVENING)
    assert evening.through == day("2026-11-22")
    assert list(numbers(evening)["workers_standard_requests"]) == ["11-20", "11-21"]


def test_days_without_a_report_yet_do_not_count() -> None:
    found = daily_usage(november(charge("2026-11-18")), (), EVENING)
    assert found.through == day("2026-11-19")


def test_what_is_known_begins_with_the_requested_period_and_rows_may_begin_later() -> None:
    found = daily_usage(november(charge("2026-11-18")), (), MORNING)
    assert (found.since, found.began) == (day("2026-11-01"), day("2026-11-18"))


def test_without_any_row_nothing_is_known_but_the_recorded_days() -> None:
    found = daily_usage(november(), october(charge("2026-10-30")), MORNING)
    assert (found.since, found.through) == (day("2026-10-30"), day("2026-10-31"))
    assert daily_usage(november(), (), MORNING).quantities == {}


def test_quantities_of_different_units_are_never_in_one_series() -> None:
    found = daily_usage(november(charge(), charge(consumed_unit="GB")), (), EVENING)
    assert sorted(unit for _, unit in found.quantities) == ["GB", "Requests"]


def test_it_is_said_from_when_on_every_zone_is_known() -> None:
    zones = [charge("2026-10-30", x_zone_id=f"zone-{number}") for number in range(LINES_AT_MOST + 1)]
    folded = [stored_form(record) for record in october(*zones)]
    found = daily_usage(november(charge("2026-11-20")), folded, MORNING)
    assert (found.since, found.detailed_since) == (day("2026-10-30"), day("2026-10-31"))
    plain = daily_usage(november(charge("2026-11-20")), october(charge("2026-10-30")), MORNING)
    assert plain.detailed_since == plain.since
